"""All that decides how a discrete Q-function is learned with a network; readable without torch."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Literal, get_args

from trainers.divergences import DIVERGENCES

SoftQMethod = Literal["iq", "sqil", "sqil-t", "bc", "soft-q", "dqn"]
Penalty = Literal["expert", "mixture", "all-actions"]
ValueTerm = Literal["initial", "expert", "mixture"]
Terminal = Literal["zero", "absorbing"]
ActionsFrom = Literal["demonstrations", "inverse-model", "policy"]
Acting = Literal["policy", "chance"]
NetworkName = Literal["mlp", "cnn", "vin"]

LEAST_COMMITTEE, MOST_COMMITTEE = 16, 256
"""Fewer leave nothing to choose from; more take memory and time and change little."""

IMITATION: tuple[SoftQMethod, ...] = ("iq", "sqil", "sqil-t", "bc")
"""Methods that learn from demonstrations; the others learn from the environment's reward."""


@dataclass(frozen=True)
class SoftQConfig:
    """The configuration of one training, the same for all of its seeds.

    Raises:
        ValueError: a value is outside its range, or two of them contradict each other.
    """

    method: SoftQMethod = "iq"
    """Critic objective: IQ-Learn, SQIL, SQIL-T, behavioural cloning, or soft or hard-max Q-learning."""
    updates: int = 5_000
    """Gradient steps in all, >= 1."""
    online: bool = False
    """Act in the environment while learning; otherwise learn from the demonstrations alone."""
    gamma: float = 0.99
    """Discount in [0, 1)."""
    temperature: float = 0.01
    """tau of the soft policy, > 0, in units of reward; deep Q-learning takes the hard maximum instead."""
    terminal: Terminal = "zero"
    """What having ended is worth: nothing, or the learned value of one absorbing state; to SQIL, which learns
    none, ``demo_reward`` for ever where a demonstration ends."""
    actions_from: ActionsFrom = "demonstrations"
    """Imitation: actions in demonstrated states are those shown; or nobody looks at them, and they are told
    from s and s' by a model of the learner's own steps, or drawn from its policy; both need it online."""

    divergence: str = "chi2"
    """IQ-Learn: key of ``trainers.divergences.DIVERGENCES``."""
    alpha: float = 0.5
    """IQ-Learn: weight of the chi-squared penalty r^2 / (4 alpha), > 0; larger lets rewards grow."""
    scale: float = 1.0
    """IQ-Learn: reward scale lambda of the divergence, phi_lambda(x) = lambda phi(x / lambda), > 0."""
    penalty: Penalty = "expert"
    """IQ-Learn: where the chi-squared penalty is taken: the expert's pairs, half expert half replay, or
    half the expert's pairs and half every action in its states, its own next state standing in."""
    value_term: ValueTerm = "expert"
    """IQ-Learn: states over which (1 - gamma) E_p0[V] is estimated."""

    demo_reward: float = 1.0
    """SQIL: constant reward r of a demonstrated step; every other step has 0."""
    sample_weight: float = 1.0
    """SQIL: lambda_samp, weight of the squared error on the replay, >= 0."""
    clone_weight: float = 1.0
    """SQIL-T: weight alpha of the cloning loss beside the squared soft Bellman errors, > 0."""

    network: NetworkName = "mlp"
    """A perceptron; or, for boards seen as images, convolutions read out at the player's cell, alone or with
    value iteration on what they find, which sees the whole board."""
    hidden: tuple[int, ...] = (64, 64)
    """Units of each hidden layer, none: Q is linear in the observation. Of the networks for images, channels
    of each convolution, then units."""
    iterations: int = 16
    """Value-iteration network: how often values are passed on, >= 1: as many moves far it sees."""
    layer_norm: bool = False
    """Normalise each hidden layer of the "mlp", without learned scales."""
    learning_rate: float = 1e-3
    """Adam's step, > 0."""
    batch_size: int = 32
    """Rows from the demonstrations in each update, and as many from the replay."""
    target_rate: float = 0.01
    """Share of the way that the target network moves at each update, in (0, 1]."""
    value_clip: float | None = 100.0
    """Imitation: bound on |V| of bootstrapped targets, > 0: offline they can run away; None: no bound."""
    grad_clip: float = 10.0
    """Largest norm of a seed's gradient, > 0."""
    committee: int = 1
    """Offline, Q linear: networks a seed, 1 or 16 to 256, each learning from its own resample of the
    demonstrated steps. The mean of those that stay where the expert was, in dynamics fitted to these steps,
    is the result."""

    replay_capacity: int = 50_000
    """Online: steps that are remembered, the oldest is overwritten."""
    warmup: int = 500
    """Online: steps taken at random before the first update."""
    steps_per_round: int = 4
    """Online: steps taken between two groups of updates, each environment of each seed."""
    updates_per_round: int = 4
    """Online: updates in such a group."""
    acting: Acting = "policy"
    """Online: who takes the steps: the learner, or chance, every action alike."""
    exploration: float = 0.05
    """Share of random actions, in [0, 1]: deep Q-learning's at the end of their linear decay from 1; with
    actions told by a model, which must see what the learner would not do, that of all steps."""
    exploration_share: float = 0.2
    """Deep Q-learning: share of all updates over which they decay."""

    checkpoint_every: int = 1_000
    """Updates between two checkpoints; online, running episodes are cut there."""
    compile: bool = False
    """Compile the updates: 20 s first, then several times as fast. Needs a C++ compiler."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "hidden", tuple(self.hidden))
        self._check_choices()
        self._check_ranges()
        self._check_together()
        if not self.online:
            self._check_offline()

    def _check_choices(self) -> None:
        for name, kind in (
            ("method", SoftQMethod),
            ("penalty", Penalty),
            ("value_term", ValueTerm),
            ("terminal", Terminal),
            ("actions_from", ActionsFrom),
            ("acting", Acting),
            ("network", NetworkName),
        ):
            if getattr(self, name) not in get_args(kind):
                raise ValueError(
                    f"{name} must be one of {', '.join(get_args(kind))}, got {getattr(self, name)!r}"
                )
        if self.divergence not in DIVERGENCES:
            raise ValueError(
                f"unknown divergence {self.divergence!r}: choose one of {', '.join(DIVERGENCES)}"
            )

    def _check_ranges(self) -> None:
        positive = (
            "updates temperature alpha scale clone_weight iterations learning_rate batch_size grad_clip "
            "replay_capacity"
        )
        for name in (*positive.split(), "steps_per_round", "updates_per_round", "checkpoint_every"):
            if not 0 < getattr(self, name) < math.inf:
                raise ValueError(f"{name} must be a positive number, got {getattr(self, name)!r}")
        for name in ("sample_weight", "warmup", "demo_reward"):
            if not 0 <= getattr(self, name) < math.inf:
                raise ValueError(f"{name} must not be negative, got {getattr(self, name)!r}")
        for name in ("exploration", "exploration_share"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must lie between 0 and 1, got {getattr(self, name)!r}")
        if not 0 <= self.gamma < 1:
            raise ValueError(
                f"gamma must be at least 0 and less than 1, got {self.gamma!r}: choose for example 0.99"
            )
        if not 0 < self.target_rate <= 1:
            raise ValueError(f"target_rate must lie in (0, 1], got {self.target_rate!r}")
        if self.value_clip is not None and not 0 < self.value_clip < math.inf:
            raise ValueError(f"value_clip must be a positive number or none, got {self.value_clip!r}")
        if self.committee != 1 and not LEAST_COMMITTEE <= self.committee <= MOST_COMMITTEE:
            raise ValueError(
                f"committee must be 1 or from {LEAST_COMMITTEE} to {MOST_COMMITTEE}, got {self.committee!r}"
            )
        if min(self.hidden, default=1) < 1:
            raise ValueError(f"a hidden layer must have at least one unit, got {self.hidden!r}")

    def _check_together(self) -> None:
        if self.network != "mlp" and (self.layer_norm or len(self.hidden) < 2):
            raise ValueError(
                f"{self.network} takes at least two numbers in hidden, channels and then units, and no "
                f"layer_norm, got {self.hidden!r} and {self.layer_norm!r}"
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
        if self.compile and self.network == "vin":
            raise ValueError("the iterations of vin take minutes to compile: set compile to false")
        if self.compile and self.divergence == "wasserstein":
            raise ValueError("the gradient penalty of Wasserstein-1 cannot be compiled: set compile to false")

    def _check_offline(self) -> None:
        if self.method not in IMITATION:
            raise ValueError(f"{self.method} learns from the environment's reward: it must be online")
        if self.actions_from != "demonstrations":
            raise ValueError(
                f"actions from the {self.actions_from} need steps of the learner: it must be online"
            )
        if self.method == "iq" and "mixture" in (self.penalty, self.value_term):
            raise ValueError(
                '"mixture" needs steps of the learner: choose another estimator, or learn online'
            )

    def check_shape(self, obs_shape: tuple[int, ...]) -> None:
        """Check that the network can see observations of a shape.

        Raises:
            ValueError: it is one for images, and they are none of several planes.
        """
        if self.network != "mlp" and (len(obs_shape) != 3 or obs_shape[0] < 2):
            raise ValueError(
                f"{self.network} needs images of at least two planes, the last of the player's cell, "
                f"observations are of shape {obs_shape}: choose mlp"
            )

    @property
    def policy_temperature(self) -> float:
        """tau of the policy that acts and is bootstrapped from; 0, the hard maximum, in deep Q-learning."""
        return 0.0 if self.method == "dqn" else self.temperature

    @property
    def imitates(self) -> bool:
        """Whether the method learns from demonstrations."""
        return self.method in IMITATION

    @classmethod
    def from_json(cls, values: dict[str, object]) -> SoftQConfig:
        """The configuration with these fields, as ``dataclasses.asdict`` gives them.

        Raises:
            ValueError: a field is unknown or a value is outside its range.
        """
        known = {field.name for field in fields(cls)}
        if unknown := sorted(set(values) - known):
            raise ValueError(f"unknown setting {unknown[0]!r}: the settings are {', '.join(sorted(known))}")
        try:
            return cls(**values)  # type: ignore[arg-type]
        except TypeError as error:
            raise ValueError(f"a setting has a value of the wrong kind: {error}") from error
