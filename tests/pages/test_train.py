"""The Train page: every state of a run, what is asked for, and that a mistake loses nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from irl_app.demonstrations import save_minari
from irl_app.paths import site_root
from irl_app.runs import (
    WORKER_LOCK,
    Note,
    RunError,
    Status,
    list_runs,
    read_config,
    read_run,
    read_status,
    write_status,
)
from irl_app.runs.locks import Lock
from irl_app.tasks import TASKS, collect_episodes, get_task, random_policy
from irl_app.training import Jobs, split
from irl_app.training.maps import save_maps
from irl_app.training.metrics import MetricsFile
from irl_app.training.request import SETTINGS, methods_of, request, that_matter, usual
from irl_app.ui import training_jobs, visitors
from irl_app.ui.train_choice import ELSEWHERE, OWN, Form, form_of
from tests.comparison.made_runs import grown, make_recovery, make_run
from tests.pages.widgets import widget
from tests.training.support import ROOT, TOY, until
from trainers.learner import SoftmaxLearner

PAGE = site_root() / "pages" / "train.py"


@pytest.fixture(autouse=True)
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IRL_APP_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(tmp_path / "datasets"))
    monkeypatch.setattr(split, "SHIPPED", tmp_path / "shipped")
    return tmp_path / "runs"


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> Iterator[Jobs]:
    """A queue of toy workers, one at a time, in place of the server's."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    made = Jobs(slots=1, capacity=2, per_owner=2, command=TOY)
    monkeypatch.setattr(training_jobs, "_jobs", made)
    yield made
    training_jobs.close_jobs()


@pytest.fixture
def cart_poles(tmp_path: Path) -> Path:
    """A dataset of two episodes of the cart and pole."""
    task = get_task("CartPole-v1")
    shown = collect_episodes(task, random_policy(task), 2, 0, "random")
    return (
        tmp_path / "datasets" / save_minari(shown, "cart/mine-v0", tmp_path / "datasets", env_id=task.env_id)
    )


def opened(run: str | None = None) -> AppTest:
    page = AppTest.from_file(str(PAGE), default_timeout=60)
    if run is not None:
        page.query_params["run"] = run
    return page.run()


def html_of(page: AppTest) -> str:
    assert not page.exception
    return "\n".join(element.proto.body for element in page.get("html") if "<style" not in element.proto.body)


def labels(page: AppTest) -> list[str]:
    return [button.label for button in page.button]


def click(page: AppTest, label: str) -> AppTest:
    return next(button for button in page.button if button.label == label).click().run()


def asked(page: AppTest) -> Form:
    found: Form = page.session_state["train"].form
    return found


def linked(page: AppTest) -> str:
    """The run that the address bar names."""
    named = page.query_params["run"]
    return named if isinstance(named, str) else "".join(named)


def held(folder: Path, update: int, message: str = "") -> Lock:
    """A run that somebody works on."""
    lock = Lock(folder / WORKER_LOCK)
    write_status(folder, Status("running", update=update, updates=12_000, message=message))
    return lock


def test_nothing_yet_says_what_to_do(runs: Path) -> None:
    page = opened()
    assert page.title[0].value == "Train a network"
    assert str(runs) in page.caption[0].value
    assert "Runs on this server" not in html_of(page)
    assert "run" not in page.query_params


def test_the_form_names_objective_and_committee(runs: Path) -> None:
    page = opened()
    widget(page.selectbox, "train-task").select("CartPole-v1").run()
    widget(page.selectbox, "train-method").select("iq").run()
    assert "<b>Committee of 64: IQ-Learn (whole objective).</b> " in html_of(page)
    widget(page.selectbox, "train-set-gradient").select("semi").run()
    assert "<b>Committee of 64: IQ-Learn (frozen target).</b> " in html_of(page)
    widget(page.selectbox, "train-method").select("bc").run()
    assert "<b>" not in html_of(page).partition("Copies the expert")[0].rpartition("irl-hint")[2]


