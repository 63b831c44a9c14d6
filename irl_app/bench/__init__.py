"""How fast the learners are on this computer, each beside an obvious way of doing the same."""
