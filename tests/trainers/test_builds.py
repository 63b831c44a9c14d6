"""Half-built libraries of a process that was killed are nobody else's; what is whole is built once."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from trainers.deep.builds import ABANDONED, FORGOTTEN, OWN, VARIABLE, Builds

WORK = """
import torch
from trainers.deep.builds import compiled
compiled(torch.sin, {})(torch.zeros(8))
"""
ENDED = """#!/bin/sh
case "$*" in
*.so*)
    printf half > "$(echo "$*" | sed 's/.* -o \\([^ ]*\\).*/\\1/')"
    kill -9 $PPID
    sleep 60 ;;
*) exec g++ "$@" ;;
esac
"""
"""A compiler that is in the middle of a library when the process that called it is ended."""


@pytest.mark.skipif(os.name != "posix" or shutil.which("g++") is None, reason="signals, and a compiler")
def test_a_process_ended_in_the_middle_of_a_library_leaves_none_of_it_to_others(tmp_path: Path) -> None:
    (tmp_path / "ended").write_text(ENDED)
    (tmp_path / "ended").chmod(0o755)
    shared = tmp_path / "shared"
    given = {VARIABLE: str(shared), "CXX": str(tmp_path / "ended"), "TORCHINDUCTOR_COMPILE_THREADS": "1"}
    ended = subprocess.run([sys.executable, "-c", WORK], env=os.environ | given, check=False)
    assert ended.returncode == -9
    (half,) = shared.rglob("*.so")
    assert half.read_text() == "half"
    assert half.relative_to(shared).parts[0].startswith(OWN)
    assert not list(Builds(shared).own.rglob("*.so"))


def test_builds_are_shared_once_they_are_whole_and_forgotten_when_they_are_old(tmp_path: Path) -> None:
    one, other = Builds(tmp_path), Builds(tmp_path)
    for name in ("ab/whole.so", "locks/whole.lock", "ab/.1.tmp"):
        (one.own / name).parent.mkdir(exist_ok=True)
        (one.own / name).write_text("whole")
    one.share()
    (one.own / "ab" / "half.so").write_text("hal")
    third = Builds(tmp_path)
    assert [path.name for path in third.own.rglob("*.*")] == ["whole.so"]
    (other.own / "ab").mkdir()
    (other.own / "ab" / "whole.so").write_text("built twice at the same time")
    other.share()
    assert (tmp_path / "ab" / "whole.so").read_text() == "whole"
    one.remove()
    third.remove()
    assert [path.name for path in tmp_path.iterdir() if path.name[0] == "."] == [other.own.name]
    long_ago = time.time() - max(ABANDONED, FORGOTTEN) - 1.0
    os.utime(other.own, (long_ago, long_ago))
    os.utime(tmp_path / "ab" / "whole.so", (long_ago, long_ago))
    assert list(Builds(tmp_path).own.iterdir()) == []
    assert not other.own.exists()
    assert not (tmp_path / "ab" / "whole.so").exists()
