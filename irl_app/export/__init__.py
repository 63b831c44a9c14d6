"""What can be carried away: a reward's file and back again, and the report as one HTML page."""

from irl_app.export.header import RewardFileError
from irl_app.export.report import html_report
from irl_app.export.reward_file import RewardFormat, dump_reward, load_reward, save_reward
from irl_app.export.usage import usage

__all__ = [
    "RewardFileError",
    "RewardFormat",
    "dump_reward",
    "html_report",
    "load_reward",
    "save_reward",
    "usage",
]
