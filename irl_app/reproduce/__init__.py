"""Published tables, made again."""

from irl_app.reproduce.checkpoint_selection import CHECKPOINT_SELECTION
from irl_app.reproduce.figure_2 import FIGURE_2
from irl_app.reproduce.grid_recovery import GRID_RECOVERY
from irl_app.reproduce.grid_report import GRID_REPORT
from irl_app.reproduce.hopper_reward import HOPPER_REWARD
from irl_app.reproduce.objectives import OBJECTIVES_COMPARED
from irl_app.reproduce.observation_only import OBSERVATION_ONLY
from irl_app.reproduce.offline_robustness import OFFLINE_ROBUSTNESS
from irl_app.reproduce.point_maze import FIGURE_5, MAZE_TRANSFER
from irl_app.reproduce.report import SPREAD, Options, Reproduction, around_markers, write_between_markers
from irl_app.reproduce.sqil_lander import SQIL_LANDER
from irl_app.reproduce.table_3 import TABLE_3
from irl_app.reproduce.train_on_reward import TRAIN_ON_REWARD

REPRODUCTIONS: dict[str, Reproduction] = {
    each.name: each
    for each in (
        GRID_RECOVERY,
        FIGURE_2,
        OBJECTIVES_COMPARED,
        OFFLINE_ROBUSTNESS,
        GRID_REPORT,
        SQIL_LANDER,
        OBSERVATION_ONLY,
        CHECKPOINT_SELECTION,
        TABLE_3,
        HOPPER_REWARD,
        TRAIN_ON_REWARD,
        FIGURE_5,
        MAZE_TRANSFER,
    )
}

__all__ = ["REPRODUCTIONS", "SPREAD", "Options", "Reproduction", "around_markers", "write_between_markers"]
