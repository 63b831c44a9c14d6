"""All that decides how a discrete Q-function is learned with a network; readable without torch."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

from trainers.deep.actor_settings import ADVERSARIAL, ActorSettings, has_clone
from trainers.deep.loop_settings import LoopSettings
from trainers.objective_settings import VALUE_TERM, Method, ObjectiveSettings, is_iq, method_setting
from trainers.settings import POSITIVE, RATE, Range, Setting, Values, only
from trainers.spaces import Box, Discrete, Space

TrainerMethod = Literal[
    "iq", "csil", "ls-iq", "dac", "airl", "sqil", "sqil-t", "bc", "soft-q", "dqn", "sac", "rlpd"
]
AnyValueTerm = Literal["initial", "expert", "mixture", "anywhere"]
Penalty = Literal["expert", "mixture", "all-actions"]
Gradient = Literal["full", "semi"]
NetworkName = Literal["mlp", "cnn", "vin"]

METHODS: dict[str, Method] = {
    "iq": Method(
        "IQ-Learn", "Learns a Q-function that explains the demonstrations, from which the reward is read off."
    ),
    "csil": Method(
        "CSIL",
        "Coherent imitation: learns with a fixed reward, how much likelier an action is to a clone of the "
        "expert than to chance.",
        actions="continuous",
    ),
    "ls-iq": Method(
        "LS-IQ",
        "Least-squares IQ-Learn: demonstrated steps are worth the most there is, own ones paid the least.",
        actions="continuous",
    ),
    "dac": Method(
        "DAC",
        "Discriminator-actor-critic, adversarial imitation: a discriminator learns to tell demonstrated "
        "steps from own ones, which are paid for being taken for demonstrated.",
        actions="continuous",
    ),
    "airl": Method(
        "AIRL",
        "Adversarial inverse reinforcement learning, AIRL, off-policy: the discriminator is made of the "
        "policy, a reward of the state alone, and its shaping; own steps are from a replay.",
        actions="continuous",
    ),
    "sqil": Method("SQIL", "Soft Q-learning that is paid for demonstrated steps and not for its own."),
    "sqil-t": Method(
        "SQIL-T",
        "SQIL in which cloning the expert's actions replaces the constant reward.",
        actions="discrete",
    ),
    "bc": Method(
        "Behavioural cloning",
        "Copies the expert's actions as a classifier: no reward is recovered, a baseline.",
    ),
    "soft-q": Method(
        "Soft Q-learning",
        "Learns from the task's true reward: how experts are trained, not imitation.",
        imitates=False,
        rewarded=True,
        actions="discrete",
    ),
    "sac": Method(
        "Soft actor-critic",
        "The same for actions that are numbers.",
        imitates=False,
        rewarded=True,
        actions="continuous",
    ),
    "rlpd": Method(
        "Soft actor-critic with prior data",
        "The same, half of what it learns from being demonstrated steps with the rewards that they earned: "
        "how an expert is made of another one's episodes.",
        rewarded=True,
        actions="continuous",
    ),
    "dqn": Method(
        "Deep Q-learning",
        "Soft Q-learning with a hard maximum and random exploration.",
        imitates=False,
        rewarded=True,
        actions="discrete",
    ),
}
OWN_OBJECTIVES: dict[str, Callable[..., Any]] = {}
"""Losses that others bring, by the name of their method."""
_BOARDS = "boards of at least two planes, the last of the player's cell"
_SEEN = {"cnn": f"pictures of bytes (H, W, C), or {_BOARDS}", "vin": _BOARDS}
"""What networks of images see."""
LEAST_COMMITTEE, MOST_COMMITTEE = 16, 256
"""Fewer leave nothing to choose from; more take memory and time and change little."""


def _has_target(values: Values) -> bool:
    """Whether V(s') of a target network is learned from; the whole objective has the network's own."""
    return values["method"] != "bc" and not (is_iq(values) and values["gradient"] == "full")


def _is_perceptron(values: Values) -> bool:
    return bool(values["network"] == "mlp")


@dataclass(frozen=True)
class TrainerConfig(ObjectiveSettings, LoopSettings, ActorSettings):
    """The configuration of one training, the same for all of its seeds.

    Raises:
        SettingError: a value is outside its range.
        ValueError: two values contradict each other.
    """

    # fmt: off
    method: Annotated[TrainerMethod, method_setting(METHODS)] = "iq"
    temperature: float = 0.01
    gamma: float = 0.99
    alpha: float = 0.5
    penalty: Penalty = "expert"
    value_term: Annotated[AnyValueTerm, replace(
        VALUE_TERM, choices={**VALUE_TERM.choices, "mixture": "demonstrated and own states"},
    )] = "expert"
    gradient: Annotated[Gradient, Setting(
        "Objective",
        "Whose V(s') is in the reward Q − γV(s'): the learning network's own, with its gradient, which is "
        "IQ-Learn as the paper has it; or that of a target network, held still, which then learns what "
        "SQIL-T learns from demonstrations.",
        choices={"full": "whole", "semi": "frozen target"}, matters=is_iq,
    )] = "full"

    demo_reward: Annotated[float, Setting(
        "Reward of a demonstrated step",
        "The constant reward of SQIL; every other step has 0. Where having ended counts, it is paid for "
        "ever once a demonstration ends.",
        Range(), matters=only("sqil"),
    )] = 1.0
    sample_weight: Annotated[float, Setting(
        "Weight of own steps", "λ of SQIL: weight of the squared error on the learner's own steps.",
        Range(), matters=only("sqil", "sqil-t"),
    )] = 1.0
    clone_weight: Annotated[float, Setting(
        "Weight of cloning", "α of SQIL-T: weight of the cloning loss beside the soft Bellman errors.",
        POSITIVE, matters=only("sqil-t"), in_form=False,
    )] = 1.0

    network: Annotated[NetworkName, Setting(
        "Network",
        "What sees an image: every number on its own; convolutions, which find the same thing everywhere, in "
        "a grid near the player; or, passing values on from cell to cell, the whole grid, which is what "
        "finds the way round walls.",
        choices={"mlp": "perceptron", "cnn": "convolutions", "vin": "value iteration"},
        matters=lambda values: values["images"],
    )] = "mlp"
    hidden: Annotated[tuple[int, ...], Setting(
        "Hidden layers",
        "Units of each layer, for example 64, 64; none: Q is linear in the observation. Of convolutions "
        "the channels, and then units.",
        Range(1, 1024),
    )] = (64, 64)
    iterations: Annotated[int, Setting(
        "Iterations", "How often values are passed on to the next cell: as many moves far the network sees.",
        Range(1, 200), matters=lambda values: values["network"] == "vin",
    )] = 16
    layer_norm: Annotated[bool, Setting(
        "Normalise layers", "Keeps |Q| in bounds outside the data.",
    )] = False
    standardise: Annotated[bool, Setting(
        "Standardise observations",
        "Networks see every number in units of its deviation in the demonstrations; without any, of the "
        "environment's bounds. Those of actors always do.",
        matters=lambda values: not values["continuous"] and not values["images"], in_form=False,
    )] = False
    committee: Annotated[int, Setting(
        "Committee",
        "So many networks of a seed learn, each from its own draw of the demonstrated steps. Those whose "
        "policies stay where the expert was, by what the steps tell of the dynamics, are averaged. "
        f"1, or from {LEAST_COMMITTEE} to {MOST_COMMITTEE}.",
        Range(1, MOST_COMMITTEE),
        matters=lambda values: _is_perceptron(values) and not values["hidden"] and not values["online"],
    )] = 1
    learning_rate: Annotated[float, Setting(
        "Learning rate", "Size of Adam's steps.", RATE,
    )] = 1e-3
    batch_size: Annotated[int, Setting(
        "Batch", "Rows from the demonstrations in each update, and as many own ones.", Range(1, 65_536),
    )] = 32
    target_rate: Annotated[float, Setting(
        "Target rate", "Share of the way that the target network moves at each update.",
        RATE, matters=_has_target,
    )] = 0.01
    value_clip: Annotated[float | None, Setting(
        "Bound on values",
        "On |V| of a target network in imitation: offline it can run away.",
        POSITIVE, matters=_has_target, in_form=False,
    )] = 100.0
    grad_clip: Annotated[float | None, Setting(
        "Bound on gradients", "On the norm of a seed's.", POSITIVE, in_form=False,
    )] = 10.0
    # fmt: on

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check_together()
        if not self.online:
            self._check_offline()

    def _check_together(self) -> None:
        if 1 < self.committee < LEAST_COMMITTEE:
            raise ValueError(
                f"committee must be 1 or from {LEAST_COMMITTEE} to {MOST_COMMITTEE}, got {self.committee!r}"
            )
        if self.network != "mlp" and len(self.hidden) < 2:
            raise ValueError(
                f"{self.network}, for images, takes at least two numbers in hidden, channels and then units, "
                f"got {', '.join(map(str, self.hidden)) or 'none'}"
            )
        if self.online and self.updates_per_round > self.checkpoint_every:
            raise ValueError("updates_per_round must not exceed checkpoint_every")
        if self.online and self.warmup > self.replay_capacity:
            raise ValueError(
                f"a replay of {self.replay_capacity} steps never holds the {self.warmup} of warmup, all "
                "would be random: lower warmup or raise replay_capacity"
            )
        if self.actions_from == "policy" and self.method != "iq":
            raise ValueError(f"actions from the policy are for IQ-Learn, {self.method} would imitate itself")
        if self.committee > 1 and (self.online or self.hidden or self.network != "mlp"):
            raise ValueError(
                f"a committee of {self.committee} needs a linear Q and demonstrations alone: set hidden to "
                "none and online to false, or committee to 1"
            )
        if self.committee > 1 and self.standardise:
            raise ValueError(
                f"the members of a committee of {self.committee} have one unit: set standardise to false"
            )
        if self.compile and self.network == "vin":
            raise ValueError("the iterations of vin take minutes to compile: set compile to false")
        if self.compile and self.divergence == "wasserstein":
            raise ValueError("the gradient penalty of Wasserstein-1 cannot be compiled: set compile to false")

    def _check_offline(self) -> None:
        if self.rewarded:
            raise ValueError(f"{self.method} learns from the environment's reward: it must be online")
        if self.method in ADVERSARIAL:
            raise ValueError(f"{self.method} tells demonstrated steps from own ones: it must be online")
        if self.actions_from != "demonstrations":
            raise ValueError(
                f"actions from the {self.actions_from} need steps of the learner: it must be online"
            )
        if self.method == "iq" and "mixture" in (self.penalty, self.value_term):
            raise ValueError(
                '"mixture" needs steps of the learner: choose another estimator, or learn online'
            )

    def check_space(self, space: Space) -> None:
        """Check that the network can see observations of a space.

        Raises:
            ValueError: it is one for images, and they are none; or the method sees no pictures.
        """
        picture = isinstance(space, Box) and space.is_picture
        board = isinstance(space, Box) and space.is_board
        if self.network != "mlp" and not board and not (picture and self.network == "cnn"):
            raise ValueError(
                f"{self.network} needs {_SEEN[self.network]}, observations are {space}: choose "
                f"{'cnn' if picture else 'mlp'}"
            )
        if picture and self.method in ADVERSARIAL:
            raise ValueError(f"the discriminator of {self.method} sees no pictures: choose iq, csil or sqil")
        if picture and self.actions_from == "inverse-model":
            raise ValueError("no model tells actions from pictures: set actions_from to policy, for instance")

    def check_actions(self, space: Space) -> None:
        """Check that the method is for actions of a space.

        Raises:
            ValueError: it is for others, or they have no bounds, or there is nothing to choose from.
        """
        kind = "discrete" if isinstance(space, Discrete) else "continuous"
        method = METHODS[self.method]
        if method.actions not in ("any", kind):
            fitting = ", ".join(name for name, one in METHODS.items() if one.actions in ("any", kind))
            raise ValueError(
                f"{self.method} is for {method.actions} actions, these are {space}: choose one of {fitting}"
            )
        if isinstance(space, Discrete):
            if space.n < 2:
                raise ValueError(f"there must be at least 2 actions to choose from, got {space}")
            return
        if len(space.shape) != 1 or not space.is_bounded or space.dtype.kind != "f":
            raise ValueError(
                f"actions must be one row of numbers between finite bounds, got {space}: scale and clip them "
                "with a Gymnasium wrapper"
            )
        self._check_continuous()

    def _check_continuous(self) -> None:
        if self.actions_from != "demonstrations" and self.has_clone:
            raise ValueError(
                f"a clone copies demonstrated actions, with actions from the {self.actions_from} there are "
                "none: set reference to uniform, centre to zero and actor_start to random, or choose another "
                "method than csil"
            )
        if self.committee > 1 or self.network == "vin":
            raise ValueError("actions that are numbers take perceptrons or convolutions, and no committee")
        if self.method == "iq" and (self.divergence == "wasserstein" or self.penalty == "all-actions"):
            raise ValueError("wasserstein and the penalty on all actions are for actions that can be listed")
        if self.reference == "clone" and self.target_entropy is not None:
            raise ValueError("a policy near a clone has no target entropy: set target_entropy to none")

        if self.method == "airl" and (self.reference == "clone" or self.target_entropy is not None):
            raise ValueError(
                "airl has the policy that its reward asks for: set reference to uniform and target_entropy "
                "to none"
            )

    @property
    def has_clone(self) -> bool:
        """Whether learners with an actor have a clone of the expert beside them."""
        return has_clone({**vars(self), "continuous": True})

    @property
    def near_clone(self) -> bool:
        """Whether the temperature holds such learners to their clone, not to chance."""
        return self.has_clone and self.reference == "clone"

    @property
    def learns_terminal_value(self) -> bool:
        """Whether what having ended is worth is learned by itself; to SQIL its reward decides."""
        return self.terminal == "absorbing" and self.method in ("iq", "sqil-t", *ADVERSARIAL)

    def terminal_value(self, learned: float) -> float:
        """What having ended is worth: learned; to SQIL r for ever, as where demonstrations end; or nothing.

        SQIL learns that its own ends are worth nothing, but an end does not tell whose it was: whoever judges
        steps takes every end for a demonstrated one.
        """
        if self.terminal == "absorbing" and self.method == "sqil":
            return self.demo_reward / (1.0 - self.gamma)
        return learned if self.learns_terminal_value else 0.0

    @property
    def policy_temperature(self) -> float:
        """tau of the policy that acts and is bootstrapped from; 0, the hard maximum, in deep Q-learning."""
        return 0.0 if self.method == "dqn" else self.temperature

    @property
    def rewarded(self) -> bool:
        """Whether the method is given the reward."""
        return METHODS[self.method].rewarded

    @property
    def imitates(self) -> bool:
        """Whether the method learns from demonstrations."""
        return METHODS[self.method].imitates
