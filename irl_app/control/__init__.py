"""Rewards recovered with networks in control tasks: read off a run, judged, trained on, kept."""

from irl_app.control.recovery import ControlRecovery, judge_run
from irl_app.control.report import report_summary, save_report
from irl_app.control.rewards import LENSES, Lens, recommended_terminal, rewards_of, with_terminal

__all__ = [
    "LENSES",
    "ControlRecovery",
    "Lens",
    "judge_run",
    "recommended_terminal",
    "report_summary",
    "rewards_of",
    "save_report",
    "with_terminal",
]
