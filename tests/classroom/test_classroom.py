"""A class in a file: nothing is lost, nobody speaks for another, and a closed exercise stays closed."""

from __future__ import annotations

import csv
import io
import os
import signal
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from irl_app.classroom import Answer, Classroom, ClassroomError, board_csv, middle

LAB = "preset=open&size=5&method=iq"


@pytest.fixture
def room(tmp_path: Path) -> Classroom:
    return Classroom(tmp_path / "class.sqlite")


def test_a_class_is_opened_and_only_its_key_opens_it_again(room: Classroom, tmp_path: Path) -> None:
    code, key = room.open_class()
    assert len(code) == 4
    assert not set("01IO") & set(code)
    assert room.is_teacher(code, key)
    assert not room.is_teacher(code, "something else")
    assert not room.is_teacher("ZZZZZ", key)
    assert key.encode() not in b"".join(path.read_bytes() for path in tmp_path.iterdir())


def test_names_are_taken_once_and_a_ticket_brings_them_back(room: Classroom) -> None:
    code, _ = room.open_class()
    ada = room.join(code, "  Ada   L ")
    assert ada.name == "Ada L"
    with pytest.raises(ClassroomError, match="taken"):
        room.join(code, "ada l")
    with pytest.raises(ClassroomError, match="no class"):
        room.join("ZZZZZ", "Ben")
    for bad in ("", " ", "x" * 41, "a\x00b"):
        with pytest.raises(ClassroomError):
            room.join(code, bad)
    assert room.student(code, ada.ticket) == ada
    assert room.student(code, "guess") is None
    other, _ = room.open_class()
    assert room.student(other, ada.ticket) is None


def test_work_is_kept_handed_in_and_closed(room: Classroom) -> None:
    code, _ = room.open_class()
    exercise = room.add_exercise(code, "Where is the swamp?", LAB, "ask", 6)
    assert exercise.number == 1
    ada = room.join(code, "Ada")
    room.keep(ada, 1, "draft")
    kept = room.answer_of(ada, 1)
    assert kept is not None
    assert (kept.work, kept.handed_in, kept.score) == ("draft", None, None)
    room.keep(ada, 1, "final", score=0.02)
    handed = room.answer_of(ada, 1)
    assert handed is not None
    assert (handed.work, handed.score) == ("final", 0.02)
    assert handed.handed_in
    room.set_exercise(code, 1, is_open=False, is_revealed=True)
    (closed,) = room.exercises(code)
    assert (closed.is_open, closed.is_revealed) == (False, True)
    with pytest.raises(ClassroomError, match="closed"):
        room.keep(ada, 1, "later", score=0.0)
    assert room.answer_of(ada, 1) == handed


@pytest.mark.parametrize(
    ("question", "kind", "games"),
    [("", "ask", 3), ("x" * 401, "ask", 3), ("q", "guess", 3), ("q", "play", 0)],
)
def test_an_exercise_that_cannot_be_is_refused(room: Classroom, question: str, kind: str, games: int) -> None:
    code, _ = room.open_class()
    with pytest.raises(ClassroomError):
        room.add_exercise(code, question, LAB, kind, games)
    assert room.exercises(code) == []


def test_thirty_students_hand_in_at_once(room: Classroom) -> None:
    code, _ = room.open_class()
    room.add_exercise(code, "Go", LAB, "play", 3)

    def take_part(number: int) -> None:
        student = room.join(code, f"Student {number}")
        room.keep(student, 1, f"draft {number}")
        room.keep(student, 1, f"work {number}", score=number / 100)

    with ThreadPoolExecutor(30) as threads:
        list(threads.map(take_part, range(30)))
    answers = room.answers(code, 1)
    assert {(one.name, one.work) for one in answers} == {(f"Student {n}", f"work {n}") for n in range(30)}
    assert middle(answers) == pytest.approx(0.145)


def test_what_was_kept_survives_a_kill(tmp_path: Path) -> None:
    """A process writes and is killed with no chance to tidy up; whatever it had confirmed is there."""
    path = tmp_path / "class.sqlite"
    code, _ = Classroom(path).open_class()
    Classroom(path).add_exercise(code, "Go", LAB, "play", 3)
    script = (
        "import sys\nfrom pathlib import Path\nfrom irl_app.classroom import Classroom\n"
        "room = Classroom(Path(sys.argv[1]))\nn = 0\n"
        "while True:\n"
        "    student = room.join(sys.argv[2], f'S{n}')\n"
        "    room.keep(student, 1, f'work {n}', score=n / 1000)\n"
        "    print(n, flush=True)\n    n += 1\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(path), code], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    confirmed = -1
    for line in process.stdout:
        confirmed = int(line)
        if confirmed >= 20:
            break
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    kept = {one.work for one in Classroom(path).answers(code, 1)}
    assert {f"work {n}" for n in range(confirmed + 1)} <= kept
    assert sqlite3.connect(path).execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_file_of_something_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("these are my notes " * 100)
    with pytest.raises(ClassroomError, match="cannot be used"):
        Classroom(text)
    assert text.read_text().startswith("these are my notes")
    other = tmp_path / "other.sqlite"
    with sqlite3.connect(other) as db:
        db.execute("CREATE TABLE mine (a)")
    with pytest.raises(ClassroomError, match="something else"):
        Classroom(other)


def test_the_table_is_read_by_spreadsheets_and_runs_no_formula() -> None:
    answers = [
        Answer("Ada, B", "xx", "t", "2026-01-01T10:00:00+00:00", 0.0123456789),
        Answer("=1+1", "yyy", "t", "2026-01-01T10:00:01+00:00", 0.5),
        Answer("Still at it", "z", "t", None, None),
    ]
    rows = list(csv.reader(io.StringIO(board_csv(answers, lambda work: (len(work), 10 * len(work))))))
    assert rows[0] == ["name", "handed_in_utc", "games", "moves", "gives_away"]
    assert rows[1] == ["Ada, B", "2026-01-01T10:00:00+00:00", "2", "20", "0.0123457"]
    assert rows[2][0] == "'=1+1"
    assert len(rows) == 3
