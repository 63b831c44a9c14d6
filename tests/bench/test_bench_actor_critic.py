"""The ways that are timed do the same work, and the command prints all of them."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from irl_app.bench import sqil
from irl_app.bench.actor_critic import matrix_products, ours, plain_loop, steps
from irl_app.cli import main


def test_every_way_runs() -> None:
    for run in (plain_loop(), ours(compiled=False), matrix_products()):
        run(2)
    assert steps().obs_shape == (17,)


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a script")
def test_the_command_prints_every_way_that_needs_no_compiler(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.write_text(f"#!{sys.executable}\nprint(50.0)\n")  # theirs is not installed here
    python.chmod(0o755)
    (tmp_path / "built.txt").write_text("\n".join(sqil._requirements()), encoding="utf-8")
    asked = ["--updates", "4", "--repeats", "1", "--eager", "--sb3", "--env", str(tmp_path)]
    main(["bench", "actor-critic", *asked, "--json"])
    speeds = json.loads(capsys.readouterr().out)["speeds"]
    names = ["plain eager loop", "this trainer, eager", "matrix products alone", "stable-baselines3"]
    assert [speed["name"] for speed in speeds] == names
    assert all(speed["updates_per_second"] > 0 for speed in speeds)
    assert speeds[-1]["ratio"] == pytest.approx(50.0 / speeds[0]["updates_per_second"])
    main(["bench", "actor-critic", *asked])
    assert "of what the products alone allow" in capsys.readouterr().out
