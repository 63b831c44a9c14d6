"""Install the wheel in an empty environment, go elsewhere and use it: ``make wheel-check``.

Kept out of the test run because it installs every dependency again.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 180.0  # seconds until the server must answer


def main() -> None:
    """Build, install, then recover, export, load back and serve, all from an empty folder."""
    with tempfile.TemporaryDirectory() as folder:
        away = Path(folder)
        say("building the wheel")
        run(
            sys.executable,
            "-m",
            "build",
            "--wheel",
            "--no-isolation",
            "--outdir",
            str(away),
            str(ROOT),
            cwd=ROOT,
        )
        say("installing it in an empty environment")
        venv.create(away / "env", with_pip=True)
        scripts = away / "env" / ("Scripts" if os.name == "nt" else "bin")
        python, command = str(scripts / "python"), str(scripts / "irl-app")
        wheel = str(next(away.glob("*.whl")))
        constraints = str(ROOT / "constraints.txt")
        run(
            python,
            "-m",
            "pip",
            "install",
            "-q",
            "--disable-pip-version-check",
            "-c",
            constraints,
            wheel,
            cwd=away,
        )
        say("using it there")
        check_recovery(python, command, away)
        check_own_data(python, command, away)
        check_server(command, away)
        say("the wheel works on its own")


def check_recovery(python: str, command: str, away: Path) -> None:
    """A reward is learned, kept, exported and loaded back."""
    out = run(command, "recover", "gridworld/goal", "--demos", "10", "--out", "kept", "--json", cwd=away)
    assert json.loads(out)["metrics"]["pearson_state"]["mean"] > 0.5, out
    run(command, "export", "kept", "--lens", "state", "--out", "reward.npz", cwd=away)
    code = (
        "import sys, numpy as np, irl_app; "
        "assert 'site-packages' in irl_app.__file__ and 'torch' not in sys.modules; "
        "one = np.ones(1, dtype=int); "
        "print(irl_app.load_reward('reward.npz')(one, one, one, one == 0))"
    )
    run(python, "-c", code, cwd=away)


CLIMBER = """
import gymnasium, numpy
names = ("obs", "action", "next_obs", "reward", "terminated", "truncated", "episode")
rows, env = {name: [] for name in names}, gymnasium.make("MountainCar-v0")
for episode in range(12):
    (obs, _), done = env.reset(seed=episode), False
    while not done:
        action = 2 if obs[1] >= 0 else 0  # pushes the way it moves
        after, reward, terminated, truncated, _ = env.step(action)
        for name, value in zip(names, (obs, action, after, reward, terminated, truncated, episode)):
            rows[name].append(value)
        obs, done = after, terminated or truncated
numpy.savez("mc.npz", **{name: numpy.array(values) for name, values in rows.items()})
"""
TAKEN = """
import gymnasium, irl_app, numpy
env = irl_app.RewardWrapper(gymnasium.make("MountainCar-v0"), irl_app.load_reward("mc.reward"))
policy, (obs, _), ended = irl_app.load_policy("mc.policy"), env.reset(seed=0), False
while not ended:
    obs, paid, ended, cut, _ = env.step(policy.predict(obs)[0])
    assert numpy.isfinite(paid) and not cut
"""


def check_own_data(python: str, command: str, away: Path) -> None:
    """Arrays of an environment that nobody described, in a folder that holds a `trainers` of its own."""
    (away / "trainers").mkdir()
    (away / "trainers" / "__init__.py").write_text("raise SystemExit('the wrong trainers')")
    run(python, "-c", CLIMBER, cwd=away)
    asked = ("--from", "mc.npz", "--demos", "10", "--seeds", "0-2", "--no-trained-on", "--json")
    out = run(command, "recover", "MountainCar-v0", *asked, "--out", "mc", cwd=away)
    assert json.loads(out)["metrics"]["imitation"]["mean"] >= 0.9, out
    run(command, "export", "mc", "--out", "mc.reward", "--policy", "mc.policy", cwd=away)
    run(python, "-c", TAKEN, cwd=away)


def check_server(command: str, away: Path) -> None:
    """The app answers, with its pages and assets, on this computer only."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen([command, "app", "--port", str(port)], cwd=away, env=clean_environment())
    try:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2) as answer:
                    assert answer.status == 200
                break
            except OSError:  # refused, reset, or too busy to answer
                assert server.poll() is None, "the server ended"
                assert time.monotonic() < deadline, "the server does not answer"
                time.sleep(0.2)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/lab", timeout=60) as answer:
            assert b"<html" in answer.read()
    finally:
        server.terminate()
        server.wait(timeout=20)


def run(*command: str, cwd: Path) -> str:
    """Run a command with nothing of this checkout in its environment; its output, or its error and exit."""
    done = subprocess.run(command, cwd=cwd, env=clean_environment(), capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
    return done.stdout


def clean_environment() -> dict[str, str]:
    """This environment without what would lead a Python back into the checkout."""
    return {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV", "PYTHONHOME")}


def say(what: str) -> None:
    """Tell what is under way."""
    print(f"wheel-check: {what}", flush=True)


if __name__ == "__main__":
    main()
