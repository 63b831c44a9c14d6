"""The words of the field, each in one or two sentences: for hovers, chapters and the list at their end."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

GLOSSARY: Mapping[str, str] = {
    "actor": "A network that acts where actions are numbers; it stands for the soft policy, which cannot "
    "be summed up.",
    "canonical form": "A reward from which shaping has been taken out, so that rewards with the same "
    "meaning look alike.",
    "cloning": "Imitation that copies the expert's choice state by state and asks for no reward.",
    "correlation": "How far two lists of numbers rise and fall together: 1 is best, 0 is none, −1 is the "
    "opposite.",
    "demonstration": "One game of the expert, from its start to its end: states and moves, no rewards.",
    "discount": "γ, between 0 and 1: how much a reward counts that is received one move later.",
    "divergence": "A measure of how different two distributions are; here those of the expert's and the "
    "learner's visits.",
    "entropy": "How undecided a policy is: 0 where one move is certain, largest where all are equally "
    "likely.",
    "inverse reinforcement learning": "Finding the reward for which the behaviour that was shown makes "
    "sense.",
    "IQ-Learn": "Inverse soft Q-learning: one Q-function is learned that holds both the policy and the "
    "reward.",
    "network": "A function with many weights that is fitted by gradients; it stands for Q where a table "
    "has no room.",
    "occupancy": "ρ: how often a policy visits each state and takes each move there, later visits "
    "discounted.",
    "policy": "π(a|s): how likely each move is in each state.",
    "potential": "Φ(s): a number for each state; paying its rise with every move changes nobody's behaviour.",
    "prior": "What is assumed about rewards before anything was shown; it decides the map where nobody went.",
    "Q-function": "Q(s, a): what is received for a move and, acting well, ever after.",
    "regret": "The share of what can be gained that a plan gives away: 0 % is best, 100 % is as bad as "
    "random moves.",
    "regulariser": "The part of an objective that keeps rewards small or simple, and so decides what the "
    "data leave open.",
    "return": "The discounted sum of all rewards to come.",
    "reward": "A number for one step; what an agent does is explained by the sum of them.",
    "shaping": "Adding a potential's rise to a reward. No behaviour can reveal it.",
    "soft-optimal": "Taking better moves more often, by the exponential of their value, without always "
    "taking the best.",
    "state-only reward": "A reward g(s′) that depends on the state entered alone; it carries over to "
    "changed worlds.",
    "temperature": "τ, in units of reward: how much worse a move may be before it becomes unlikely.",
    "terminated and truncated": "A game that has ended, and one that was cut off by a time limit: only "
    "after the first nothing follows.",
    "transfer": "Using a reward where it was not learned: other walls, other bodies, other starts.",
    "value": "V(s): the return that can be expected from a state.",
}  # fmt: skip


def hover(words: str, term: str) -> str:
    """Words for HTML that explain themselves under the pointer, or when the keyboard reaches them."""
    return f'<abbr class="irl-word" tabindex="0" title="{escape(GLOSSARY[term])}">{escape(words)}</abbr>'


def definitions_html(terms: tuple[str, ...]) -> str:
    """The terms with their definitions, as a list."""
    rows = "".join(f"<dt>{escape(term)}</dt><dd>{escape(GLOSSARY[term])}</dd>" for term in terms)
    return f'<dl class="irl-glossary">{rows}</dl>'
