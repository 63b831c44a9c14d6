"""Published tables, made again."""

from irl_app.reproduce.checkpoint_selection import CHECKPOINT_SELECTION
from irl_app.reproduce.figure_2 import FIGURE_2
from irl_app.reproduce.grid_recovery import GRID_RECOVERY
from irl_app.reproduce.grid_report import GRID_REPORT
from irl_app.reproduce.observation_only import OBSERVATION_ONLY
from irl_app.reproduce.offline_robustness import OFFLINE_ROBUSTNESS
from irl_app.reproduce.report import (
    Asked,
    Report,
    Reproduction,
    Section,
    around_markers,
    write_between_markers,
)
from irl_app.reproduce.sqil_lander import SQIL_LANDER

REPRODUCTIONS: dict[str, Reproduction] = {
    each.name: each
    for each in (
        GRID_RECOVERY,
        FIGURE_2,
        OFFLINE_ROBUSTNESS,
        GRID_REPORT,
        SQIL_LANDER,
        OBSERVATION_ONLY,
        CHECKPOINT_SELECTION,
    )
}

__all__ = [
    "REPRODUCTIONS",
    "Asked",
    "Report",
    "Reproduction",
    "Section",
    "around_markers",
    "write_between_markers",
]
