"""What is attacked: every file that is read, by whoever reads it, and the one kind of error that it may raise
as one sentence."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from safetensors.numpy import save

from irl_app.cli import main
from irl_app.demonstrations import (
    DemonstrationError,
    Demonstrations,
    Episode,
    Provenance,
    Spaces,
    load_demonstrations,
    load_json,
    load_minari,
    load_npz,
    save_json,
    save_minari,
)
from irl_app.demonstrations.local import local_datasets
from irl_app.envs.grid_map import format_map, parse_map
from irl_app.envs.grid_spec import GridError
from irl_app.envs.presets import make_preset
from irl_app.experts import demonstrate
from irl_app.export import load_reward, save_reward
from irl_app.export.header import RewardFileError
from irl_app.files import write_whole
from irl_app.paths import site_root
from irl_app.reading import FileError, read_bytes
from irl_app.rewards import Reward
from irl_app.runs import MAX_DEPTH, Note, RunError, read_run, write_note
from irl_app.stage.material import MaterialError, read_material, write_material
from irl_app.tasks import TaskError
from irl_app.training import read_metrics
from irl_app.training.arrays import write_arrays
from irl_app.training.checkpoint_files import FORMAT, seal
from irl_app.training.health import health
from irl_app.training.learners import load_learners
from irl_app.training.maps import read_maps
from irl_app.training.reward_samples import read_reward_samples
from irl_app.training.rollouts import animation, read_rollouts
from irl_app.training.slices import read_slices
from irl_app.training.split import load_split
from irl_app.ui import run_lists
from irl_app.ui.lab_state import LabState
from tests.comparison.made_runs import grown, make_recovery, make_run
from tests.rewards.network_rewards import bellman
from tests.stage.examples import material
from trainers.spaces import Box, Discrete

DAMAGED, NEIGHBOURS = "cartpole-v1-iq-1", ("neighbour-a", "neighbour-b")


@dataclass(frozen=True)
class Target:
    """What is attacked.

    Attributes:
        make: what it is made of, in an empty folder: the files that are damaged one at a time.
        load: reads it; whatever it raises that is not ``refuses`` is a fault.
        refuses: the readers' own kind of error.
        lasts: seconds of processor time that one reading may take.
        share: of the trials; less where each takes long.
    """

    make: Callable[[Path], list[Path]]
    load: Callable[[Path], None]
    refuses: type[Exception]
    lasts: float = 5.0
    share: float = 1.0


def files_in(folder: Path) -> list[Path]:
    """Every file below a folder, in the order of their names."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def make_training(root: Path) -> Path:
    """A training run that has every file that one can have, made by hand."""
    rng = np.random.default_rng(0)
    shown = {
        "source": None,
        "episodes": 2,
        "every": 5,
        "provenance": {"expert": "soft-q"},
        "mean_return": 500.0,
    }
    run = make_run(root, "iq", grown(20, 480, 2), demonstrations=shown)

    def real(*shape: int) -> np.ndarray:
        return rng.standard_normal(shape).astype(np.float32)

    write_arrays(
        run / "maps.safetensors",
        {
            "update": np.array([7]),
            "value": real(1, 2, 9),
            "policy": real(1, 2, 9, 4),
            "reward": real(1, 2, 9, 4),
        },
    )
    write_arrays(
        run / "slices.safetensors",
        {
            "update": np.array([7]), "value": real(2, 2, 5, 5), "policy": real(2, 2, 5, 5, 2),
            "reward": real(2, 2, 5, 5, 2), "true": real(2, 5, 5, 2),
            "seen.0": real(9, 4), "seen.1": real(9, 4),
        },
    )  # fmt: skip
    steps = {"recovered": real(2, 30), "true": real(2, 30)}
    steps |= {"who": np.repeat([[0, 1, 2]], 2, 0).repeat(10, 1), "episode": np.zeros((2, 30), np.int64)}
    write_arrays(run / "rewards.safetensors", steps)
    picture = io.BytesIO()
    Image.new("RGB", (40, 30)).save(picture, "GIF")
    write_whole(run / "rollouts/seed-0.gif", picture.getvalue())
    seen = {"seed": 0, "moves": 9, "total": 9.0, "terminated": True, "among": 10, "faster": 1.5}
    write_whole(run / "rollouts/rollouts.json", json.dumps({"update": 7, "shown": [seen]}))
    names = ("obs", "action", "next_obs", "reward", "terminated", "episode")
    arrays = {
        f"{part}.{k}.{name}": np.zeros((5, 4) if "obs" in name else 5, np.float32)
        for part, n in (("train", 2), ("validation", 2), ("example", 1)) for k in range(n) for name in names
    }  # fmt: skip
    content = save(arrays | {"n_terminated": np.array([1, 1])})
    write_whole(run / "demonstrations.safetensors", content)
    write_whole(run / "demonstrations.sha256", hashlib.sha256(content).hexdigest())
    _write_checkpoint(run, real)
    write_note(run, Note("mine", ("kept",)))
    return run


