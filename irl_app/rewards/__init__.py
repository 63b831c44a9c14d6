"""What a reward is, its kinds, and how one kind is turned into another."""

from irl_app.rewards.actor_networks import ActorNetworks, Network
from irl_app.rewards.convolutional import ConvolutionalNetwork
from irl_app.rewards.networks import NetworkReward, Networks, StateNetworkReward, learner_of
from irl_app.rewards.perceptron import Perceptron
from irl_app.rewards.places import PlaceReward, on_lattice
from irl_app.rewards.protocol import Reward, RewardError, RewardInfo, RewardKind, TerminalConvention
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
from irl_app.rewards.support import Support, SupportedReward, settled
from irl_app.rewards.tables import InverseBellmanReward, StateActionReward, StateReward, table_shape
from irl_app.rewards.wrapper import RewardVectorWrapper, RewardWrapper, paid

__all__ = [
    "ActorNetworks",
    "ConvolutionalNetwork",
    "FeatureFunction",
    "InverseBellmanReward",
    "Network",
    "NetworkReward",
    "Networks",
    "Perceptron",
    "PlaceReward",
    "Reward",
    "RewardError",
    "RewardInfo",
    "RewardKind",
    "RewardVectorWrapper",
    "RewardWrapper",
    "StateActionReward",
    "StateNetworkReward",
    "StateReward",
    "Support",
    "SupportedReward",
    "TerminalConvention",
    "arrival_sd",
    "arrival_values",
    "deshape",
    "disentangle",
    "disentangle_steps",
    "disentangle_table",
    "expected_reward_table",
    "learner_of",
    "marginalise",
    "on_lattice",
    "paid",
    "settled",
    "table_shape",
    "val_canonical",
    "worth",
]
