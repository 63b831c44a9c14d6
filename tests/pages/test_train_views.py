"""What a run has learned, on the Train page: episodes, slices, rewards, and the words beside them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from irl_app.cli import main
from irl_app.tasks import Task, get_task, random_policy, rollout_stacked
from irl_app.training.reward_samples import NAME as REWARDS
from irl_app.training.rollouts import ABOUT, FOLDER
from irl_app.training.slices import NAME as SLICES
from irl_app.training.split import Split
from irl_app.training.views import Views
from irl_app.ui.train_view_words import fixed_words, seen_words
from tests.comparison.made_runs import make_run
from tests.pages.test_train import held, html_of, opened, runs  # noqa: F401
from trainers.learner import SoftmaxLearner

LEARNED = {"gamma": 0.9, "temperature": 0.5, "terminal": "zero"}


def sums(task: Task, method: str) -> SoftmaxLearner:
    """Two learners: Q is the sum of what is observed, a little more for each next action."""

    def q(obs: np.ndarray) -> np.ndarray:
        own = obs if obs.ndim == len(task.observation_space.shape) + 2 else np.stack([obs, obs])
        total = own.reshape(*own.shape[:2], -1).sum(-1, keepdims=True)
        return np.asarray(total + 0.1 * np.arange(task.action_space.n), np.float32)

    temperature = 0.0 if method == "dqn" else 0.5
    return SoftmaxLearner(q, task.action_space, temperature, 0.9, cloned=method == "bc")


def seen_run(root: Path, method: str = "iq", task: str = "CartPole-v1", *, conclude: bool = True) -> Path:
    """A run of two seeds whose views are written as a worker does."""
    about = get_task(task)
    folder = make_run(root, method, task=task, settings=LEARNED, demonstrations={"episodes": 1})
    played = rollout_stacked(about, random_policy(about), 2, 3, 0, keep=True)
    shown = played[0].transitions(1)
    nothing = method in ("soft-q", "dqn")
    drawn = Split(()) if nothing else Split((shown, shown), (shown, shown), shown)
    views = Views(folder, about, (0, 1), drawn)
    views.on_evaluation(3_000, sums(about, method), played)
    if conclude:
        views.conclude()
    return folder


def images(page: AppTest) -> int:
    return len(page.get("image"))


def figures(page: AppTest) -> int:
    return len(page.get("bidi_component"))


def test_what_a_run_learned_is_shown(runs: Path) -> None:  # noqa: F811
    page = opened(make_run(runs, "iq").name)
    without, nothing = figures(page), html_of(page)
    assert "What it learned" not in nothing
    page = opened(seen_run(runs).name)
    html = html_of(page)
    assert "What it learned, at update 3,000" in html
    assert "A demonstration: return" in html
    assert "The learner, seed 0: return" in html
    assert "The middle one of 3 episodes" in html
    assert "Held fixed: cart position 0, cart velocity 0." in html
    assert "states that this seed was shown" in html
    assert "an episode&#x27;s length alone scores 1.000" in html
    left_out = "Left out: step by step, mean per step, "  # every step has the same true reward
    assert left_out in html
    assert "true reward is the same everywhere here" in html
    assert "–</td>" not in html
    assert (figures(page) - without, images(page)) == (5, 2)


def test_variables_moves_and_seeds_are_chosen(runs: Path) -> None:  # noqa: F811
    page = opened(seen_run(runs).name)
    shown = figures(page)
    page.selectbox(key="train-slices-x-CartPole-v1").select(0).run()
    assert "Held fixed: cart velocity 0, pole angle 0." in html_of(page)
    page.selectbox(key="train-slices-y-CartPole-v1").select(1).run()
    assert "Held fixed: pole angle 0, pole angular velocity 0." in html_of(page)
    page.selectbox(key="train-slices-x-CartPole-v1").select(1).run()  # never the same one twice
    assert page.selectbox(key="train-slices-y-CartPole-v1").value != 1
    page.selectbox(key="train-slices-move-CartPole-v1-False").select("push right").run()
    page.button_group(key="train-slices-kind").set_value("True reward").run()
    page.selectbox(key="train-views-seed").select_index(1).run()
    assert "The learner, seed 1: return" in html_of(page)
    page.toggle(key="train-views-moving").set_value(False).run()
    assert (figures(page), images(page)) == (shown, 2)
    assert not page.exception


@pytest.mark.usefixtures("worked_here")
def test_a_pair_that_the_file_does_not_hold_is_cut_from_the_checkpoint(runs: Path) -> None:  # noqa: F811
    y = "train-slices-y-LunarLander-v3"
    page = opened(seen_run(runs, task="LunarLander-v3").name)
    page.selectbox(key=y).select(6).run()  # a leg's contact
    assert "it has no checkpoint" in html_of(page)
    short = (*("--set", "compile=false", "--set", "hidden=8"), "--updates", "2", "--out", str(runs / "short"))
    assert main(["train", "LunarLander-v3", "--method", "soft-q", "--seed", "0", *short]) == 0
    page = opened("short")
    shown = figures(page)
    page.selectbox(key=y).select(6).run()
    assert "Drawn from the checkpoint at update 2." in html_of(page)
    assert figures(page) == shown
    assert not page.exception


def test_a_run_that_goes_on_says_when_its_episodes_are_drawn(runs: Path) -> None:  # noqa: F811
    folder = seen_run(runs, conclude=False)
    lock = held(folder, 3_000)
    page = opened(folder.name)
    assert "drawn when the run ends or is stopped" in html_of(page)
    assert images(page) == 0
    lock.release()


@pytest.mark.parametrize(
    ("method", "said"),
    [
        ("bc", "the log-probability of a move, times the temperature"),
        ("soft-q", "a test of its Q-function"),
        ("dqn", "a test of its Q-function"),
        ("sqil", "many such rewards explain the same behaviour"),
    ],
)
def test_what_the_reward_is_depends_on_the_method(runs: Path, method: str, said: str) -> None:  # noqa: F811
    html = html_of(opened(seen_run(runs, method).name))
    assert said in html
    assert ("states that this seed was shown" in html) == (method not in ("soft-q", "dqn"))


def test_a_grid_run_has_episodes_and_rewards_and_no_slices(runs: Path) -> None:  # noqa: F811
    page = opened(seen_run(runs, task="gridworld/random-walls").name)
    html = html_of(page)
    assert "What it learned" in html
    assert "Held fixed" not in html
    assert images(page) == 2
    assert "Recovered against true reward" in html


def test_damaged_or_foreign_files_are_left_out(runs: Path) -> None:  # noqa: F811
    folder, other = seen_run(runs), seen_run(runs, task="Acrobot-v1")
    (folder / SLICES).write_bytes((other / SLICES).read_bytes())
    (folder / REWARDS).write_bytes(b"x")
    (folder / FOLDER / ABOUT).write_text("{")
    page = opened(folder.name)
    html = html_of(page)
    assert "Held fixed" not in html
    assert "against true reward" not in html
    assert images(page) == 0
    (other / FOLDER / "seed-0.gif").write_bytes(b"<script>")
    page = opened(other.name)
    assert "Held fixed: shoulder angular velocity 0, elbow angular velocity 0." in html_of(page)
    assert images(page) == 1


def test_words() -> None:
    space = get_task("CartPole-v1").state_space
    assert space is not None
    assert fixed_words(space.variables, (0, 1)) == "Held fixed: pole angle 0, pole angular velocity 0."
    assert seen_words(0, 0) == ""
    assert "12 states that this seed was shown; 3 of them, filled" in seen_words(12, 3)