def test_a_run_that_goes_on(runs: Path) -> None:
    folder = make_run(runs, "iq", grown(20, 480, 3), demonstrations={"episodes": 2, "every": 20})
    lock = held(folder, 6_000)
    page = opened(folder.name)
    html = html_of(page)
    assert 'irl-is-running">running</span>' in html
    assert "2 demonstrations, one step in 20 · seeds 0–2" in html
    assert "6,000 of 12,000 updates" in html
    assert "400 a second" in html
    assert " left · " in html
    assert "of the way from random moves to the expert" in html
    assert "It has converged: over the last half of the run the loss came to rest." in html
    assert "Stop" in labels(page)
    assert "Resume" not in labels(page)
    assert len(page.get("bidi_component")) == 2
    assert linked(page) == folder.name
    click(page, "Stop")
    assert (folder / "STOP").exists()
    assert "stopping" in html_of(page)
    lock.release()


@pytest.mark.parametrize(
    ("state", "message", "said"),
    [
        ("stopped", "asked to stop at update 400: it goes on from update 400 when resumed", "Asked to stop"),
        (
            "failed",
            "a <b>fault</b> (more in log.txt)",
            "A &lt;b&gt;fault&lt;/b&gt; (more in log.txt). Its folder is /",
        ),
        ("interrupted", "its process has ended", "Its process has ended."),
    ],
)
def test_a_run_that_ended_before_it_was_done_can_go_on(
    runs: Path, state: str, message: str, said: str
) -> None:
    folder = make_run(runs, "bc", state=state, message=message)
    page = opened(folder.name)
    html = html_of(page)
    assert said in html
    assert f"irl-is-{state}" in html
    assert "Resume" in labels(page)
    assert "Stop" not in labels(page)


def test_a_run_that_is_done(runs: Path) -> None:
    folder = make_run(runs, "iq")
    page = opened(folder.name)
    html = html_of(page)
    assert "<h1>It has learned to keep the pole up, as well as the expert.</h1>" in html
    assert "Return 490 (480 to 500 over 2 seeds), 98\N{NO-BREAK SPACE}% of the way" in html
    assert 'irl-judgement irl-good"><h3>As good as the expert</h3>' in html
    assert "irl-app recover --run cartpole-v1-iq-1" in {code.value for code in page.code}
    assert not {"Stop", "Resume"} & set(labels(page))


def test_a_poor_run_is_called_one_and_what_helps_is_one_click_away(runs: Path, queue: Jobs) -> None:
    flat = [[-69.0]] * 12
    shown = {"source": None, "episodes": 5, "every": 1}
    folder = make_run(runs, "iq", flat, task="gridworld/random-goal", demonstrations=shown)
    page = opened(folder.name)
    html = html_of(page)
    assert "<h1>It has not learned to find the goal.</h1>" in html
    assert 'irl-judgement irl-poor"><h3>No better than random moves</h3>' in html
    assert "Its curves are flat, and that is no success" in html
    assert "irl-good" not in html
    assert "5 demonstrations are too little here: IQ-Learn needs 450." in html
    click(page, "Train again with 450 demonstrations")
    (newest, _) = list_runs(runs).runs
    assert linked(page) == newest.name
    assert newest.config.demonstrations == {**shown, "episodes": 450}
    assert newest.config.config["alpha"] == 0.5  # all else as it was


def test_a_run_is_named_tagged_taken_away_and_deleted(runs: Path) -> None:
    folder = make_run(runs, "iq")
    page = opened(folder.name)
    assert [one.proto.label for one in page.get("download_button")] == ["Curves"]
    page.text_input(key=f"train-called-{folder.name}").set_value(" <b>Pole</b> ").run()
    page.text_input(key=f"train-tags-{folder.name}").set_value("paper, , one, paper").run()
    click(page, "Keep this name")
    assert read_run(folder).note == Note("<b>Pole</b>", ("paper", "one"))
    html = html_of(page)
    assert html.count("&lt;b&gt;Pole&lt;/b&gt;") == 2  # above, and in the list
    assert html.count('<span class="irl-tag">paper</span>') == 2
    page.text_input(key=f"train-tags-{folder.name}").set_value("x" * 30).run()
    click(page, "Keep this name")
    assert "It cannot be called that: a tag is a line of 1 to 24 characters" in html_of(page)
    click(page, "Delete it for good")
    assert not folder.exists()
    assert page.title[0].value == "Train a network"


