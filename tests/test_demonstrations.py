"""Demonstrations: their law, their checks, and their files, hostile ones included."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import minari
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from irl_app.demonstrations import (
    DemonstrationError,
    Demonstrations,
    Episode,
    Provenance,
    Spaces,
    collect,
    from_json,
    from_play,
    load_json,
    load_minari,
    save_json,
    save_minari,
    to_json,
)
from irl_app.envs.grid_map import parse_map
from irl_app.envs.gridworld import GridWorld
from irl_app.envs.presets import PRESETS, make_preset
from irl_app.experts import expert_policy, soft_expert
from trainers.spaces import Box, Discrete

ROW = parse_map("moves: 4\nS..\n..G\n")


def walk(cells: list[int], actions: list[int], terminated: bool = True) -> Episode:
    rewards = ROW.state_reward()[cells[1:]]
    return Episode(np.array(cells), np.array(actions), rewards, terminated, not terminated)


@pytest.fixture
def two() -> Demonstrations:
    return Demonstrations((walk([0, 1, 2, 5], [1, 1, 2]), walk([0, 0, 3], [0, 2], False)), Provenance())


# ---- the object


def test_flat_views(two: Demonstrations) -> None:
    assert (two.n_episodes, two.n_steps) == (2, 5)
    assert two.obs.tolist() == [0, 1, 2, 0, 0]
    assert two.action.tolist() == [1, 1, 2, 0, 2]
    assert two.next_obs.tolist() == [1, 2, 5, 0, 3]
    assert two.reward.tolist() == [-1, -1, 10, -1, -1]
    assert two.terminated.tolist() == [False, False, True, False, False]
    assert two.episode.tolist() == [0, 0, 0, 1, 1]
    assert two.lengths.tolist() == [3, 2]
    assert two.visits(6).tolist() == [3, 1, 1, 1, 0, 1]
    assert repr(two) == "Demonstrations(2 episodes, 5 moves, unknown)"


def test_views_and_arrays_are_read_only(two: Demonstrations) -> None:
    for array in (
        two.obs,
        two.action,
        two.next_obs,
        two.terminated,
        two.episode,
        two.episodes[0].observations,
    ):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_an_episode_copies_its_arrays() -> None:
    cells = np.array([0, 1])
    episode = Episode(cells, np.array([1]), np.array([-1.0]), terminated=False, truncated=True)
    cells[0] = 4
    assert episode.observations[0] == 0


def test_subset_keeps_order_and_provenance(two: Demonstrations) -> None:
    assert two.subset([1, 0]).episodes == (two.episodes[1], two.episodes[0])
    assert two.subset([1]).provenance is two.provenance
    with pytest.raises(DemonstrationError, match="there is no episode 2, there are 0 to 1"):
        two.subset([2])
    with pytest.raises(DemonstrationError, match="at least 1 episode"):
        two.subset([])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"actions": []}, "no moves"),
        ({"observations": [0, 1]}, "needs 3 observations and 2 rewards, got 2 and 2"),
        ({"rewards": [0.0]}, "got 3 and 1"),
        ({"observations": [0, -1, 2]}, "got the negative number -1"),
        ({"actions": [-2, 1]}, "actions must be numbered from 0: got the negative number -2"),
        ({"actions": [0.5, 1]}, "whole numbers"),
        ({"actions": [True, False]}, "whole numbers"),
        ({"observations": [["a"], ["b"], ["c"]]}, "one row"),
        ({"rewards": ["a", "b"]}, "must be one row of numbers"),
        ({"rewards": [np.nan, 0.0]}, "a number in rewards that is not finite"),
        ({"terminated": True, "truncated": True}, "set exactly one"),
        ({"terminated": False, "truncated": False}, "set exactly one"),
    ],
)
def test_an_episode_is_validated(changes: dict[str, Any], message: str) -> None:
    good: dict[str, Any] = {
        "observations": [0, 1, 2],
        "actions": [1, 1],
        "rewards": [0.0, 0.0],
        "terminated": True,
        "truncated": False,
    }
    Episode(**good)
    with pytest.raises(DemonstrationError, match=message):
        Demonstrations((Episode(**(good | changes)),), Provenance())


@pytest.mark.parametrize(
    ("cells", "actions", "terminated", "message"),
    [
        ([0, 7], [1], False, "stands in cell 7, the grid has cells 0 to 5"),
        ([1, 2], [1], False, "starts at row 1, column 2, where no episode starts"),
        ([0, 1], [4], False, "uses action 4 of 0 to 3"),
        ([0, 2], [1], False, "move 1: action 1 cannot lead from row 1, column 1 to row 1, column 3"),
        ([0, 1], [1], True, "says that it terminated, but stops at row 1, column 2"),
        ([0, 1, 2, 5], [1, 1, 2], False, "says that it was cut off, but ends at row 2, column 3"),
        ([0, 1, 2, 5, 5], [1, 1, 2, 0], True, "goes on after its end"),
    ],
)
def test_fitting_a_grid(cells: list[int], actions: list[int], terminated: bool, message: str) -> None:
    rewards = np.zeros(len(actions))
    episode = Episode(np.array(cells), np.array(actions), rewards, terminated, not terminated)
    with pytest.raises(DemonstrationError, match=message):
        Demonstrations((episode,), Provenance()).check_fits(ROW)


def test_a_wall_drawn_over_a_demonstration_is_named(two: Demonstrations) -> None:
    two.check_fits(ROW)
    with pytest.raises(DemonstrationError, match="episode 1 stands in cell 1, which is a wall"):
        two.check_fits(parse_map("moves: 4\nS#.\n..G\n"))


# ---- collecting


@pytest.mark.parametrize("name", PRESETS)
def test_collected_demonstrations_fit_their_grid(name: str) -> None:
    grid = make_preset(name)
    demonstrations = collect(grid, soft_expert(grid, 1.0), 20, 0, "soft", task=f"gridworld/{name}")
    demonstrations.check_fits(grid)
    assert demonstrations.n_episodes == 20
    assert demonstrations.lengths.max() <= grid.max_steps
    for episode in demonstrations.episodes:
        assert episode.terminated or len(episode) == grid.max_steps
    np.testing.assert_array_equal(demonstrations.reward, grid.state_reward()[demonstrations.next_obs])
    assert parse_map(demonstrations.provenance.map) == grid
    assert demonstrations.provenance.created_by.startswith("irl-app ")


def test_the_seed_decides_and_more_extends_fewer() -> None:
    grid = make_preset("goal")
    policy = soft_expert(grid, 1.0)
    hundred = collect(grid, policy, 100, 7, "soft")
    assert collect(grid, policy, 100, 7, "soft") == hundred
    assert collect(grid, policy, 30, 7, "soft").episodes == hundred.episodes[:30]
    assert collect(grid, policy, 30, 8, "soft").episodes != hundred.episodes[:30]


def test_more_extends_fewer_across_blocks() -> None:
    grid = make_preset("static-walls").replace(max_steps=20_000)
    policy = expert_policy("shortest-path", grid)
    assert (
        collect(grid, policy, 120, 0, "path").episodes[:30] == collect(grid, policy, 30, 0, "path").episodes
    )


def test_the_law_is_that_of_stepping_the_environment() -> None:
    grid = make_preset("random-walls", 4, seed=2).replace(slip=0.3, max_steps=12)
    policy = soft_expert(grid, 2.0)
    demonstrations = collect(grid, policy, 3000, 0, "soft")
    env, rng = GridWorld(grid), np.random.default_rng(1)
    stepped = np.zeros(grid.n_states)
    lengths = []
    env.reset(seed=0)
    for _ in range(3000):
        cell, length, over = env.reset()[0], 0, False
        stepped[cell] += 1
        while not over:
            cell, _, terminated, truncated, _ = env.step(rng.choice(grid.n_actions, p=policy[cell]))
            stepped[cell] += 1
            length, over = length + 1, terminated or truncated
        lengths.append(length)
    visits = demonstrations.visits(grid.n_states)
    assert abs(visits.sum() / stepped.sum() - 1) < 0.03
    assert abs(visits / visits.sum() - stepped / stepped.sum()).max() < 0.01
    assert abs(demonstrations.lengths.mean() - np.mean(lengths)) < 0.25


def test_actions_and_outcomes_follow_policy_and_dynamics() -> None:
    grid = make_preset("reset", 4, seed=1)
    policy = soft_expert(grid, 3.0)
    demonstrations = collect(grid, policy, 1000, 0, "soft")
    a = grid.n_actions
    counts = np.zeros((grid.n_states, a, grid.n_states))
    np.add.at(counts, (demonstrations.obs, demonstrations.action, demonstrations.next_obs), 1)
    for counted, p in (
        (counts.sum(axis=2), policy),
        (counts.reshape(-1, grid.n_states), grid.mdp().transition.toarray()),
    ):
        tried = counted.sum(axis=1, keepdims=True)
        z = (counted - tried * p) / np.sqrt(np.maximum(tried * p * (1 - p), 1))
        assert abs(z).max() < 5
        assert not counted[p == 0].any()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_episodes": 0}, "at least 1, got 0"),
        ({"n_episodes": -5}, "at least 1, got -5"),
        ({"n_episodes": 10**9}, "ask for at most 2500000"),
        ({"seed": -1}, "seed must be 0 or more"),
        ({"policy": np.ones((6, 5)) / 5}, r"must be \(6, 4\) for this grid, got \(6, 5\)"),
        ({"policy": np.ones((6, 4))}, "sum to one"),
        ({"policy": np.full((6, 4), np.nan)}, "sum to one"),
    ],
)
def test_collect_refuses_in_one_sentence(arguments: dict[str, Any], message: str) -> None:
    good = {"grid": ROW, "policy": np.full((6, 4), 0.25), "n_episodes": 1, "seed": 0, "expert": "random"}
    with pytest.raises(DemonstrationError, match=message):
        collect(**(good | arguments))


# ---- the person at the keyboard


def test_playing() -> None:
    played = from_play(ROW, [(0, [(1, 1), (1, 2), (2, 5)]), (0, [(0, 0), (2, 3)])])
    assert [episode.terminated for episode in played.episodes] == [True, False]
    assert played.episodes[0] == walk([0, 1, 2, 5], [1, 1, 2])
    assert (played.provenance.expert, played.provenance.seed) == ("person at the keyboard", None)


@pytest.mark.parametrize(
    ("episodes", "message"),
    [
        ([], "at least 1 episode"),
        ([(0, [])], "episode 1 has no moves"),
        ([(0, [(1, 1)]), (0, [(1, 2)])], "episode 2, move 1: action 1 cannot lead"),
        ([(0, [(0, 0)] * 5)], "episode 1 has 5 moves, the grid allows 4"),
        ([(0, [(1, 999)])], "stands in cell 999"),
        ([(0, [(1, -1)])], "whole numbers from 0"),
        ([(0, [(1.5, 1)])], "whole numbers from 0"),
        ([(0, [(True, 1)])], "whole numbers from 0"),
        ([(0, [(10**30, 1)])], "whole numbers from 0"),
    ],
)
def test_play_is_checked(episodes: list, message: str) -> None:
    with pytest.raises(DemonstrationError, match=message):
        from_play(ROW, episodes)


def test_play_may_slip_where_the_grid_slips() -> None:
    slippery = ROW.replace(slip=0.2)
    from_play(slippery, [(0, [(1, 3)])])
    with pytest.raises(DemonstrationError, match="cannot lead"):
        from_play(ROW, [(0, [(1, 3)])])


# ---- JSON


def collected() -> Demonstrations:
    grid = make_preset("field", 5)
    return collect(grid, soft_expert(grid, 1.0), 4, 0, "soft", task="gridworld/field")


def test_json_round_trip(tmp_path: Path) -> None:
    demonstrations = collected()
    assert from_json(to_json(demonstrations)) == demonstrations
    assert from_json(to_json(demonstrations).encode()) == demonstrations
    path = save_json(demonstrations, tmp_path / "new" / "demos.json")
    assert load_json(path) == demonstrations
    assert os.listdir(path.parent) == ["demos.json"]


def test_json_of_played_demonstrations_round_trips() -> None:
    played = from_play(ROW, [(0, [(1, 1)])])
    assert from_json(to_json(played)) == played


def changed(path: list[Any], value: Any) -> str:
    content = json.loads(to_json(collected()))
    inner = content
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return json.dumps(content)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        (b"\xff\xfe\x00", "not JSON"),
        ("[" * 200_000, "not JSON"),
        ("1" * 10_000, "not JSON"),
        ("NaN", "not JSON"),
        ("[]", "holds no demonstrations"),
        ("{}", "holds no demonstrations"),
        (changed(["version"], 99), "version is 99, this program reads 1"),
        (changed(["episodes"], {}), "no list of episodes"),
        (changed(["episodes"], []), "at least 1 episode"),
        (changed(["episodes", 0], 3), "episode 1 must be a JSON object"),
        (changed(["episodes", 1, "actions", 0], True), "episode 2: actions must be a list of whole numbers"),
        (changed(["episodes", 1, "actions", 0], 1.0), "episode 2: actions must be"),
        (changed(["episodes", 0, "observations", 0], 2**70), "observations must be"),
        (changed(["episodes", 0, "observations", 0], "0"), "observations must be"),
        (changed(["episodes", 0, "rewards", 0], 1e308), "not JSON that irl-app can read"),
        (changed(["episodes", 0, "rewards", 0], None), "rewards must be"),
        (changed(["episodes", 0, "rewards"], [1]), "episode 1: an episode of 50 moves needs"),
        (changed(["episodes", 0, "terminated"], 1), "must be true or false"),
        (changed(["episodes", 0, "truncated"], False), "set exactly one"),
        (changed(["provenance"], None), "must have exactly the fields"),
        (changed(["provenance", "extra"], 1), "must have exactly the fields"),
        (changed(["provenance", "gamma"], 1.0), "gamma must lie strictly between"),
        (changed(["provenance", "gamma"], "0.9"), "gamma must be a number"),
        (changed(["provenance", "seed"], -1), "seed must be a whole number"),
        (changed(["provenance", "seed"], True), "seed must be a whole number"),
        (changed(["provenance", "map"], 5), "map must be a text"),
    ],
)
def test_hostile_json_is_refused_in_one_sentence(text: str | bytes, message: str) -> None:
    with pytest.raises(DemonstrationError, match=message) as refused:
        from_json(text)
    assert len(str(refused.value)) < 250


def test_json_with_infinity_is_refused() -> None:
    with pytest.raises(DemonstrationError, match="not JSON"):
        from_json(to_json(collected()).replace('"rewards":[', '"rewards":[Infinity,', 1))


def test_oversized_json_is_refused_unread(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("irl_app.demonstrations.json_file.MAX_CHARACTERS", 100)
    with pytest.raises(DemonstrationError, match="at most 100 are read"):
        from_json("x" * 101)
    (tmp_path / "large.json").write_text("x" * 101)
    with pytest.raises(DemonstrationError, match="has 101 bytes, at most 100"):
        load_json(tmp_path / "large.json")
    with pytest.raises(DemonstrationError, match="is missing"):
        load_json(tmp_path / "missing.json")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from([["episodes"], ["provenance"], ["episodes", 0], ["episodes", 0, "rewards"], ["version"]]),
    JSON,
)
def test_no_json_breaks_it(path: list[Any], value: Any) -> None:
    text = changed(path, value)
    try:
        from_json(text)
    except DemonstrationError:
        return
    assert value == 1  # only the version itself may be put in its own place


def test_a_failed_save_leaves_the_old_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = save_json(collected(), tmp_path / "demos.json")
    before = path.read_text()
    monkeypatch.setattr("os.replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        save_json(collected().subset([0]), path)
    assert path.read_text() == before
    assert os.listdir(tmp_path) == ["demos.json"]


# ---- Minari


def test_minari_round_trip_and_versions(tmp_path: Path) -> None:
    demonstrations = collected()
    assert save_minari(demonstrations, "gridworld/field", tmp_path) == "gridworld/field-v0"
    assert save_minari(demonstrations.subset([1]), "gridworld/field", tmp_path) == "gridworld/field-v1"
    assert save_minari(demonstrations, "gridworld/field-v7", tmp_path) == "gridworld/field-v7"
    assert save_minari(demonstrations, "gridworld/field", tmp_path) == "gridworld/field-v8"
    assert load_minari("gridworld/field-v0", tmp_path) == demonstrations
    assert load_minari(tmp_path / "gridworld" / "field-v1") == demonstrations.subset([1])
    with pytest.raises(DemonstrationError, match="gridworld/field-v7 exists already"):
        save_minari(demonstrations, "gridworld/field-v7", tmp_path)
    assert not list(tmp_path.rglob(".saving*"))


def test_minari_folders_may_be_given_from_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert save_minari(collected(), "maze-v0", "data/gridworld") == "maze-v0"
    assert (tmp_path / "data" / "gridworld" / "maze-v0" / "data" / "main_data.hdf5").is_file()
    assert load_minari("maze-v0", "data/gridworld") == collected()
    assert load_minari("data/gridworld/maze-v0") == collected()
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_minari_itself_reads_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(tmp_path))
    grid = make_preset("static-walls")
    demonstrations = collect(grid, expert_policy("shortest-path", grid), 5, 0, "shortest-path")
    dataset_id = save_minari(demonstrations, "walls")
    assert list(minari.list_local_datasets()) == ["walls-v0"]
    dataset = minari.load_dataset(dataset_id)
    assert (dataset.total_episodes, dataset.total_steps) == (5, demonstrations.n_steps)
    for theirs, ours in zip(dataset.iterate_episodes(), demonstrations.episodes, strict=True):
        np.testing.assert_array_equal(theirs.observations, ours.observations)
        np.testing.assert_array_equal(theirs.actions, ours.actions)
        np.testing.assert_array_equal(theirs.rewards, ours.rewards)
        assert bool(theirs.terminations[-1]) == ours.terminated
        assert not theirs.terminations[:-1].any()
    env = dataset.recover_environment().unwrapped
    assert isinstance(env, GridWorld)
    assert env.grid == grid
    assert load_minari(dataset_id) == demonstrations


def test_a_dataset_that_minari_recorded_is_read(tmp_path: Path) -> None:
    dataset_id = save_minari(collected(), "foreign", tmp_path)
    path = tmp_path / dataset_id / "data" / "metadata.json"
    metadata = json.loads(path.read_text())
    del metadata["irl_app_provenance"]
    path.write_text(json.dumps(metadata))
    loaded = load_minari(dataset_id, tmp_path)
    assert loaded.episodes == collected().episodes
    assert (loaded.provenance.task, loaded.provenance.expert) == ("minari/foreign-v0", "soft")
    with pytest.raises(DemonstrationError, match="do not say which grid"):
        save_minari(loaded, "again", tmp_path)


@pytest.mark.parametrize(
    "name", ["", "../up", "/etc/passwd", "a b", "a/../b", ".hidden", "x" * 300 + "\n", "a//b"]
)
def test_minari_names_cannot_leave_the_folder(name: str, tmp_path: Path) -> None:
    with pytest.raises(DemonstrationError, match="is no dataset id"):
        save_minari(collected(), name, tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    return tmp_path / save_minari(collected(), "victim", tmp_path) / "data"


def edit_metadata(folder: Path, **changes: Any) -> None:
    metadata = json.loads((folder / "metadata.json").read_text())
    (folder / "metadata.json").write_text(json.dumps(metadata | changes))


def box(shape: Any, dtype: str = "float32") -> str:
    return json.dumps({"type": "Box", "dtype": dtype, "shape": shape, "low": [0.0] * 4, "high": [1.0] * 4})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"data_format": "csv"}, "not in one of Minari's formats"),
        ({"observation_space": None}, "observation_space is neither Discrete"),
        ({"observation_space": "{}"}, "observation_space is neither Discrete"),
        ({"observation_space": "[" * 100_000}, "observation_space is neither Discrete"),
        ({"observation_space": "[1]"}, "observation_space is neither Discrete"),
        ({"observation_space": '{"type":"Discrete","start":0,"n":1000000000}'}, "neither Discrete"),
        ({"observation_space": box([1, 1, 1, 1, 1])}, "neither Discrete"),
        ({"observation_space": box([1000, 1000])}, "neither Discrete"),
        ({"observation_space": box([-1])}, "neither Discrete"),
        ({"observation_space": '{"type":"Dict","subspaces":{}}'}, "but Dict: flatten it before recording"),
        ({"observation_space": box([])}, "neither Discrete"),
        ({"observation_space": box(3)}, "neither Discrete"),
        ({"observation_space": box([2.5])}, "neither Discrete"),
        ({"observation_space": box([4]).replace("1.0", "9" * 400)}, "neither Discrete"),
        ({"observation_space": box([4] * 100_000)}, "neither Discrete"),
        ({"observation_space": box([2, 2], "uint8")}, "is damaged"),
        ({"observation_space": box([4])}, r"episode 1 of the dataset: observations .* \(4,\), .*int64"),
        ({"observation_space": '{"type":"Box","dtype":"float32","shape":[4]}'}, "neither Discrete"),
        ({"observation_space": '{"type":"Discrete","start":0,"n":2}'}, "whole numbers from 0 to 1, got"),
        ({"action_space": '{"type":"Discrete","start":0,"n":1}'}, "whole numbers from 0 to 0, got"),
        ({"action_space": '{"type":"Box","low":0}'}, "action_space is neither Discrete"),
        ({"action_space": '{"type":"Sequence"}'}, "flatten it"),
        ({"total_episodes": 10**9}, "holds 4 episodes, its description says otherwise"),
        ({"irl_app_provenance": {"task": 3}}, "must have exactly the fields"),
    ],
)
def test_hostile_minari_metadata(saved: Path, changes: dict[str, Any], message: str) -> None:
    edit_metadata(saved, **changes)
    with pytest.raises(DemonstrationError, match=message):
        load_minari(saved)


def test_the_action_space_must_be_the_task_s_whichever_actions_are_used(saved: Path) -> None:
    edit_metadata(saved, action_space='{"type":"Discrete","start":0,"n":9}')
    own = load_minari(saved)
    nine = Spaces(own.observation_space, Discrete(9))
    assert own.action_space == Discrete(9)
    assert load_minari(saved, spaces=nine) == own
    with pytest.raises(DemonstrationError, match=r"from 0 to 8, those of the task .* from 0 to 3: use"):
        load_minari(saved, spaces=replace(nine, action=Discrete(4)))
    with pytest.raises(DemonstrationError, match=r"those of the task arrays of shape \(4,\), float32: use"):
        load_minari(saved, spaces=replace(nine, observation=Box((4,))))


def test_missing_space_does_not_build_the_named_environment(saved: Path) -> None:
    metadata = json.loads((saved / "metadata.json").read_text())
    del metadata["observation_space"]
    metadata["env_spec"] = metadata["env_spec"].replace("irl_app.envs.gridworld:GridWorld", "antigravity:fly")
    (saved / "metadata.json").write_text(json.dumps(metadata))
    with pytest.raises(DemonstrationError, match="observation_space is neither Discrete"):
        load_minari(saved)


def test_damaged_minari_files(saved: Path, tmp_path: Path) -> None:
    good = (saved / "main_data.hdf5").read_bytes()
    for damaged in (b"", b"not HDF5", good[: len(good) // 2]):
        (saved / "main_data.hdf5").write_bytes(damaged)
        with pytest.raises(DemonstrationError, match="is damaged"):
            load_minari(saved)
    (saved / "metadata.json").write_text("[" * 100_000)
    with pytest.raises(DemonstrationError, match="is not JSON"):
        load_minari(saved)
    with pytest.raises(DemonstrationError, match="there is no Minari dataset"):
        load_minari(tmp_path / "nowhere")


def replaced(folder: Path, key: str, values: Any, **options: Any) -> None:
    with h5py.File(folder / "main_data.hdf5", "a") as file:
        del file[f"episode_1/{key}"]
        if values is None:
            return
        file["episode_1"].create_dataset(key, data=values, **options)


def test_hostile_minari_data(saved: Path) -> None:
    replaced(saved, "actions", np.array([0.5] * 50))
    with pytest.raises(DemonstrationError, match="episode 2 of the dataset: actions must be one row"):
        load_minari(saved)
    replaced(saved, "actions", np.array([b"rm"] * 50))
    with pytest.raises(DemonstrationError, match="whole numbers"):
        load_minari(saved)
    replaced(saved, "actions", np.zeros(50, dtype=int) - 1)
    with pytest.raises(DemonstrationError, match=r"episode 2 .*: actions must .* from 0 to 4, got -1"):
        load_minari(saved)
    replaced(saved, "actions", None)
    with pytest.raises(DemonstrationError, match="episode 2 of the dataset: it lacks actions"):
        load_minari(saved)


def test_minari_data_that_leads_out_of_its_file(saved: Path, tmp_path: Path) -> None:
    with h5py.File(tmp_path / "secret.hdf5", "w") as file:
        file["actions"] = np.zeros(50, dtype=int)
    with h5py.File(saved / "main_data.hdf5", "a") as file:
        del file["episode_1/actions"]
        file["episode_1/actions"] = h5py.ExternalLink(str(tmp_path / "secret.hdf5"), "actions")
    with pytest.raises(DemonstrationError, match="refers to other files"):
        load_minari(saved)
    with h5py.File(saved / "main_data.hdf5", "a") as file:
        del file["episode_1/actions"]
        (tmp_path / "raw").write_bytes(bytes(400))
        file["episode_1"].create_dataset("actions", (50,), "i8", external=[(str(tmp_path / "raw"), 0, 400)])
    with pytest.raises(DemonstrationError, match="refers to other files"):
        load_minari(saved)


def test_minari_data_that_unpacks_to_too_much(saved: Path) -> None:
    with h5py.File(saved / "main_data.hdf5", "a") as file:
        del file["episode_1/actions"]
        file["episode_1"].create_dataset("actions", (10**12,), "i8", chunks=(10**6,), compression="gzip")
    assert (saved / "main_data.hdf5").stat().st_size < 10**6
    with pytest.raises(DemonstrationError, match="has over"):
        load_minari(saved)


def test_minari_data_may_not_be_a_link(saved: Path, tmp_path: Path) -> None:
    (saved / "main_data.hdf5").rename(tmp_path / "elsewhere.hdf5")
    (saved / "main_data.hdf5").symlink_to(tmp_path / "elsewhere.hdf5")
    with pytest.raises(DemonstrationError, match="is a link"):
        load_minari(saved)


def test_a_failed_minari_save_leaves_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def full(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("minari.dataset._storages.hdf5_storage.HDF5Storage.update_episodes", full)
    with pytest.raises(OSError, match="disk full"):
        save_minari(collected(), "partial", tmp_path)
    assert not list(tmp_path.iterdir())
