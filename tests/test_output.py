"""What commands print reaches every terminal: characters that it lacks are written in letters."""

from __future__ import annotations

import io
import subprocess
import sys

import pytest

from irl_app.cli.console import PLAIN, write_plainly_where_needed


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1", "cp437"])
def test_text_that_an_encoding_lacks_is_readable(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding))
    write_plainly_where_needed()
    print("−0.5 ± 0.1, γ → 1, naïve “é” 漢", flush=True)
    said = raw.getvalue().decode(encoding)
    assert said.startswith("-0.5 ")
    assert "gamma -> 1, na" in said.replace("γ", "gamma")
    assert said.rstrip().endswith("?")


def test_what_stands_for_a_character_is_ascii() -> None:
    assert all(len(one) == 1 and text.isascii() for one, text in PLAIN.items())


def test_a_command_ends_well_on_a_terminal_without_unicode() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "irl_app.cli", "recover", "gridworld/open", "--size", "4", "--demos", "3"],
        env={"PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.decode("ascii")
