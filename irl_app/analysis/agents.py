"""Rewards recovered in control tasks, judged: agreement by who acted, agents trained on them, a verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np

from irl_app.analysis.agreement import Agreement
from irl_app.analysis.estimates import Estimate
from irl_app.analysis.intervals import mean_interval
from irl_app.analysis.verdict import Answer, Level, Verdict
from irl_app.analysis.wording import METRIC_TEXTS, MetricText, written
from trainers.arrays import FloatArray

GOOD_SHARE, FAIR_SHARE = 0.9, 0.5
"""Of the way from random play to the expert: from here on a mean of fresh agents is good, or fair."""
WHOLE = "all together"
"""The name of the states of all players pooled."""


@dataclass(frozen=True)
class AgreementRow:
    """Recovered against true reward over the states of one kind of player, over seeds.

    Attributes:
        reward: which view of the recovered reward. states: who acted.
        n_episodes: of one seed.
        figures: name of an `Agreement` -> mean over seeds with its interval; of one seed its own.
    """

    reward: str
    states: str
    n_episodes: int
    figures: Mapping[str, Estimate]


@dataclass(frozen=True)
class TrainedRow:
    """Agents trained from scratch on one reward.

    Attributes:
        reward: which view of the recovered reward, or "true".
        terminal: what an end is worth under it, "" for the true reward.
        returns: one agent a seed: mean true return of its own policy.
        mean: over agents, see ``mean_interval``.
    """

    reward: str
    terminal: str
    returns: tuple[float, ...]
    mean: Estimate


def agreement_row(reward: str, states: str, n_episodes: int, found: Sequence[Agreement]) -> AgreementRow:
    """The agreement of K seeds, summed up."""
    names = [field.name for field in fields(Agreement)]
    figures = {name: _over_seeds([getattr(each, name) for each in found]) for name in names}
    return AgreementRow(reward, states, n_episodes, figures)


def trained_row(reward: str, terminal: str, returns: FloatArray) -> TrainedRow:
    """The agents (K,) of one reward, summed up."""
    own = tuple(float(value) for value in returns)
    return TrainedRow(reward, terminal, own, mean_interval(own))


def score_estimate(estimate: Estimate, random: float, expert: float) -> Estimate:
    """A return as a share of the way from random play (0) to the expert (1); its interval with it."""

    def share(value: float | None) -> float | None:
        return None if value is None else (value - random) / (expert - random)

    return Estimate(share(estimate.value), share(estimate.low), share(estimate.high), estimate.n)


def level_of_agents(returns: Sequence[float], random: float, expert: float) -> Level:
    """What the returns of fresh agents say of the reward that they were trained on.

    They are measured by the expert and random play alone, whatever agents on the true reward make of as many
    updates. Good asks for the mean, and that no agent falls short of what is fair.
    """
    shares = (np.asarray(returns, dtype=float) - random) / (expert - random)
    mean = float(shares.mean())
    if mean >= GOOD_SHARE and shares.min() >= FAIR_SHARE:
        return "good"
    return "fair" if mean >= FAIR_SHARE else "poor"


def verdict_of_agents(
    row: TrainedRow | None, true: TrainedRow | None, agreed: AgreementRow, random: float, expert: float
) -> Verdict:
    """The three answers about a reward of networks: it may be trained on here, or not; of changed tasks
    nothing is known, and a correlation that shaping moves gives no level to a map.

    Args:
        row, true: fresh agents on the recovered and on the true reward, None where none were trained.
        agreed: with the true reward, on the states of all players.
        random, expert: returns of random play and of the expert.
    """
    elsewhere = Answer(
        None, "The task was not changed, so nothing is known of others.", "Train on it there and look."
    )
    read = Answer(None, agreement_in_words(agreed))
    if row is None or true is None or row.mean.value is None or true.mean.value is None:
        unknown = "No agent was trained on it, so nobody knows whether it can be."
        return Verdict(Answer(None, unknown, "Judge it again with agents."), elsewhere, read)
    level = level_of_agents(row.returns, random, expert)
    action = {"good": "Train on it.", "fair": "Train on it with care.", "poor": "Do not train on it."}[level]
    return Verdict(Answer(level, agents_in_words(row, true, random, expert), action), elsewhere, read)


def agents_in_words(row: TrainedRow, true: TrainedRow, random: float, expert: float) -> str:
    """What fresh agents earned, each of them where they differ, beside the expert, random play and agents on
    the true reward."""
    assert row.mean.value is not None  # an agent has a return
    assert true.mean.value is not None
    way = (row.mean.value - random) / (expert - random)
    spread = f", {min(row.returns):.0f} to {max(row.returns):.0f}" if len(row.returns) > 1 else ""
    said = (
        f"Fresh agents earn {row.mean.value:.0f} with it{spread}: {written(way, 'share')} of the way from "
        f"random play ({random:.0f}) to the expert ({expert:.0f})."
    )
    if (true.mean.value - random) / (expert - random) < GOOD_SHARE:
        said += f" Agents on the true reward earn {true.mean.value:.0f}: so many updates can show no more."
    return said


def agreement_in_words(row: AgreementRow) -> str:
    """One or two sentences on all players' states together: steps, episodes, and what lengths alone score."""
    steps, sums = row.figures["steps"], row.figures["sums"]
    lengths, rest = row.figures["lengths"], row.figures["given_length"]
    told = []
    if steps.value is None:
        told.append(f"Step by step nothing can be compared: {_lower(steps.why_missing)}")
    else:
        told.append(f"Step by step it correlates with the true reward at {_correlation(steps)}.")
    if sums.value is not None:
        said = f"Summed over episodes the two correlate at {_correlation(sums)}"
        if lengths.value is not None:
            said += f", where knowing only how long an episode lasted scores {_correlation(lengths)}"
        if rest.value is not None:
            said += f"; with the lengths held fixed, {_correlation(rest)} is left"
        elif rest.why_missing:
            said += f"; {_lower(rest.why_missing).rstrip('.')}"
        told.append(f"{said}.")
    return " ".join(told)


