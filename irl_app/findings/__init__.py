"""Rewards recovered with networks in control tasks: read off a run, judged, trained on, kept."""

from irl_app.findings.judging import judge_run
from irl_app.findings.report import save_report
from irl_app.findings.rewards import with_terminal
from irl_app.findings.stage import save_stage

__all__ = ["judge_run", "save_report", "save_stage", "with_terminal"]
