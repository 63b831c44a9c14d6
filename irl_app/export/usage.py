"""How a saved reward is used in Python: the same lines on the page, in the report and in the README."""

from __future__ import annotations

from irl_app.rewards import RewardInfo
from trainers.spaces import Box


def convention(info: RewardInfo) -> str:
    """What the end of an episode is worth under a reward, in one sentence."""
    if info.terminal == "zero":
        return f"Nothing is received after the end of an episode (gamma = {info.gamma:g})."
    if info.terminal == "pessimistic":
        return (
            "Rewards are counted from the lowest; the end of an episode pays that, and for ever after: "
            f"nothing (gamma = {info.gamma:g})."
        )
    if isinstance(info.observation_space, Box):
        return (
            "The move that ends an episode is worth reward + gamma * tail, the tail what having ended was "
            f"worth to the learner (gamma = {info.gamma:g})."
        )
    return (
        "The move that ends an episode is worth reward + gamma * tail, the tail that of the cell it ends in "
        f"(gamma = {info.gamma:g})."
    )


def usage(file_name: str) -> str:
    """Lines of Python that load a reward from ``file_name``, call it, and train on it."""
    return f"""\
import irl_app
from irl_app.rewards import RewardWrapper

reward = irl_app.load_reward("{file_name}")
# for arrays of cells, actions, cells reached and flags of the end
r = reward(obs, action, next_obs, terminated)
# and all that follows for ever once an episode has ended
r += terminated * reward.info.gamma * reward.tail(next_obs)
# or train on it: a Gymnasium environment that pays both
env = RewardWrapper(env, reward)"""