def _write_checkpoint(run: Path, real: Callable[..., np.ndarray]) -> None:
    tensors = {"critic.terminal_value": real(2)}
    for i, (n, m) in enumerate(((4, 64), (64, 64), (64, 2))):
        tensors |= {f"critic.network.layers.{i}.weight": real(2, n, m)}
        tensors |= {f"critic.network.layers.{i}.bias": real(2, 1, m)}
    content = save(tensors)
    about = {"format": FORMAT, "format_version": 1, "update": 12000, "env_steps": 0, "seconds": 3.0}
    about |= {
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "state": {"update": 12000},
    }
    write_whole(run / "checkpoints/00012000.safetensors", content)
    write_whole(run / "checkpoints/00012000.json", json.dumps(about | {"seal": seal(about)}))


def _a_run(root: Path) -> list[Path]:
    """A damaged run between two good ones."""
    run = make_training(root)
    for name in NEIGHBOURS:
        make_run(root, "bc").rename(root / name)
    return files_in(run)


def _read_runs(root: Path) -> None:
    """As ``runs list`` and the pages read them: the others are there, whatever one of them holds."""
    _listed_for_pages(root)
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        assert main(["runs", "list"]) == 0, said.getvalue()
        main(["runs", "list", "--json"])
        main(["runs", "show", str(root / DAMAGED)])
        main(["runs", "compare", str(root / DAMAGED), str(root / NEIGHBOURS[0])])
    assert all(name in said.getvalue() for name in NEIGHBOURS), "a neighbour is missing"
    run = root / "cartpole-v1-iq-1"
    for read in (
        lambda: health(read_metrics(run)), lambda: read_maps(run), lambda: read_slices(run),
        lambda: read_reward_samples(run, 1), lambda: load_split(run, 2),
        lambda: load_learners(run, read_run(run).config).each[0].values(np.zeros((3, 4), np.float32)),
        lambda: [animation(run, each) for each in getattr(read_rollouts(run), "shown", ())],
    ):  # fmt: skip
        with contextlib.suppress(RunError, TaskError):
            read()


def _listed_for_pages(root: Path) -> None:
    """As every page lists runs."""
    run_lists.forget_lists()
    found = {run.name for run in run_lists.runs_in(root, MAX_DEPTH).runs}
    assert set(NEIGHBOURS) <= found, "a neighbour is missing"


def _read_pages(_: Path) -> None:
    """Train with the damaged run open, and Compare with it chosen: no error, and the others are there."""
    from streamlit.testing.v1 import AppTest

    run_lists.forget_lists()
    for name, query in (("train", {"run": DAMAGED}), ("compare", {"runs": [DAMAGED, NEIGHBOURS[0]]})):
        page = AppTest.from_file(str(site_root() / "pages" / f"{name}.py"), default_timeout=120)
        for key, value in query.items():
            page.query_params[key] = value
        page.run()
        assert not page.exception, f"the page {name} shows an error"
        said = "".join(str(one.proto) for kind in ("html", "button", "multiselect") for one in page.get(kind))
        assert NEIGHBOURS[0] in said, f"a neighbour is missing from the page {name}"


def _a_recovery(root: Path) -> list[Path]:
    run = make_recovery(root / "maze", seeds=(0,))
    for name in NEIGHBOURS:
        make_run(root, "bc").rename(root / name)
    return [path for path in files_in(run) if path.suffix != ".html"]


def _read_recovery(root: Path) -> None:
    _listed_for_pages(root)
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        assert main(["runs", "list"]) == 0, said.getvalue()
        main(["report", str(root / "maze")])
        main(["report", str(root / "maze"), "--json"])
        main(["runs", "compare", str(root / "maze"), str(root / NEIGHBOURS[0])])
        main(
            ["export", str(root / "maze"), "--out", str(root / "out.npz"), "--demos", str(root / "out.json")]
        )
    assert all(name in said.getvalue() for name in NEIGHBOURS), "a neighbour is missing"


def _used(reward: Reward) -> None:
    """A reward that was read is one that can be called."""
    spaces = reward.info.observation_space, reward.info.action_space
    obs = np.zeros((2, *spaces[0].shape), spaces[0].dtype)
    action = np.zeros((2, *spaces[1].shape), spaces[1].dtype) + getattr(spaces[1], "start", 0)
    assert reward(obs, action, obs, np.array([False, True])).shape == (2,)


def _a_reward(suffix: str) -> Callable[[Path], list[Path]]:
    def make(root: Path) -> list[Path]:
        if suffix == "safetensors":
            return [save_reward(bellman(), root / f"reward.{suffix}")]
        from irl_app.recovery import recover
        from trainers.tabular.config import TabularConfig

        grid = make_preset("goal", 4, 0)
        shown = demonstrate("gridworld/goal", grid, "shortest-path", 0.0, 5, 0)
        reward = recover(grid, shown, TabularConfig(method="mce")).rewards["deshaped"]
        return [save_reward(reward, root / f"reward.{suffix}")]

    return make