def test_in_a_class_only_the_owner_names_and_deletes(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(visitors.CLASS, "1")
    folder = make_run(runs, "iq")
    for act in (lambda: training_jobs.name(folder, Note("mine")), lambda: training_jobs.delete(folder)):
        with pytest.raises(RunError, match="somebody else started"):
            act()
    visitors.note_owner(folder, "somebody")
    monkeypatch.setattr(visitors, "visitor", lambda: "somebody")
    training_jobs.name(folder, Note("mine"))
    assert read_run(folder).note.called == "mine"


def test_a_run_without_curves_and_one_with_damaged_files(runs: Path) -> None:
    folder = make_run(runs, "iq")
    (folder / "metrics.jsonl").unlink()
    assert "recorded nothing yet" in html_of(opened(folder.name))
    (folder / "metrics.jsonl").write_text("{}\n")
    assert "curves cannot be read: line 1" in html_of(opened(folder.name))
    (folder / "status.json").write_text("{")
    assert "This run cannot be shown" in html_of(opened(folder.name))


def test_alarms_are_said(runs: Path) -> None:
    folder = make_run(runs, "iq")
    with MetricsFile(folder) as file:
        for row in range(3, 9):
            file.append(1000 * row, 0, row, {"q_abs_max": np.array([10.0**row, 1.0])})
    assert "|Q| of 1 of 2 seeds grows" in html_of(opened(folder.name))


@pytest.mark.parametrize("name", ["nobody-1", "../../etc", "<script>alert(1)</script>"])
def test_a_run_that_is_not_there_is_named_and_leaves_the_page_whole(runs: Path, name: str) -> None:
    page = opened(name)
    html = html_of(page)
    assert "There is no run" in html
    assert "<script" not in html
    assert page.title[0].value == "Train a network"
    assert "run" not in page.query_params


def test_texts_from_files_are_escaped(runs: Path) -> None:
    folder = make_run(runs, "<img src=x>", task="<b>", state="failed", message="<u>")
    html = (
        html_of(opened(folder.name)).replace("<b>1</b>", "").replace("<b>2</b>", "").replace("<b>3</b>", "")
    )
    for tag in ("<img", "<u>", "<b>"):
        assert tag not in html


def test_a_run_is_found_in_the_list_and_opened(runs: Path) -> None:
    first, second = make_run(runs, "iq"), make_run(runs, "bc")
    page = opened(first.name)
    page.button(key=f"train-open-{second.name}").click().run()
    assert linked(page) == second.name
    assert f'irl-run-name">{second.name}' in html_of(page)
    widget(page.checkbox, f"train-box-{first.name}").check().run()
    assert page.button(key="train-compare").label == "Compare 1 run"


def test_a_recovery_is_not_among_the_trainings_and_its_link_says_where_it_is(runs: Path) -> None:
    make_run(runs, "iq")
    make_recovery(runs / "maze")
    page = opened("maze")
    assert not page.exception
    assert "maze recovered the reward of a grid: see it on the Compare page." in html_of(page)
    assert labels(page).count("Open") == 1
    assert "<strong>cartpole-v1-iq-1</strong>" in html_of(page)


def test_the_form_is_as_for_the_run_of_the_link(runs: Path, cart_poles: Path) -> None:
    source = str(cart_poles.resolve())
    folder = make_run(
        runs, "iq", seeds=(3, 4), demonstrations={"source": source, "episodes": 2, "every": 10},
        settings={"learning_rate": 0.01, "divergence": "hellinger"},
    )  # fmt: skip
    page = opened(folder.name)
    wanted = asked(page)
    assert (wanted.source, wanted.episodes, wanted.every) == (source, 2, 10)
    assert (wanted.seeds, wanted.first_seed) == (2, 3)
    assert wanted.changed == {
        "updates": 2_000, "evaluate_every": 1_000, "learning_rate": 0.01, "divergence": "hellinger",
        "hidden": (64, 64), "temperature": 0.01,
    }  # fmt: skip
    made, old = wanted.request(), read_config(folder)
    assert (made.task, made.method, made.seeds, made.demonstrations) == (
        old.task, old.method, old.seeds, old.demonstrations,
    )  # fmt: skip


def test_starting_queueing_stopping_and_going_on(runs: Path, queue: Jobs) -> None:
    page = opened()
    widget(page.selectbox, "train-task").select("gridworld/random-walls").run()
    widget(page.selectbox, "train-method").select("bc").run()
    widget(page.number_input, "train-seeds").set_value(2).run()
    widget(page.number_input, "train-set-updates").set_value(100_000).run()
    click(page, "Start")
    (run,) = list_runs(runs).runs
    assert linked(page) == run.name == "gridworld-random-walls-bc-1"
    assert run.config.seeds == (0, 1)
    assert run.config.demonstrations == {"source": None, "episodes": 450, "every": 1}
    click(page, "Start")
    until(lambda: read_status(run.folder).state == "running")
    assert "next in queue" in html_of(page.run())
    assert "It waits for the runs before it" in html_of(page)
    click(page, "Start")
    assert "you have 2 runs waiting or running" in html_of(page)
    assert len(list_runs(runs).runs) == 2
    assert asked(page).settings["updates"] == 100_000
    click(page, "Stop")
    assert "stopped before it began" in html_of(page).lower()
    page.button(key=f"train-open-{run.name}").click().run()
    click(page, "Stop")
    until(lambda: read_status(run.folder).state == "stopped")
    until(lambda: queue.position(run.folder) is None)
    click(page.run(), "Resume")
    until(lambda: read_status(run.folder).state == "running")
    training_jobs.close_jobs()
    assert read_run(run.folder).status.resumable
    assert "Resume" in labels(opened(run.name))


def test_a_round_value_can_be_stepped_down(runs: Path) -> None:
    page = opened()
    widget(page.selectbox, "train-method").select("bc").run()
    steps = {name: widget(page.number_input, f"train-set-{name}").step for name in ("updates", "temperature")}
    assert steps == {"updates": 1_000, "temperature": pytest.approx(0.1)}
    widget(page.number_input, "train-set-updates").set_value(1_000).run()
    assert widget(page.number_input, "train-set-updates").step == 100


def test_methods_that_imitate_ask_for_demonstrations_and_the_others_do_not(runs: Path) -> None:
    page = opened()
    assert asked(page).method == "soft-q"  # there is nothing to imitate on this machine
    widget(page.selectbox, "train-method").select("iq").run()
    assert "irl-app demos train-expert CartPole-v1" in html_of(page)
    assert next(button for button in page.button if button.label == "Start").disabled
    widget(page.text_input, "train-elsewhere").set_value("nowhere-v0").run()
    assert asked(page).request().demonstrations == {"source": "nowhere-v0", "episodes": 1, "every": 20}
    widget(page.selectbox, "train-task").select("gridworld/random-goal").run()
    assert widget(page.selectbox, "train-source").value in ("own", ELSEWHERE)


def test_the_dataset_that_comes_with_a_task_is_its_own(
    runs: Path, cart_poles: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = cart_poles.parents[1] / "shipped" / "CartPole-v1" / "soft-q-v0"
    home.parent.mkdir(parents=True)
    cart_poles.rename(home)
    monkeypatch.setattr(split, "SHIPPED", home.parents[1])
    page = opened()
    assert (asked(page).method, asked(page).source) == ("iq", OWN)
    assert widget(page.selectbox, "train-source").options[0] == "Its trained expert (2 episodes)"
    made = asked(page).request()
    assert made.demonstrations == {"source": None, "episodes": 1, "every": 20}
    assert form_of(made).source == OWN
    widget(page.selectbox, "train-method").select("bc").run()  # which needs more than there are
    assert asked(page).episodes == widget(page.number_input, "train-episodes").max == 2


def test_a_dataset_is_offered_where_it_fits(runs: Path, cart_poles: Path) -> None:
    page = opened()
    wanted = asked(page)
    assert (wanted.method, wanted.source) == ("iq", str(cart_poles.resolve()))
    assert widget(page.number_input, "train-episodes").max == 2
    assert "cart/mine-v0 (2 episodes)" in widget(page.selectbox, "train-source").options
    widget(page.selectbox, "train-task").select("Acrobot-v1").run()
    assert widget(page.selectbox, "train-source").value == ELSEWHERE


def test_settings_are_changed_counted_and_put_back(runs: Path) -> None:
    page = opened()
    widget(page.text_input, "train-set-hidden").set_value("32; 16").run()
    widget(page.number_input, "train-set-learning_rate").set_value(0.01).run()
    assert asked(page).changed == {"hidden": (32, 16), "learning_rate": 0.01}
    assert page.expander[0].label == "Settings (2 changed)"
    widget(page.text_input, "train-set-hidden").set_value("many").run()
    assert "Hidden must be at most 6 whole numbers" in html_of(page)
    assert asked(page).changed["hidden"] == (32, 16)
    assert widget(page.text_input, "train-set-hidden").value == "32, 16"
    click(page, "Back to what is usual")
    assert asked(page).changed == {}
    assert page.expander[0].label == "Settings"


def test_a_number_out_of_its_range_is_said_and_not_taken(runs: Path) -> None:
    page = opened()
    widget(page.number_input, "train-set-temperature").set_value(0.0).run()
    assert "Temperature must be a positive number, got 0: choose for example 0.01." in html_of(page)
    assert asked(page).changed == {}
    widget(page.number_input, "train-set-temperature").set_value(1e-9).run()
    assert "must be" not in html_of(page)
    assert asked(page).changed == {"temperature": 1e-9}


def test_what_cannot_be_is_said_in_a_sentence_and_nothing_is_made(runs: Path, queue: Jobs) -> None:
    page = opened()
    widget(page.selectbox, "train-task").select("gridworld/random-walls").run()
    widget(page.selectbox, "train-method").select("iq").run()
    widget(page.selectbox, "train-set-penalty").select("mixture").run()
    click(page, "Start")
    html = html_of(page)
    assert "This cannot be started:" in html
    assert "needs steps of the learner" in html
    assert not list_runs(runs).runs
    widget(page.toggle, "train-set-online").set_value(True).run()
    click(page, "Start")
    assert "This cannot be started" not in html_of(page)
    assert len(list_runs(runs).runs) == 1


def test_every_offered_setting_is_one_of_the_trainer_and_matters_somewhere() -> None:
    for method in ("iq", "sqil", "sqil-t", "bc", "soft-q", "dqn"):
        values = usual("gridworld/random-goal", method, {})
        assert {"method", *SETTINGS} == set(values)
        for setting in SETTINGS.values():
            assert setting.title
            assert setting.help
            setting.check(values[setting.name])
    mattering = {
        name
        for method in ("iq", "sqil", "dqn")
        for divergence in ("chi2", "hellinger")
        for network in ("mlp", "vin")
        for name in that_matter(
            "gridworld/random-goal", method, {"divergence": divergence, "network": network}
        )
    }
    mattering |= {name for method in ("iq", "sac", "dac") for name in that_matter("Hopper-v5", method, {})}
    linear = set(that_matter("CartPole-v1", "iq", {}))
    layered = set(that_matter("CartPole-v1", "iq", {"hidden": (64, 64)}))
    assert linear - layered == {"committee"}  # only of networks whose mean is one too
    assert mattering | linear == {name for name, setting in SETTINGS.items() if setting.in_form}
    assert not linear & {"network", "iterations"}


@pytest.mark.parametrize(("task", "method"), [(t, m) for t in TASKS for m in methods_of(TASKS[t])])
def test_every_method_can_be_asked_to_act_or_not_and_its_run_taken_over(task: str, method: str) -> None:
    unchanged = Form(task=task, method=method, source=ELSEWHERE, elsewhere="somewhere-v0")
    for online in (True, False):
        wanted = unchanged.with_setting("online", online)
        if "online" not in that_matter(task, method, wanted.settings):
            continue
        made = wanted.request()
        assert made.config["online"] is online
        again = form_of(made).request()
        assert replace(again, created=made.created) == made  # a second may have passed


def test_what_only_learns_acting_is_refused_in_words_when_it_shall_not_act() -> None:
    states_only = {"online": True, "actions_from": "inverse-model"}
    made = request("CartPole-v1", "iq", settings=states_only, source="somewhere-v0")
    assert replace(form_of(made).request(), created=made.created) == made
    with pytest.raises(RunError, match="actions from the inverse-model need steps"):
        form_of(made).with_setting("online", False).request()


def test_a_run_is_taken_over_with_what_the_form_does_not_show(runs: Path) -> None:
    settings = {"online": True, "updates_per_round": 3, "warmup": 600, "checkpoint_every": 200}
    folder = make_run(runs, "iq", settings=settings)
    page = opened(folder.name)
    assert asked(page).unshown == {"updates_per_round": 3, "warmup": 600, "checkpoint_every": 200}
    assert "Also taken over: warmup 600, updates_per_round 3, checkpoint_every 200." in html_of(page)
    widget(page.text_input, "train-elsewhere").set_value("somewhere-v0").run()
    assert asked(page).request().config.items() >= settings.items()
    widget(page.selectbox, "train-method").select("sqil").run()
    assert not asked(page).unshown


@pytest.mark.parametrize("text", ["", "x", "0", "5000", "1,2,3,4,5,6,7"])
def test_layers_that_cannot_be(text: str) -> None:
    with pytest.raises(ValueError, match="hidden must be at most 6 whole numbers"):
        SETTINGS["hidden"].read(text)


def test_settings_of_a_damaged_run_are_refused(runs: Path) -> None:
    folder = make_run(runs, "iq", settings={"divergence": "none"})
    with pytest.raises(RunError, match="divergence must be one of"):
        form_of(read_config(folder))
    page = opened(folder.name)
    click(page, "Take over its settings")
    assert "Its settings cannot be taken over: divergence must be one of" in html_of(page)


def by_action(obs: np.ndarray) -> np.ndarray:
    """(2, B, 4) Q of two learners that think of nothing but the action."""
    return np.tile(np.arange(4.0), (2, len(obs), 1)).astype(np.float32)


def test_a_grid_run_shows_its_maps(runs: Path) -> None:
    task = get_task("gridworld/random-walls")
    learned = {"gamma": 0.9, "temperature": 0.01, "terminal": "zero"}
    folder = make_run(runs, "iq", task=task.name, settings=learned)
    assert len(opened(folder.name).get("bidi_component")) == 2
    save_maps(folder, task, 3_000, SoftmaxLearner(by_action, task.action_space, 0.01, 0.9))
    page = opened(folder.name)
    assert "Layouts it has not seen, at update 3,000" in html_of(page)
    assert len(page.get("bidi_component")) == 5
    page.button_group(key="train-map-kind").set_value("Recovered reward").run()
    page.selectbox(key="train-map-seed").select_index(1).run()
    assert len(page.get("bidi_component")) == 5
    (folder / "maps.safetensors").write_bytes(b"x")
    page = opened(folder.name)
    assert "Layouts it has not seen" not in html_of(page)


@pytest.mark.parametrize("method", ["bc", "dqn"])
def test_maps_of_what_recovers_no_reward_show_the_policy(runs: Path, method: str) -> None:
    task = get_task("gridworld/random-goal")
    folder = make_run(runs, method, task=task.name)
    learner = SoftmaxLearner(by_action, task.action_space, 0.0, 0.9, cloned=method == "bc")
    save_maps(folder, task, 3_000, learner)
    page = opened(folder.name)
    assert len(page.get("bidi_component")) == 5
    assert not [group for group in page.button_group if group.key == "train-map-kind"]
