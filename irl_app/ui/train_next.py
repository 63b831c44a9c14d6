"""What to do next with a run that is over: what is likely to do better, or what to do with what is good."""

from __future__ import annotations

from dataclasses import dataclass, replace

from irl_app.export import RewardFileError
from irl_app.runs import Run, RunConfig, RunError
from irl_app.tasks import Task, TaskError
from irl_app.training import Metrics
from irl_app.training.health import health
from irl_app.training.request import METHODS, methods_of, request, usual
from irl_app.ui.page import known_task
from irl_app.ui.train_choice import Form, form_of, sources_for
from irl_app.ui.train_reading import earned
from irl_app.ui.train_result import FRESH, can_be_judged, skill_shown

BEST = "iq"
"""The method to try where another one that imitates falls short."""
ENOUGH_SEEDS = 5
JUDGE = "judge its reward"
"""The next step that takes a terminal."""


@dataclass(frozen=True)
class NextStep:
    """Another run: the button's label, why it makes sense, and what is asked for."""

    label: str
    why: str
    asked: RunConfig


def next_step(run: Run, metrics: Metrics | str) -> NextStep | str | None:
    """The first of what usually helps a run that falls short: more demonstrations, more updates, another
    method. Of one that is as good as the expert its reward is judged (``JUDGE``), then trained on. What is
    left is to try more seeds. None of a run that goes on, or can, or that nobody knows how to judge."""
    task = known_task(run.config)
    skill = None if isinstance(metrics, str) else skill_shown(run.config, earned(metrics))
    if task is None or skill is None or isinstance(metrics, str) or run.status.state != "done":
        return None
    try:
        if skill.level == "good":
            return _with_its_reward(run, task) or _more_seeds(run.config)
        if run.config.reward is not None:
            return None
        form = form_of(run.config)
        return _more_demonstrations(form) or _longer(form, metrics) or _other_method(form)
    except (RunError, TaskError, RewardFileError):
        return None


def _with_its_reward(run: Run, task: Task) -> NextStep | str | None:
    if run.lenses:
        method = task.expert_training.method
        asked = request(task.name, method, seeds=run.config.seeds, reward=run.reward_file())
        return NextStep("Train a fresh agent on its reward", FRESH, asked)
    return JUDGE if can_be_judged(run) else None


def _more_seeds(config: RunConfig) -> NextStep | None:
    n = len(config.seeds)
    if n >= ENOUGH_SEEDS or config.reward is not None:
        return None
    form = replace(form_of(config), seeds=ENOUGH_SEEDS)
    why = f"{'One seed says' if n == 1 else f'{n} seeds say'} little about how sure that is."
    return NextStep(f"Train {ENOUGH_SEEDS} seeds", why, form.request())


def _more_demonstrations(form: Form) -> NextStep | None:
    if not form.imitates or form.episodes is None or form.episodes >= form.needed:
        return None
    dataset = sources_for(form.about).get(form.source)
    n = form.needed if dataset is None or form.about.expert else min(form.needed, dataset.n_episodes)
    if n <= form.episodes:
        return None
    few = "One demonstration is" if form.episodes == 1 else f"{form.episodes} demonstrations are"
    why = f"{few} too little here: {METHODS[form.method].title} needs {form.needed}."
    asked = replace(form, episodes=n).request()
    return NextStep(f"Train again with {n} demonstrations", why, asked)


def _longer(form: Form, metrics: Metrics) -> NextStep | None:
    normal = usual(form.task, form.method, form.settings)["updates"]
    updates = form.settings.get("updates", normal)
    if updates < normal:
        asked = form.with_setting("updates", normal).request()
        return NextStep(f"Train again for {normal:,} updates", f"{updates:,} updates are few here.", asked)
    if health(metrics).state != "learning":
        return None
    asked = form.with_setting("updates", 2 * updates).request()
    return NextStep(f"Train again for {2 * updates:,} updates", "Its curves still moved.", asked)


def _other_method(form: Form) -> NextStep | None:
    if form.method == BEST or not form.imitates or BEST not in methods_of(form.about):
        return None
    title = METHODS[BEST].title
    return NextStep(f"Try {title}", f"{title} usually gets further.", form.with_choice(method=BEST).request())
