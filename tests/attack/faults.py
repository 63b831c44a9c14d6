"""Ended, or refused, at any file operation: kills, full disks, and folders where nothing may be written."""

from __future__ import annotations

import errno
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

from irl_app.cli import main
from irl_app.runs import list_runs, read_run
from irl_app.training.loop import train
from irl_app.training.worker import sweep
from tests.attack.files import ROOT, Outcome
from tests.comparison.made_runs import make_recovery, make_run
from tests.training.support import toy_run
from tests.training.toy_worker import make

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
CHANGES = ("os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "tempfile.mkdtemp")
Attack = Callable[[int], Outcome]
"""With it the distance between two operations that are tried; 1 for every one."""
_hooks: list[Callable[[str, tuple[Any, ...]], None]] = []
_installed = False


class Killed(BaseException):
    """The process has been ended: nothing of it reaches the disk any more."""


@contextmanager
def fault_at(n: int, folder: Path, wrong: Callable[[], BaseException], *, lasts: bool) -> Iterator[list[int]]:
    """Have the n-th operation that changes something below a folder fail, and all that follow if it lasts.

    Yields:
        A list whose only number counts the operations.
    """
    global _installed
    count = [0]

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if not _changes(event, args, folder):
            return
        count[0] += 1
        if count[0] == n or (lasts and count[0] > n):
            raise wrong()

    if not _installed:
        sys.addaudithook(lambda event, args: [each(event, args) for each in _hooks] and None)
        _installed = True
    _hooks.append(hook)
    try:
        yield count
    finally:
        _hooks.remove(hook)


def _changes(event: str, args: tuple[Any, ...], folder: Path) -> bool:
    if event == "open":
        if not isinstance(args[2], int) or not args[2] & WRITING:
            return False
    elif event not in CHANGES:
        return False
    return isinstance(args[0], str | os.PathLike) and os.fspath(args[0]).startswith(str(folder))


def _finished(run: Path) -> dict[str, bytes]:
    """Work on a toy run until it is done; what it then is, but for times."""
    sweep(run)  # as every worker does first
    assert train(make(run, read_run(run).config), lambda: "").state == "done"
    kept = {path.name: path.read_bytes() for path in (run / "checkpoints").glob("[0-9]*.safetensors")}
    lines = (run / "metrics.jsonl").read_text().splitlines()
    kept["metrics"] = "\n".join(line.split('"values"')[1] for line in lines).encode()
    return kept


def kill_at_every_operation(every: int = 1) -> Outcome:
    """A training killed at its first, second, ... change of a file; resumed, it ends as one never killed."""
    return _trainings("killed at a file operation", Killed, lasts=True, every=every)


def full_at_every_operation(every: int = 1) -> Outcome:
    """The same, where from then on the disk is full until there is room again."""
    return _trainings("disk full from an operation on", _full, lasts=True, every=every)


def fail_at_every_operation(every: int = 1) -> Outcome:
    """The same, where one operation alone fails."""
    return _trainings("an operation fails", _full, lasts=False, every=every)


def _full() -> OSError:
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _trainings(name: str, wrong: Callable[[], BaseException], *, lasts: bool, every: int) -> Outcome:
    tried = survived = 0
    faults: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        whole = _finished(toy_run(root / "whole"))
        n = 0
        while True:
            n += every
            run = toy_run(root / f"at-{n}")
            make_run(run.parent, "bc")
            ended = True
            with fault_at(n, run, wrong, lasts=lasts) as count:
                try:
                    train(make(run, read_run(run).config), lambda: "")
                except (Killed, OSError):
                    ended = False
            if count[0] < n:
                return Outcome(name, tried, survived, tuple(faults))
            tried += 1
            try:
                assert len(list_runs(run.parent).runs) == 2, "a run is missing from the list"
                if not ended or read_run(run).status.state != "done":
                    assert _finished(run) == whole, "it does not end as one that was never ended"
                    assert not list(run.rglob(".*.????????")), "a draft is left"
                survived += 1
            except Exception as error:
                faults.append(f"operation {n}: {type(error).__name__}: {error}")
            shutil.rmtree(run.parent)


COMMANDS = (
    ("recover", "gridworld/goal", "--demos", "3", "--method", "bc", "--out", "{root}/new"),
    ("export", "{root}/maze", "--out", "{root}/reward.npz"),
    ("export", "{root}/maze", "--demos", "{root}/shown.json"),
    ("report", "{root}/maze", "--out", "{root}/report.html"),
    ("demos", "collect", "gridworld/goal", "--demos", "3", "--out", "{root}/collected.json"),
    ("runs", "delete", "{root}/maze"),
)  # fmt: skip
"""Commands that write."""


def commands_at_every_operation(every: int = 1) -> Outcome:
    """Every command that writes, on a disk that is full from its n-th operation on: one sentence, exit status
    2, nothing half-written is left, what was there is there."""
    tried = survived = 0
    faults: list[str] = []
    for command in COMMANDS:
        n = 0
        while True:
            n += every
            with tempfile.TemporaryDirectory() as folder:
                root = Path(folder)
                make_recovery(root / "maze")
                before = sorted(path.name for path in root.iterdir())
                with fault_at(n, root, _full, lasts=True) as count:
                    code, said = told([part.format(root=root) for part in command])
                if count[0] < n:
                    break
                tried += 1
                after = sorted(path.name for path in root.iterdir() if not path.name.startswith("."))
                whole = after == before or (command[:2] == ("runs", "delete") and after == [])
                if code == 2 and said.count("\n") == 1 and "Traceback" not in said and whole:
                    survived += 1
                else:
                    faults.append(
                        f"{' '.join(command)}, operation {n}: exit {code}, {said[-600:]!r}, {after}"
                    )
    return Outcome("commands on a full disk", tried, survived, tuple(faults))


def told(command: list[str]) -> tuple[int, str]:
    out, wrong = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(wrong):
        try:
            code = main(command)
        except SystemExit as end:
            code = int(end.code or 0)
        except Exception as error:
            return -1, f"{type(error).__name__}: {error}"
    return code, wrong.getvalue() or out.getvalue()


def read_only() -> Outcome:
    """A colleague's runs, by who may read but not write them, and by who may not even read."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        os.chmod(root, 0o755)
        make_run(root, "iq")
        make_recovery(root / "maze")
        make_run(root, "bc").rename(root / "closed")
        for path in [root, *root.rglob("*")]:
            path.chmod(0o555 if path.is_dir() else 0o444)
        for path in [*(root / "closed").rglob("*"), root / "closed"]:
            path.chmod(0)
        try:
            done = subprocess.run(
                [sys.executable, "-m", "tests.attack.stranger"],
                cwd=ROOT,
                env=os.environ | {"IRL_APP_RUNS": folder},
                capture_output=True,
                text=True,
                timeout=600,
                check=False,
            )
        finally:
            for path in [root, root / "closed", *root.rglob("*")]:
                path.chmod(0o755)
    if done.returncode:
        return Outcome("read-only, somebody else's", 1, 0, (done.stderr[-2_000:],))
    faults = tuple(json.loads(done.stdout))
    return Outcome("read-only, somebody else's", len(STRANGERS), len(STRANGERS) - len(faults), faults)


STRANGERS = (
    (("runs", "list"), 0, ("cartpole-v1-iq-1", "maze", "cannot be read")),
    (("runs", "show", "cartpole-v1-iq-1"), 0, ("cartpole-v1-iq-1",)),
    (("report", "{root}/maze"), 0, ("maze",)),
    (("runs", "show", "closed"), 2, ("cannot be read",)),
    (("runs", "compare", "cartpole-v1-iq-1", "maze"), 0, ("Where they differ",)),
    (("resume", "cartpole-v1-iq-1"), 2, ("Permission denied",)),
    (("runs", "delete", "cartpole-v1-iq-1"), 2, ("Permission denied",)),
    (("train", "CartPole-v1", "--method", "soft-q"), 2, ("Permission denied",)),
    (("export", "{root}/maze", "--out", "{root}/mine.npz"), 2, ("Permission denied",)),
)
"""What a stranger asks for, the exit status, and what is said."""
