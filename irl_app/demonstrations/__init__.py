"""Demonstrations: what an expert did, frozen and validated, where it came from, and its files."""

from irl_app.demonstrations.collecting import Play, collect, from_play
from irl_app.demonstrations.episode import DemonstrationError, Episode
from irl_app.demonstrations.episodes import Demonstrations, Provenance
from irl_app.demonstrations.json_file import from_json, load_json, save_json, to_json
from irl_app.demonstrations.minari_file import load_minari, save_minari
from irl_app.demonstrations.steps import transitions_of

__all__ = [
    "DemonstrationError",
    "Demonstrations",
    "Episode",
    "Play",
    "Provenance",
    "collect",
    "from_json",
    "from_play",
    "load_json",
    "load_minari",
    "save_json",
    "save_minari",
    "to_json",
    "transitions_of",
]