def _over_seeds(estimates: Sequence[Estimate]) -> Estimate:
    if len(estimates) == 1:
        return estimates[0]
    values = [each.value for each in estimates if each.value is not None]
    if not values:
        return Estimate(None, why_missing=estimates[0].why_missing)
    return mean_interval(values, -1.0, 1.0)


def _correlation(estimate: Estimate) -> str:
    return "-" if estimate.value is None else written(estimate.value, "correlation")


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


def _trained(title: str, sentence: str) -> MetricText:
    return MetricText(
        title,
        "share",
        1.0,
        sentence,
        "Mean true return of agents that soft Q-learning trained from scratch on the reward alone, as share "
        "of the way from random play (0 %) to the expert (100 %); one agent a seed: of up to five the "
        "least and the largest, of more Student's 95 % interval.",
        r"\frac{J_{\mathrm{agent}} - J_{\mathrm{random}}}{J_{\mathrm{expert}} - J_{\mathrm{random}}}",
    )


def _correlated(title: str, sentence: str, help_text: str, formula: str) -> MetricText:
    return MetricText(title, "correlation", 1.0, sentence, f"{help_text} {_POOLED}", formula)


_POOLED = (
    "Over the states of the expert, the learner, the learner with random moves, and random play together; "
    "Fisher's 95 % interval of one seed, as if states of an episode were independent, so rather too narrow; "
    "else Gaffke's over seeds."
)
_SUM = r"\sum_t r_t"

CONTROL_TEXTS: Mapping[str, MetricText] = {
    "trained_on": _trained(
        "Trained on, de-shaped",
        "Agents trained on the de-shaped reward get {value} of the way to the expert.",
    ),
    "trained_on_adversarial": _trained(
        "Trained on, adversarial",
        "Agents trained on the adversarial reward of states get {value} of the way.",
    ),
    "trained_on_supported": _trained(
        "Trained on, supported",
        "Agents trained on the reward within the demonstrations' support get {value} of the way.",
    ),
    "trained_on_state": _trained(
        "Trained on, state-only", "Agents trained on the state-only part get {value} of the way."
    ),
    "trained_on_bounded": _trained(
        "Trained on, bounded", "Agents trained on the bounded raw reward get {value} of the way."
    ),
    "trained_on_raw": _trained(
        "Trained on, raw", "Agents trained on raw Q(s, a) − γV(s′) get {value} of the way."
    ),
    "trained_on_true": _trained(
        "Trained on, true reward", "Agents trained on the true reward get {value} of the way."
    ),
    "imitation": MetricText(
        "Learner itself",
        "share",
        1.0,
        "The learner that the reward was read off gets {value} of the way to the expert.",
        "Mean true return of the learner's own policy, as a share of the way from random play to the expert.",
        r"\frac{J_{\pi} - J_{\mathrm{random}}}{J_{\mathrm{expert}} - J_{\mathrm{random}}}",
    ),
    "pearson_step": _correlated(
        "Reward of a step",
        "Step by step, the recovered and the true reward correlate at {value}.",
        "Pearson correlation of the rewards of steps, from −1 to 1. There is none where the true reward is "
        "the same at every step.",
        r"\mathrm{corr}(r_t, r^{\mathrm{true}}_t)",
    ),
    "pearson_episode": _correlated(
        "Reward of an episode",
        "Summed over episodes, they correlate at {value}.",
        "Pearson correlation of the sums over episodes, from −1 to 1. It says little by itself: see what the "
        "lengths alone score.",
        rf"\mathrm{{corr}}({_SUM}, {_SUM}^{{\mathrm{{true}}}})",
    ),
    "length_baseline": _correlated(
        "Length alone",
        "How long an episode lasted correlates with its true return at {value}: what no reward scores.",
        "Pearson correlation of the episodes' lengths with their true returns, from −1 to 1. No recovered "
        "reward is in it: it is what the sums of any two positive rewards score.",
        r"\mathrm{corr}(T, \sum_t r^{\mathrm{true}}_t)",
    ),
    "pearson_given_length": _correlated(
        "Episodes, length held fixed",
        "With the lengths of episodes held fixed, their sums correlate at {value}.",
        "Partial correlation of the sums over episodes given the episodes' lengths, from −1 to 1.",
        r"\mathrm{corr}(\sum_t r_t, \sum_t r^{\mathrm{true}}_t \mid T)",
    ),
    "pearson_mean": _correlated(
        "Mean reward of a step",
        "The means over the steps of an episode correlate at {value}.",
        "Pearson correlation over episodes of the mean reward a step, from −1 to 1.",
        r"\mathrm{corr}(\bar r, \bar r^{\mathrm{true}})",
    ),
}
"""The words of the figures of control tasks, in the order to be read."""

ALL_TEXTS: Mapping[str, MetricText] = {**METRIC_TEXTS, **CONTROL_TEXTS}
"""The words of every figure that a report card may hold."""
