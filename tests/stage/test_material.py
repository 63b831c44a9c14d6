"""A stage folder comes back as it was written, or says what is wrong with it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from irl_app.stage import MaterialError, read_material, stage_folders, write_material
from tests.stage.examples import FIGURES, episode, material


def test_a_folder_comes_back(tmp_path: Path) -> None:
    made = material()
    back = read_material(write_material(made, tmp_path / "hopper"))
    assert (back.task, back.title, back.command) == (made.task, made.title, made.command)
    assert back.figures == FIGURES
    assert (len(back.expert), len(back.learner), back.learner.terminated) == (60, 30, True)


def test_folders_are_found_by_themselves_and_in_runs(tmp_path: Path) -> None:
    for name in ("hopper", "run-1/stage", "kept/run-2/stage"):
        write_material(material(), tmp_path / name)
    (tmp_path / "other").mkdir()
    found = [folder.relative_to(tmp_path).as_posix() for folder in stage_folders(tmp_path)]
    assert found == ["hopper", "kept/run-2/stage", "run-1/stage"]
    assert stage_folders(tmp_path / "none") == []


@pytest.mark.parametrize(
    ("figures", "said"),
    [
        ({"imitation": {}}, r"imitation\.value must be a finite number, got None"),
        ({"imitation": {"value": float("nan")}}, r"imitation\.value must be a finite"),
        ({"steps": {"value": 0.5, "length": "long"}}, r"steps\.length must be a finite"),
        ({"steps": {"value": 0.5, "length": 0.1, "low": "0"}}, r"steps\.low must be a finite"),
        ({"agents": {"steps": 1, "count": 1, "rows": [{"reward": "true"}]}}, r"agents\.true\.value"),
        ({"returns": {"expert": None}}, r"returns\.expert"),
    ],
)
def test_figures_are_numbers_with_what_belongs_to_them(figures: dict[str, Any], said: str) -> None:
    with pytest.raises(MaterialError, match=said):
        material(figures=figures)


@pytest.mark.parametrize(
    ("about", "said"),
    [
        ("{", "is damaged: it is not JSON"),
        ("[]", "holds no object"),
        ({"format": "else"}, "is not of a stage folder"),
        ({"version": 7}, "is of format 7, this irl-app reads 1: make it again"),
        ({"task": None, "figures": 3}, "is damaged: task must be a text"),
    ],
)
def test_a_damaged_description_is_one_sentence(tmp_path: Path, about: Any, said: str) -> None:
    folder = write_material(material(), tmp_path / "hopper")
    path = folder / "about.json"
    path.write_text(about if isinstance(about, str) else json.dumps(json.loads(path.read_text()) | about))
    with pytest.raises(MaterialError, match=said):
        read_material(folder)


def test_a_missing_recording_is_one_sentence(tmp_path: Path) -> None:
    folder = write_material(material(learner=episode(5)), tmp_path / "hopper")
    (folder / "learner.npz").unlink()
    with pytest.raises(MaterialError, match=r"learner\.npz is missing"):
        read_material(folder)
