"""What a reward is, its kinds, and how one kind is turned into another."""

from irl_app.rewards.networks import NetworkReward, StateNetworkReward
from irl_app.rewards.protocol import Reward, RewardError, RewardInfo, RewardKind, TerminalConvention
from irl_app.rewards.qnetwork import QNetwork, network_from_weights
from irl_app.rewards.random_features import FeatureFunction, disentangle_steps
from irl_app.rewards.shaping import (
    arrival_sd,
    arrival_values,
    deshape,
    disentangle,
    disentangle_table,
    expected_reward_table,
    marginalise,
    val_canonical,
    worth,
)
from irl_app.rewards.tables import InverseBellmanReward, StateActionReward, StateReward
from irl_app.rewards.wrapper import RewardWrapper

__all__ = [
    "FeatureFunction",
    "InverseBellmanReward",
    "NetworkReward",
    "QNetwork",
    "Reward",
    "RewardError",
    "RewardInfo",
    "RewardKind",
    "RewardWrapper",
    "StateActionReward",
    "StateNetworkReward",
    "StateReward",
    "TerminalConvention",
    "arrival_sd",
    "arrival_values",
    "deshape",
    "disentangle",
    "disentangle_steps",
    "disentangle_table",
    "expected_reward_table",
    "marginalise",
    "network_from_weights",
    "val_canonical",
    "worth",
]
