"""How a learner is doing: its own episodes under the true reward, what its Q-function says of demonstrations.

The true reward is only ever reported."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from irl_app.tasks import RolloutResult, Task, directness, rollout_stacked
from irl_app.training.request import LearnerConfig
from trainers.arrays import BoolArray, FloatArray
from trainers.learner import Judgement, Learner, policy_of
from trainers.soft import entropy
from trainers.spaces import Discrete
from trainers.transitions import Transitions, side_by_side

OnEvaluation = Callable[[int, Learner, Sequence[RolloutResult]], None]
OWN_METRICS: dict[str, Callable[[Task, Learner, list[RolloutResult]], Any]] = {}
"""What others have recorded, by name."""
STEPS = 500
"""That a seed is judged on at most, spread evenly over all that there are."""


@dataclass(frozen=True, eq=False)
class _Judged:
    """Steps of K learners side by side, and what each makes of its own."""

    steps: dict[str, NDArray[Any]]
    counted: BoolArray
    found: Judgement

    @classmethod
    def by(cls, learner: Learner, own: Sequence[Transitions]) -> _Judged:
        """Each learner by its own steps."""
        steps, counted = side_by_side(own, STEPS)
        found = learner.judge(steps["obs"], steps["action"], steps["next_obs"], steps["terminated"])
        return cls(steps, counted, found)

    def mean(self, values: FloatArray) -> FloatArray:
        """(K,) mean of values (K, B) over the steps that count."""
        return _mean(values, self.counted)

    def mean_going_on(self, values: FloatArray) -> FloatArray:
        """The same without the steps that end an episode; NaN where there are no others."""
        return _mean(values, self.counted & ~self.steps["terminated"])


@dataclass(frozen=True)
class Evaluation:
    """A call that evaluates K learners: name -> (K,).

    return, length: means over episodes of the learner's own policy, the return undiscounted and true.
    action_entropy: of the actions that it took in them, in [0, 1]: 0 when it is always the same one, 1 when
    all are taken equally often.
    policy_entropy: mean over its own steps of how even pi(. | s) is, in [0, 1]: 1 for uniform policies.
    v_demonstrations: mean V(s) over what it learns from.
    reward_gap: mean r = Q(s, a) - gamma V(s') over the demonstrated steps less that over its own steps;
    those that end an episode are left out.
    heldout_log_likelihood: mean log pi(a | s) over episodes it never saw.
    distance_ratio, success_rate: see ``tasks.directness``; in grids only.
    bellman_residual: root mean square of Q(s, a) - r - gamma V(s') in units of reward, see `_bellman_error`.
    Names that need demonstrations are missing where there are none.

    Attributes:
        task: to play. seeds: of the learners. episodes: a learner's at each evaluation.
        config: of the learners.
        train, validation: demonstrations that it learns from or never sees, one for each learner or none.
        on_evaluation: called with the update, the learner and the episodes that it has just played, whole.
    """

    task: Task
    seeds: tuple[int, ...]
    episodes: int
    config: LearnerConfig
    train: Sequence[Transitions] = ()
    validation: Sequence[Transitions] = ()
    on_evaluation: OnEvaluation | None = None

    def __call__(self, update: int, learner: Learner, target: Learner) -> dict[str, FloatArray]:
        """Evaluate; the same update of the same run gives the same numbers. The learner is left as it is."""
        seed = int(np.random.SeedSequence([*self.seeds, update]).generate_state(1)[0])
        played = rollout_stacked(
            self.task, policy_of(learner), len(self.seeds), self.episodes, seed, keep=True
        )
        if self.on_evaluation is not None:
            self.on_evaluation(update, learner, played)
        own = [each.transitions() for each in played]
        return {
            "return": np.array([each.returns.mean() for each in played]),
            "length": np.array([each.lengths.mean() for each in played], dtype=np.float64),
            **self._action_entropy(own),
            **self._judged(learner, target, own),
            **self._directness(played),
            **{name: np.asarray(own(self.task, learner, [*played])) for name, own in OWN_METRICS.items()},
        }

    def _directness(self, played: Sequence[RolloutResult]) -> dict[str, FloatArray]:
        if not self.task.is_grid:
            return {}
        found = [directness(each) for each in played]
        return {
            "distance_ratio": np.array([each.ratio for each in found]),
            "success_rate": np.array([each.success_rate for each in found]),
        }

    def _judged(
        self, learner: Learner, target: Learner, steps: Sequence[Transitions]
    ) -> dict[str, FloatArray]:
        """What its Q-function says of its own steps, and of the demonstrated ones."""
        own = _Judged.by(learner, steps)
        found = {"policy_entropy": own.mean(learner.evenness(own.steps["obs"]))}
        shown = unseen = None
        if self.train:
            shown = unseen = _Judged.by(learner, self.train)
            if self.config.method != "bc":  # which knows no V
                found["v_demonstrations"] = shown.mean(shown.found.v)
            found["reward_gap"] = shown.mean_going_on(shown.found.reward) - own.mean_going_on(
                own.found.reward
            )
        if self.validation:
            unseen = _Judged.by(learner, self.validation)
            if self.config.policy_temperature:
                found["heldout_log_likelihood"] = unseen.mean(unseen.found.log_prob)
        error = self._bellman_error(target, own, unseen)
        return found if error is None else found | {"bellman_residual": np.sqrt(error)}

    def _bellman_error(self, target: Learner, own: _Judged, unseen: _Judged | None) -> FloatArray | None:
        """(K,) mean square by which Q fails its own Bellman equation, on steps that it did not learn from.

        It is Q(s, a) - r - gamma V(s'), where r is what the method learns by:
        soft-q, dqn, sac, rlpd: the true reward, on the learner's own new steps.
        sqil, sqil-t: the constant reward of demonstrated steps, on those held out that end no episode.
        iq with frozen targets: the reward that its objective has judged, Q(s, a) - gamma V'(s') with V' of
        the target network, bounded as in training. It is then gamma |V' - V|: how much the reward that would
        be taken away still differs from the judged one, which vanishes as learning comes to rest, and is
        large where V lies beyond its bound.
        There is none where r is Q - gamma V by definition (the whole objective of iq), where nothing is
        bootstrapped (bc), where it is not learned that way on demonstrations alone (csil, ls-iq), where r is
        a discriminator's (dac, airl), or where a mean has no target network (a committee).
        Where nothing is held out, it is taken on the demonstrations that are learned from.
        """
        config = self.config
        if config.rewarded:
            return own.mean((own.found.reward - own.steps["reward"]) ** 2)
        if config.method in ("bc", "csil", "ls-iq", "dac", "airl") or unseen is None:
            return None
        if config.method != "iq":
            paid = config.demo_reward if config.method == "sqil" else 0.0
            return unseen.mean_going_on((unseen.found.reward - paid) ** 2)
        if config.gradient == "full" or config.committee > 1:
            return None
        judged, bound = target.values(unseen.steps["next_obs"]), config.value_clip
        judged = judged if bound is None else judged.clip(-bound, bound)
        return unseen.mean_going_on((config.gamma * (judged - unseen.found.next_v)) ** 2)

    def _action_entropy(self, own: Sequence[Transitions]) -> dict[str, FloatArray]:
        """(K,) entropy over log A of the actions in the learners' episodes, where they can be counted."""
        space = self.task.action_space
        if not isinstance(space, Discrete):
            return {}
        counts = np.array([np.bincount(each.action - space.start, minlength=space.n) for each in own])
        return {"action_entropy": entropy(counts / counts.sum(-1, keepdims=True)) / np.log(space.n)}


def _mean(values: FloatArray, counted: BoolArray) -> FloatArray:
    """(K,) mean of values (K, B) over what counts; NaN where nothing does."""
    n = counted.sum(-1)
    total = np.where(counted, values, 0.0).sum(-1)
    return np.where(n > 0, total / np.maximum(n, 1), np.nan)
