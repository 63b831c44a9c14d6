"""An exercise as a lab: what is locked, what a student adds to it, and what it is worth."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode

import numpy as np

from irl_app.analysis import in_true_units
from irl_app.classroom import ClassroomError, Exercise
from irl_app.envs.grid_spec import GridSpec
from irl_app.experts import demonstrate
from irl_app.recovery import Recovery
from irl_app.ui.answers import answer, what_comes_of
from irl_app.ui.components import Drawing
from irl_app.ui.lab_expert import recorded
from irl_app.ui.lab_state import PLAYED, LabState
from irl_app.ui.link_codec import LinkError, RecordedEpisode, pack_episodes, unpack_episodes
from irl_app.ui.questions import world_of
from trainers.arrays import FloatArray
from trainers.tabular import RECOMMENDED_PRIOR

Games = tuple[RecordedEpisode, ...]
OWNER = "class"


def lab_text(lab: LabState) -> str:
    """A lab as an exercise keeps it: all that decides its world, its expert and its method."""
    return urlencode(replace(lab, draft=None, mode="play", lens="state", more=False, played=()).to_query())


def lab_of(exercise: Exercise) -> LabState:
    """The lab of an exercise; ClassroomError if it is not readable any more."""
    lab, notes = LabState.from_query(dict(parse_qsl(exercise.lab)))
    if notes:
        raise ClassroomError(f"this exercise cannot be opened: {notes[0]}")
    return lab


def answered(exercise: Exercise, games: Games) -> Recovery:
    """What the locked method recovers from a student's games; ValueError if the world does not allow them."""
    lab = lab_of(exercise)
    config = lab.config
    if config.method == "ml" and config.prior is None:  # the same for everybody, whatever the number of games
        config = replace(config, prior=RECOMMENDED_PRIOR)
    return answer(replace(lab, expert=PLAYED, expert_value=None, played=games, config=config), OWNER).recovery


def score_of(exercise: Exercise, games: Games) -> float:
    """The share of what can be gained that a plan with the recovered reward gives away; 0 is best."""
    return what_comes_of(answered(exercise, games)).regret or 0.0


def drawn_values(recovery: Recovery) -> FloatArray:
    """(S,) the recovered reward in the units of the hidden one."""
    outcome = what_comes_of(recovery)
    return in_true_units(recovery.mdp, outcome.values, recovery.true_reward.values, outcome.visited)


def show_game(exercise: Exercise, start: int, student: str, number: int) -> RecordedEpisode:
    """The game that the hidden expert shows from a cell: the same for the same student and number."""
    lab = lab_of(exercise)
    grid = world_of(lab)
    starts = np.zeros(grid.n_states, dtype=bool)
    starts[start] = True
    name, value = lab.demonstrator
    seed = zlib.crc32(f"{exercise.number} {student} {number}".encode()) % 10_000
    placed = grid.replace(starts=starts.reshape(grid.walls.shape))
    return recorded(demonstrate(lab.task, placed, name, value, 1, seed))[0]


def free_starts(grid: GridSpec) -> list[int]:
    """The cells from which the expert can be asked to start."""
    mdp = grid.mdp()
    can = mdp.live & (grid.shortest_distances() >= 0) if grid.goals.any() else mdp.live
    return [int(cell) for cell in np.flatnonzero(can)]


def without_reward(grid: GridSpec) -> Drawing:
    """The world without what is to be found: walls alone."""
    nowhere = np.zeros_like(grid.walls)
    return Drawing(grid.walls, nowhere, nowhere, np.full(grid.walls.shape, np.nan))


def pack(games: Games) -> str:
    """A student's games as one text; `unpack` is the inverse."""
    return pack_episodes(games)


def unpack(work: str) -> Games:
    """The games of a student's work; none if it cannot be read."""
    try:
        return unpack_episodes(work) if work else ()
    except LinkError:
        return ()


def size_of(work: str) -> tuple[int, int]:
    """How many games, and how many moves in all."""
    games = unpack(work)
    return len(games), sum(len(moves) for _, moves in games)


def mean_map(recoveries: Sequence[Recovery]) -> FloatArray:
    """(S,) what the class found together: the mean of all its maps."""
    return np.asarray(np.mean([drawn_values(recovery) for recovery in recoveries], axis=0))
