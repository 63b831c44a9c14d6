"""How a learner is doing: its own episodes under the true reward, what its Q-function says of demonstrations.

The true reward is only ever reported."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from irl_app.tasks import ControlTask, RolloutResult, boltzmann_policy, directness, rollout_stacked
from irl_app.training.judged_steps import JudgedSteps
from irl_app.training.learner import Learner, TargetedLearner
from trainers.control import soft_policy, soft_value
from trainers.mdp import FloatArray
from trainers.soft_q_config import SoftQConfig
from trainers.transitions import Transitions

Heed = Callable[[Learner, Sequence[RolloutResult]], None]


@dataclass(frozen=True, eq=False)
class _Valued:
    """Steps, and what K learners make of them: q (K, B, A) is Q(s, .); Q(s, a), V(s) and V(s') are (K, B)."""

    steps: JudgedSteps
    q: FloatArray
    taken: FloatArray
    v: FloatArray
    next_v: FloatArray


@dataclass(frozen=True)
class Evaluation:
    """A call that evaluates K learners: learner -> name -> (K,).

    return, length: means over episodes of the learner's own policy, the return undiscounted and true.
    action_entropy: of the actions that it took in them, in [0, 1]: 0 when it is always the same one, 1 when
    all are taken equally often.
    policy_entropy: mean over its own steps of the entropy of pi(. | s), in [0, 1]: 1 for uniform policies.
    v_demonstrations: mean V(s) over what it learns from.
    reward_gap: mean r = Q(s, a) - gamma V(s') over the demonstrated steps less that over its own steps;
    those that end an episode are left out.
    heldout_log_likelihood: mean log pi(a | s) over episodes it never saw.
    distance_ratio, success_rate: see ``tasks.directness``; in grids only.
    bellman_residual: root mean square of Q(s, a) - r - gamma V(s') in units of reward, see ``_residual``.
    Names that need demonstrations are missing where there are none.

    Attributes:
        task: to play. seeds: of the learners. episodes: a learner's at each evaluation.
        config: of the learners.
        learned, held_out: demonstrations, one for each learner or none at all.
        heed: called with the learner and the episodes that it has just played, kept whole.
    """

    task: ControlTask
    seeds: tuple[int, ...]
    episodes: int
    config: SoftQConfig
    learned: Sequence[Transitions] = ()
    held_out: Sequence[Transitions] = ()
    heed: Heed | None = None

    def __call__(self, learner: TargetedLearner) -> dict[str, FloatArray]:
        """Evaluate; the same update of the same run gives the same numbers. The learner is left as it is."""
        act = boltzmann_policy(learner.q_values, self.config.policy_temperature)
        seed = int(np.random.SeedSequence([*self.seeds, learner.update]).generate_state(1)[0])
        played = rollout_stacked(self.task, act, len(self.seeds), self.episodes, seed, keep=True)
        if self.heed is not None:
            self.heed(learner, played)
        return {
            "return": np.array([each.returns.mean() for each in played]),
            "length": np.array([each.lengths.mean() for each in played], dtype=np.float64),
            "action_entropy": self._action_entropy([each.episodes or () for each in played]),
            **self._judged(learner, JudgedSteps.of_episodes([each.episodes or () for each in played])),
            **self._directness(played),
        }

    def _directness(self, played: Sequence[RolloutResult]) -> dict[str, FloatArray]:
        if not self.task.is_grid:
            return {}
        found = [directness(each) for each in played]
        return {
            "distance_ratio": np.array([each.ratio for each in found]),
            "success_rate": np.array([each.success_rate for each in found]),
        }

    def _judged(self, learner: TargetedLearner, steps: JudgedSteps) -> dict[str, FloatArray]:
        """What its Q-function says of its own steps, and of the demonstrated ones."""
        own = self._valued(learner, steps)
        found = {"policy_entropy": steps.mean(self._entropy(own.q))}
        shown = unseen = None
        if self.learned:
            shown = unseen = self._valued(learner, JudgedSteps.of_transitions(self.learned))
            found["v_demonstrations"] = shown.steps.mean(shown.v)
            found["reward_gap"] = self._mean_reward(shown) - self._mean_reward(own)
        if self.held_out:
            unseen = self._valued(learner, JudgedSteps.of_transitions(self.held_out))
            if temperature := self.config.policy_temperature:
                log_policy = (unseen.taken - unseen.v) / temperature
                found["heldout_log_likelihood"] = unseen.steps.mean(log_policy)
        return found | self._residual(learner, own, unseen)

    def _residual(
        self, learner: TargetedLearner, own: _Valued, unseen: _Valued | None
    ) -> dict[str, FloatArray]:
        """By how much Q fails its own Bellman equation, on steps that it did not learn from.

        It is Q(s, a) - r - gamma V(s'), where r is what the method learns by:
        soft-q, dqn: the true reward, on the learner's own new steps, V(s') = 0 where an episode has ended.
        sqil, sqil-t: the constant reward of demonstrated steps, on those held out that end no episode.
        iq: the reward that its objective has judged, Q(s, a) - gamma V'(s') with V' of the target network,
        bounded as in training. The recovered reward Q - gamma V has no residual by definition; so this is
        gamma |V' - V|: how much the reward that would be taken away still differs from the judged one, which
        vanishes as learning comes to rest, and is large where V lies beyond its bound.
        bc: there is none, nothing is bootstrapped. Nor by iq of a committee: a mean has no target network.
        Where nothing is held out, it is taken on the demonstrations that are learned from.
        """
        method, gamma = self.config.method, self.config.gamma
        if method in ("soft-q", "dqn"):
            next_v = np.where(own.steps.terminated, 0.0, own.next_v)
            error = own.taken - own.steps.reward - gamma * next_v
            return {"bellman_residual": np.sqrt(own.steps.mean(error**2))}
        without = method == "bc" or (method == "iq" and self.config.committee > 1)
        if without or unseen is None:
            return {}
        if method == "iq":
            judged = self._v(np.asarray(learner.target_q_values(unseen.steps.next_obs), np.float64))
            bound = self.config.value_clip
            error = gamma * ((judged if bound is None else judged.clip(-bound, bound)) - unseen.next_v)
        else:
            reward = self.config.demo_reward if method == "sqil" else 0.0
            error = unseen.taken - reward - gamma * unseen.next_v
        return {"bellman_residual": np.sqrt(unseen.steps.going_on().mean(error**2))}

    def _mean_reward(self, valued: _Valued) -> FloatArray:
        """(K,) mean r = Q(s, a) - gamma V(s') over steps that end no episode; NaN where there are none."""
        return valued.steps.going_on().mean(valued.taken - self.config.gamma * valued.next_v)

    def _valued(self, learner: TargetedLearner, steps: JudgedSteps) -> _Valued:
        q = np.asarray(learner.q_values(steps.obs), np.float64)
        next_q = np.asarray(learner.q_values(steps.next_obs), np.float64)
        return _Valued(steps, q, steps.taken(q), self._v(q), self._v(next_q))

    def _v(self, q: FloatArray) -> FloatArray:
        """(K, B) V(s) of q (K, B, A)."""
        return soft_value(q, self.config.policy_temperature)

    def _entropy(self, q: FloatArray) -> FloatArray:
        """(K, B) entropy of pi(. | s) over log A, of q (K, B, A)."""
        return _entropies(soft_policy(q, self.config.policy_temperature))

    def _action_entropy(self, played: Sequence[Sequence[Any]]) -> FloatArray:
        """(K,) entropy over log A of the actions in the learners' episodes."""
        actions = [np.concatenate([episode.actions for episode in own]) for own in played]
        counts = np.array([np.bincount(own, minlength=self.task.n_actions) for own in actions])
        return _entropies(counts / counts.sum(-1, keepdims=True))


def _entropies(p: FloatArray) -> FloatArray:
    """(...) entropy of the distributions p (..., A) over log A."""
    return np.asarray(-(p * np.log(np.where(p > 0, p, 1.0))).sum(-1) / np.log(p.shape[-1]))
