"""The wheel holds everything that a computer without this checkout needs, and nothing else."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import requires
from pathlib import Path

import pytest

import irl_app
from irl_app.paths import asset, site_root

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return zipfile.ZipFile(next(out.glob("irl_app-*.whl")))


def tracked(*folders: str) -> set[str]:
    """The repository's files under some folders, as the next commit would hold them."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *folders]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\n")
    return {name for name in listed if name and (ROOT / name).is_file()}


def test_the_wheel_holds_the_code(wheel: zipfile.ZipFile) -> None:
    inside = set(wheel.namelist())
    assert tracked("irl_app", "trainers") - inside == set()


def test_the_wheel_holds_the_site(wheel: zipfile.ZipFile) -> None:
    inside = {n.removeprefix("irl_app/site/") for n in wheel.namelist() if n.startswith("irl_app/site/")}
    expected = tracked("app.py", "pages", "assets", ".streamlit")
    assert {"app.py", ".streamlit/config.toml", "assets/logo.svg"} <= expected
    assert {n for n in inside if "__pycache__" not in n} == expected


def test_the_wheel_holds_nothing_else(wheel: zipfile.ZipFile) -> None:
    tops = {name.split("/")[0] for name in wheel.namelist()}
    assert tops == {"irl_app", "trainers", f"irl_app-{irl_app.__version__}.dist-info"}
    assert [n for n in wheel.namelist() if n.endswith((".pyc", ".ipynb")) or "/tests/" in n] == []


def test_the_wheel_says_what_it_is(wheel: zipfile.ZipFile) -> None:
    info = f"irl_app-{irl_app.__version__}.dist-info"
    metadata = wheel.read(f"{info}/METADATA").decode()
    assert "License-Expression: MIT" in metadata
    assert "Requires-Python: >=3.11" in metadata
    assert "irl-app = irl_app.cli:main" in wheel.read(f"{info}/entry_points.txt").decode()
    assert f"{info}/licenses/LICENSE" in wheel.namelist()


def canonical(requirement: str) -> str:
    return re.split(r"[^A-Za-z0-9._-]", requirement.strip())[0].lower().replace("_", "-").replace(".", "-")


def pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pairs = (line.split("==") for line in lines if line and not line.startswith("#"))
    return {canonical(name): version for name, version in pairs}


def test_constraints_pin_every_direct_dependency() -> None:
    extras = PROJECT["optional-dependencies"]
    direct = [*PROJECT["dependencies"], *extras["test"], *extras["lint"]]
    assert {canonical(r) for r in direct} - set(pins()) == set()
    assert pins()["torch"] == "2.13.0"


def test_constraints_pin_what_the_direct_ones_need() -> None:
    """One step down: what a pinned package needs on every computer is pinned as well."""
    needed = {
        canonical(requirement) for name in pins() for requirement in _requires(name) if ";" not in requirement
    }
    assert needed - set(pins()) == set()


def _requires(name: str) -> list[str]:
    try:
        return requires(name) or []
    except ModuleNotFoundError:  # a pin of the lint extra, where only the test extra is installed
        return []


def test_constraints_name_versions_only() -> None:
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines():
        assert line.startswith("#") or re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][A-Za-z0-9.]*", line), line


def test_assets_are_found_in_a_checkout() -> None:
    assert site_root() == ROOT
    assert asset("logo.svg").read_text(encoding="utf-8").lstrip().startswith("<")
    with pytest.raises(FileNotFoundError, match=r"no-such\.css"):
        asset("no-such.css")


def test_a_fresh_import_is_light() -> None:
    """Naming the package costs nothing: numpy, scipy and the rest come when something is asked of it."""
    code = "import sys, irl_app; sys.exit(bool({'numpy', 'scipy', 'streamlit', 'torch'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=60).returncode == 0
