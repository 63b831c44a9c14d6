"""Demonstrations: what an expert did, frozen and validated, where it came from, and its files."""

from irl_app.demonstrations.collecting import collect, from_play
from irl_app.demonstrations.episode import DemonstrationError, Episode
from irl_app.demonstrations.episodes import Demonstrations, Provenance, Spaces, transitions_of
from irl_app.demonstrations.hdf5_file import load_hdf5
from irl_app.demonstrations.json_file import from_json, load_json, save_json, to_json
from irl_app.demonstrations.loading import load_demonstrations
from irl_app.demonstrations.minari_file import load_minari, save_minari
from irl_app.demonstrations.npz_file import load_npz

__all__ = [
    "DemonstrationError",
    "Demonstrations",
    "Episode",
    "Provenance",
    "Spaces",
    "collect",
    "from_json",
    "from_play",
    "load_demonstrations",
    "load_hdf5",
    "load_json",
    "load_minari",
    "load_npz",
    "save_json",
    "save_minari",
    "to_json",
    "transitions_of",
]