def _read_reward(root: Path) -> None:
    _used(load_reward(next(root.glob("reward.*"))))


def _shown() -> Demonstrations:
    return demonstrate("gridworld/goal", make_preset("goal", 5, 0), "shortest-path", 0.0, 4, 0)


SPACES = Spaces(Box((4,)), Discrete(2))


def _arrays() -> Demonstrations:
    rng = np.random.default_rng(0)
    episodes = []
    for n in (7, 30, 200):
        obs = rng.standard_normal((n + 1, 4)).astype(np.float32)
        episodes.append(Episode(obs, rng.integers(2, size=n), np.ones(n), True, False))
    return Demonstrations(tuple(episodes), Provenance("CartPole-v1", "made"), SPACES)


def _an_npz(root: Path) -> list[Path]:
    shown = _arrays()
    names = ("obs", "action", "next_obs", "reward", "terminated")
    ends = {name: getattr(shown, name) for name in names}
    episode = np.repeat(np.arange(shown.n_episodes), shown.lengths)
    np.savez_compressed(root / "mine.npz", **ends, truncated=np.zeros(shown.n_steps, bool), episode=episode)
    return [root / "mine.npz"]


def _a_dataset(root: Path) -> list[Path]:
    save_minari(_arrays(), "pole-v0", root=root, env_id="CartPole-v1")
    return files_in(root)


def _read_dataset(root: Path) -> None:
    local_datasets([root])
    load_minari(root / "pole-v0")


def _columns(root: Path) -> list[Path]:
    import h5py

    shown = _arrays()
    with h5py.File(root / "d4rl.hdf5", "w") as file:
        file["observations"], file["actions"], file["rewards"] = shown.obs, shown.action, shown.reward
        file["next_observations"], file["terminals"] = shown.next_obs, shown.terminated
    return [root / "d4rl.hdf5"]


def _read_columns(root: Path) -> None:
    load_demonstrations(root / "d4rl.hdf5")


def _a_map(root: Path) -> list[Path]:
    return [write_whole(root / "map.txt", format_map(make_preset("cliff", None, 0)))]


def _read_map(root: Path) -> None:
    try:
        text = read_bytes(root / "map.txt", 1_000_000).decode()
    except (FileError, UnicodeDecodeError):
        return  # who opens it says so
    format_map(parse_map(text))


def _a_link(root: Path) -> list[Path]:
    lab = LabState(
        map=format_map(make_preset("goal", 6, 0)),
        expert="shortest-path",
        demos=5,
        mode="replay",
        lens="state",
    )
    return [write_whole(root / "link.json", json.dumps(lab.to_query() | {"alpha": "2", "gamma": "0.8"}))]


def _read_link(root: Path) -> None:
    try:
        query = json.loads(read_bytes(root / "link.json", 1_000_000))
    except (ValueError, RecursionError):
        return
    if isinstance(query, dict):
        state, notes = LabState.from_query(
            {str(k): v if isinstance(v, str) else str(v) for k, v in query.items()}
        )
        state.to_query()
        state.grid().mdp()
        assert all(note.endswith(".") for note in notes)


def _a_stage(root: Path) -> list[Path]:
    write_material(material(), root)
    return files_in(root)


def _read_stage(root: Path) -> None:
    read_material(root)


def _read_shown(root: Path) -> None:
    load_json(root / "shown.json")


def _read_npz(root: Path) -> None:
    load_npz(root / "mine.npz", SPACES)


TARGETS = {
    "run of networks": Target(_a_run, _read_runs, RunError),
    "pages with that run": Target(_a_run, _read_pages, RunError, lasts=20.0, share=0.1),
    "recovery in a grid": Target(_a_recovery, _read_recovery, RunError),
    **{
        f"reward .{suffix}": Target(_a_reward(suffix), _read_reward, RewardFileError)
        for suffix in ("npz", "json", "csv", "safetensors")
    },
    "demonstrations .json": Target(
        lambda root: [save_json(_shown(), root / "shown.json")], _read_shown, DemonstrationError
    ),
    "demonstrations .npz": Target(_an_npz, _read_npz, DemonstrationError),
    "demonstrations, HDF5": Target(_a_dataset, _read_dataset, DemonstrationError, lasts=6.0),
    "demonstrations, D4RL's HDF5": Target(_columns, _read_columns, DemonstrationError, lasts=6.0),
    "recordings of robots": Target(_a_stage, _read_stage, MaterialError),
    "maps": Target(_a_map, _read_map, GridError),
    "links": Target(_a_link, _read_link, ValueError),
}
"""By what they are called in the table."""
