"""Rewards of places in point mazes: recovered, judged, planned with where the world has changed."""

from irl_app.mazes.config import PlaceConfig
from irl_app.mazes.playing import Play, anywhere, planner, play, starts_of
from irl_app.mazes.recovery import MazeRecovery, recover_places, world_of

__all__ = [
    "MazeRecovery",
    "PlaceConfig",
    "Play",
    "anywhere",
    "planner",
    "play",
    "recover_places",
    "starts_of",
    "world_of",
]
