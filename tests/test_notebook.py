"""The notebook with the five lines, cell by cell as a kernel runs it, and what each cell shows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

NOTEBOOK = Path(__file__).with_name("five_lines.ipynb")


def test_the_five_lines_run_in_a_notebook_and_show_a_card(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    shell = InteractiveShell(config=Config(HistoryManager={"enabled": False}))
    cards = 0
    for cell in json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] != "code":
            continue
        done = shell.run_cell("".join(cell["source"]))
        done.raise_error()
        if done.result is None:
            continue
        shown, _ = shell.display_formatter.format(done.result)
        assert len(shown["text/plain"].splitlines()) <= 10
        cards += "<table" in shown.get("text/html", "")
    assert cards == 6  # of four reports, one finding and the demonstrations
