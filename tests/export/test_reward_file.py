"""Rewards survive their files; files that are damaged or hostile get one sentence and allocate nothing
large."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from irl_app import load_reward as load_from_the_top
from irl_app.envs.grid_map import parse_map
from irl_app.envs.gridworld import GridWorld
from irl_app.export import RewardFileError, RewardFormat, dump_reward, load_reward, save_reward, usage
from irl_app.rewards import (
    InverseBellmanReward,
    Reward,
    RewardInfo,
    StateActionReward,
    StateReward,
    TerminalConvention,
)
from trainers.spaces import Box, Discrete

ROOT = Path(__file__).resolve().parents[2]

MAP = "gamma: 0.9\n\nS#\n.G\n"
INFO = RewardInfo(
    "state",
    "A title",
    0.9,
    1.0,
    "zero",
    Discrete(4),
    Discrete(4),
    "iq",
    MAP,
    {"recipe": {"alpha": 1.5}, "seed": None},
)
STATE = StateReward(np.array([0.1, np.nan, -1.0, 10.0]), np.array([1.0, np.nan, 0.5, 0.1]), INFO)
PAIR = StateActionReward(np.arange(16.0).reshape(4, 4) / 3, replace(INFO, kind="marginal"))
BELLMAN = InverseBellmanReward(
    np.arange(16.0).reshape(4, 4), np.arange(4.0), replace(INFO, kind="transition", terminal="absorbing")
)
REWARDS = [STATE, replace(STATE, sd=None), PAIR, BELLMAN]
BATCH = ([0, 2], [1, 3], [2, 3], [False, True])


@pytest.mark.parametrize("reward", REWARDS)
@pytest.mark.parametrize("suffix", ["npz", "json", "csv"])
def test_round_trip(reward: Reward, suffix: str, tmp_path: Path) -> None:
    path = save_reward(reward, tmp_path / f"reward.{suffix}")
    for back in (load_reward(path), load_reward(path.read_bytes()), load_from_the_top(str(path))):
        assert type(back) is type(reward)
        assert back.info == reward.info
        np.testing.assert_array_equal(back(*BATCH), reward(*BATCH))
        np.testing.assert_array_equal(back.tail([3]), reward.tail([3]))
        if isinstance(reward, StateReward) and isinstance(back, StateReward):
            np.testing.assert_array_equal(back.values, reward.values)
            assert (back.sd is None) == (reward.sd is None)
    assert [p.name for p in tmp_path.iterdir()] == [f"reward.{suffix}"]


VERSION_1 = {
    **{"kind": "state", "title": "A title", "gamma": 0.9, "temperature": 1.0, "terminal": "zero"},
    **{"n_states": 4, "n_actions": 4, "method": "iq", "map_text": MAP},
    "provenance": {"recipe": {"alpha": 1.5}, "seed": None},
}
"""What version 1 said of `STATE`."""


@pytest.mark.parametrize("suffix", ["npz", "json", "csv"])
def test_files_of_version_1_are_read(suffix: RewardFormat) -> None:
    """They counted states and actions instead of saying which spaces these are."""
    header = {"format": "irl-app reward", "version": 1, "type": "state", "convention": "", "info": VERSION_1}
    assert STATE.sd is not None
    if suffix == "csv":
        content = f"# {json.dumps(header)}\n{table_csv(STATE)}".encode()
    elif suffix == "json":
        arrays = {"values": [0.1, None, -1.0, 10.0], "sd": [1.0, None, 0.5, 0.1]}
        content = json.dumps(header | {"arrays": arrays}).encode()
    else:
        info = np.frombuffer(json.dumps(header).encode(), np.uint8)
        content = npz(info=info, values=STATE.values, sd=STATE.sd)
    back = load_reward(content)
    assert isinstance(back, StateReward)
    assert back.info == INFO
    np.testing.assert_array_equal(back.values, STATE.values)
    assert json.loads(dump_reward(back, "json"))["version"] == 2


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"n_states": 10**12}, "states times actions"),
        ({"n_states": -4}, "at least 1 element"),
        ({"n_states": True}, "whole numbers"),
        ({"n_actions": None}, "whole numbers"),
        ({"obs_shape": []}, "1 to 4 dimensions"),
        ({"extra": 1}, "exactly the fields"),
    ],
)
def test_hostile_files_of_version_1(changes: dict[str, Any], message: str) -> None:
    content = changed(lambda c: c.update(version=1, info=VERSION_1 | changes))
    with pytest.raises(RewardFileError, match=message):
        load_reward(content)


def test_same_reward_same_bytes() -> None:
    for file_format in ("npz", "json", "csv"):
        assert dump_reward(PAIR, file_format) == dump_reward(PAIR, file_format)


def table_csv(reward: Reward) -> str:
    return "\n".join(table_of(reward)) + "\n"


def table_of(reward: Reward) -> list[str]:
    """The lines of its table without the last column, which says what it is in the first of them."""
    rows = list(csv.reader(io.StringIO(dump_reward(reward, "csv").decode())))
    assert [row[-1][:1] for row in rows] == ["a", "{", *[""] * (len(rows) - 2)]
    return [",".join(row[:-1]) for row in rows]


def test_pandas_reads_a_table_as_it_is(tmp_path: Path) -> None:
    frame = pd.read_csv(save_reward(STATE, tmp_path / "reward.csv"))
    assert list(frame.columns) == ["state", "row", "column", "reward", "sd", "about"]
    np.testing.assert_array_equal(frame["reward"], [0.1, -1.0, 10.0])
    assert json.loads(frame["about"][0])["convention"].startswith("Nothing is received")
    assert frame["about"][1:].isna().all()
    changed = frame.assign(reward=frame["reward"] * 2.0)
    changed.to_csv(tmp_path / "changed.csv", index=False)
    back = load_reward(tmp_path / "changed.csv")
    assert back.info == STATE.info
    assert back([0], [0], [3], [True]) == 20.0


def test_csv_is_a_table_for_people() -> None:
    assert table_of(STATE) == [
        "state,row,column,reward,sd",
        "0,1,1,0.1,1.0",
        "2,2,1,-1.0,0.5",
        "3,2,2,10.0,0.1",
    ]
    pairs = table_of(PAIR)
    assert pairs[:3] == ["state,row,column,action,reward", "0,1,1,up,0.0", "0,1,1,right,0.3333333333333333"]
    assert len(pairs) == 1 + 3 * 4
    mapless = replace(STATE, info=replace(INFO, map_text=""))
    assert table_of(mapless)[1] == "0,,,0.1,1.0"


def test_files_say_what_an_end_is_worth() -> None:
    """What the goal, cell 3, is worth to a learner that stops there: its reward and gamma times its tail."""
    learned = replace(STATE, sd=None, info=replace(INFO, terminal="absorbing"))
    text = dump_reward(learned, "csv").decode()
    assert "reward + gamma * tail" in text.splitlines()[1]
    assert "gamma = 0.9" in text.splitlines()[1]
    assert table_of(learned)[0] == "state,row,column,reward,tail"
    assert [line.split(",")[4] for line in table_of(learned)[1:]] == ["", "", str(10.0 / (1.0 - 0.9))]
    content = json.loads(dump_reward(learned, "json"))
    assert "reward + gamma * tail" in content["convention"]
    assert content["arrays"]["tail"][3] == 10.0 / (1.0 - 0.9)
    assert "Nothing is received after" in dump_reward(STATE, "csv").decode()
    assert table_of(BELLMAN)[0] == "state,row,column,action,q,v,tail"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"# no more than this\n", 'no "format"'),
        (b"state,reward\n0,1\n", 'no "format"'),
        (b"#\xff", "UTF-8"),
        (b"cell,reward\n0,1\n", "no .npz, .json, .csv or .safetensors"),
        (dump_reward(STATE, "csv") + b"9,1,1,0.0,0.0,\n", "a state 9"),
        (dump_reward(STATE, "csv") + b"0,1,1,much,0.0,\n", "not as it was written"),
        (dump_reward(STATE, "csv") + b"0,1\n", "not as it was written"),
        (dump_reward(STATE, "csv") + b"0,1,1,inf,0.0,\n", "finite"),
        (dump_reward(PAIR, "csv") + b"0,1,1,jump,0.0,\n", "not as it was written"),
        (dump_reward(STATE, "csv").replace(b"reward,sd", b"worth,sd"), "float64 arrays values"),
        (dump_reward(PAIR, "csv").replace(b"0,1,1,right,0.3333333333333333,\n", b""), "finite"),
        (dump_reward(STATE, "csv").replace(b'""n"": 4', b'""n"": 4000000'), "states times actions"),
    ],
)
def test_hostile_csv(content: bytes, message: str) -> None:
    with pytest.raises(RewardFileError, match=message):
        load_reward(content)


def test_no_cell_of_a_table_is_a_formula() -> None:
    hostile = replace(STATE, info=replace(INFO, provenance={"expert": "me,=HYPERLINK(1),+1,@x"}))
    content = dump_reward(hostile, "csv")
    cells = [cell for line in content.decode().splitlines()[:3] for cell in line.split(",")]
    assert not any(cell.startswith(("=", "+", "@")) for cell in cells)
    assert load_reward(content).info == hostile.info


@pytest.mark.parametrize("terminal", ["zero", "absorbing"])
def test_the_lines_shown_to_people_run(
    terminal: TerminalConvention, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    save_reward(replace(STATE, info=replace(INFO, terminal=terminal)), "reward.npz")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert usage("reward-state.npz") in readme
    env = GridWorld(parse_map(MAP))
    batch = {"obs": [0], "action": [2], "next_obs": [3], "terminated": np.array([True])}
    names = {**batch, "env": env}
    exec(usage("reward.npz"), names)
    paid = names["env"]
    paid.reset(seed=0)
    worth = [reward for _, reward, ended, _, _ in (paid.step(2), paid.step(1)) if ended]
    np.testing.assert_allclose(names["r"], worth)
    assert worth == pytest.approx([10.0 if terminal == "zero" else 10.0 / (1.0 - 0.9)])


def test_unknown_suffix_and_foreign_rewards_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RewardFileError, match=r"\.npz, \.json or \.csv, not as 'reward\.pkl'"):
        save_reward(STATE, tmp_path / "reward.pkl")
    with pytest.raises(RewardFileError, match="is missing"):
        load_reward(tmp_path / "missing.npz")
    assert not list(tmp_path.iterdir())


def changed(change: Callable[[dict[str, Any]], object]) -> bytes:
    content = json.loads(dump_reward(STATE, "json"))
    change(content)
    return json.dumps(content).encode()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no .npz, .json, .csv or .safetensors"),
        (b"\x80\x04\x95pickle", "no .npz, .json, .csv or .safetensors"),
        (b"{" * 100_000, "not JSON"),
        (b'{"format": "irl-app reward", "version": NaN}', "not JSON"),
        (b'{"a": ' + b"9" * 10_000 + b"}", "not JSON"),
        (b"{\xff\xfe}", "not JSON"),
        (b"{}", 'no "format"'),
        (changed(lambda c: c.update(version=99)), "version is 99"),
        (changed(lambda c: c.update(type="pickle")), "type must be one of"),
        (changed(lambda c: c.update(type=["state"])), "type must be one of"),
        (changed(lambda c: c.pop("info")), "exactly the fields"),
        (changed(lambda c: c["info"].update(extra=1)), "exactly the fields"),
        (changed(lambda c: c["info"].update(gamma="0.9")), "gamma must be of type float"),
        (changed(lambda c: c["info"].update(gamma=1.0)), "gamma must lie strictly"),
        (changed(lambda c: c["info"].update(gamma=True)), "gamma must be of type float"),
        (changed(lambda c: c["info"]["observation_space"].update(n=10**12)), "states times actions"),
        (changed(lambda c: c["info"]["action_space"].update(n=-4)), "at least 1 element, got -4"),
        (changed(lambda c: c["info"]["action_space"].update(n=True)), "sizes are whole numbers, got True"),
        (changed(lambda c: c["info"]["action_space"].update(start=1)), "numbered from 0"),
        (changed(lambda c: c["info"].update(action_space=4)), "action_space must be of type dict"),
        (changed(lambda c: c["info"].update(observation_space=Box((4,)).as_json())), "numbered from 0"),
        (changed(lambda c: c["info"].update(kind="best")), "kind must be one of"),
        (changed(lambda c: c["info"].update(title="x" * 500_000)), "at most 400000"),
        (changed(lambda c: c.update(arrays=[])), 'no "arrays"'),
        (changed(lambda c: c["arrays"].update(values=[1, 2])), r"must have shape \(4,\), got \(2,\)"),
        (changed(lambda c: c["arrays"].update(values=["1", 2, 3, 4])), "finite numbers"),
        (changed(lambda c: c["arrays"].update(values=[1e301, 2, 3, 4])), "not JSON"),
        (changed(lambda c: c["arrays"].update(values=[[1, 2], [3]])), "equally long"),
        (changed(lambda c: c["arrays"].update(values=7)), "must be a list"),
        (changed(lambda c: c["arrays"].update(values=[[[1]]])), "finite numbers"),
        (changed(lambda c: c["arrays"].update(q=[1, 2, 3, 4])), "has the float64 arrays values"),
        (changed(lambda c: c["arrays"].pop("values")), "has the float64 arrays values"),
    ],
)
def test_hostile_json(content: bytes, message: str) -> None:
    with pytest.raises(RewardFileError, match=message):
        load_reward(content)


def npz(**arrays: np.ndarray[Any, Any]) -> bytes:
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


def zipped(**members: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "."), content)
    return stream.getvalue()


def npy(header: str, body: bytes = b"") -> bytes:
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode() + body


BOMB = npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,)}\n", b"\0" * 64)
RUNS_CODE = npy("{'descr': __import__('os').system('false'), 'fortran_order': False, 'shape': (1,)}\n")


class Explodes:
    def __reduce__(self) -> tuple[Any, ...]:
        return (pytest.fail, ("something was unpickled",))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"PK", "damaged"),
        (dump_reward(STATE, "npz")[:-40], "damaged"),
        (npz(values=np.zeros(4)), 'no "info"'),
        (npz(info=np.zeros(4)), 'no "info"'),
        (npz(info=np.array([Explodes()], dtype=object)), "not of plain numbers"),
        (npz(info=np.array(["text"])), "not of plain numbers"),
        (npz(info=np.zeros(3, dtype=np.uint8)), "not JSON"),
        (zipped(info__npy=BOMB), "not as long as it says"),
        (zipped(info__npy=RUNS_CODE), "no valid header"),
        (zipped(info__npy=b"\x93NUMPY\x07\x00"), "unknown version|no valid header"),
        (zipped(evil__sh=b"rm"), "not an array"),
        (zipped(**{f"a{i}__npy": b"" for i in range(50)}), "at most 16"),
        (zipped(info__npy=b"\0" * 9_000_000), "at most 8002000"),
    ],
)
def test_hostile_npz(content: bytes, message: str) -> None:
    with pytest.raises(RewardFileError, match=message):
        load_reward(content)


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "large.npz"
    with path.open("wb") as file:
        file.truncate(30_000_000)
    with pytest.raises(RewardFileError, match="30000000 bytes, at most 20000000"):
        load_reward(path)
    with pytest.raises(RewardFileError, match="at most 20000000"):
        load_reward(b" " * 20_000_001)
