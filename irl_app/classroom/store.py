"""The file of a class. Every call is one transaction that is on the disk when it returns."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Letters of a code: none that is taken for another when it is read from a projector."""
CODE_LENGTH = 4
MAX_NAME, MAX_QUESTION, MAX_WORK = 40, 400, 400_000
"""Characters of a name, of a question, of a student's work."""
MAX_STUDENTS, MAX_EXERCISES, MAX_GAMES = 500, 200, 50
BUSY_SECONDS = 60.0
FORMAT = 1

_TABLES = """
CREATE TABLE class (code TEXT PRIMARY KEY, key_digest TEXT NOT NULL, opened TEXT NOT NULL);
CREATE TABLE exercise (
    code TEXT NOT NULL REFERENCES class(code), number INTEGER NOT NULL, question TEXT NOT NULL, lab TEXT
    NOT NULL,
    kind TEXT NOT NULL, games INTEGER NOT NULL, is_open INTEGER NOT NULL DEFAULT 1,
    is_revealed INTEGER NOT NULL DEFAULT 0, made TEXT NOT NULL, PRIMARY KEY (code, number)
);
CREATE TABLE student (
    code TEXT NOT NULL REFERENCES class(code), name TEXT NOT NULL, pass_digest TEXT NOT NULL UNIQUE,
    joined TEXT NOT NULL, PRIMARY KEY (code, name)
);
CREATE TABLE answer (
    code TEXT NOT NULL, number INTEGER NOT NULL, name TEXT NOT NULL, work TEXT NOT NULL, changed TEXT NOT
    NULL,
    handed_in TEXT, score REAL, PRIMARY KEY (code, number, name),
    FOREIGN KEY (code, number) REFERENCES exercise(code, number),
    FOREIGN KEY (code, name) REFERENCES student(code, name)
);
"""


class ClassroomError(ValueError):
    """Something that a class does not allow; the message is one sentence for people."""


@dataclass(frozen=True)
class Exercise:
    """One exercise.

    Attributes:
        number: from 1, in its class. question: for the students.
        lab: the lab it is about, as the part of its link after "?"; the true reward in it is the teacher's.
        kind: "ask" (an expert shows games from the starts a student chooses, the true reward is hidden) or
            "play" (the student plays the games).
        games: how many each student may use.
        is_open: answers are taken. is_revealed: students see the true reward and their score.
    """

    number: int
    question: str
    lab: str
    kind: str
    games: int
    is_open: bool = True
    is_revealed: bool = False


@dataclass(frozen=True)
class Answer:
    """What a student has done in an exercise.

    Attributes:
        name: who. work: the games, packed by the page. changed: when they last changed, ISO 8601 in UTC.
        handed_in: when, or None while it is being worked on.
        score: the share of what can be gained that a plan with the recovered reward gives away; 0 is best.
    """

    name: str
    work: str
    changed: str
    handed_in: str | None
    score: float | None


@dataclass(frozen=True)
class Student:
    """A student of a class. ``ticket`` is what lets a browser in again; only its digest is in the file."""

    code: str
    name: str
    ticket: str


def class_file() -> Path:
    """The file of this server's classes: the environment variable IRL_APP_CLASS, else ``class.sqlite`` "
    "here."""
    return Path(os.environ.get("IRL_APP_CLASS") or "class.sqlite")


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


class Classroom:
    """The classes in one file; safe among threads and processes, each call with a connection of its own."""

    def __init__(self, path: Path) -> None:
        """Open the file, or make it.

        Raises:
            ClassroomError: it cannot be made, or is no file of classes of this version.
        """
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with self._transaction() as db:
                version = db.execute("PRAGMA user_version").fetchone()[0]
                if version == 0:
                    if db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                        raise ClassroomError(f"{path} is a database of something else: choose another file")
                    for statement in _TABLES.split(";")[:-1]:
                        db.execute(statement)
                    db.execute(f"PRAGMA user_version = {FORMAT}")
                elif version != FORMAT:
                    raise ClassroomError(
                        f"{path} has format {version}, this version reads {FORMAT}: choose another file"
                    )
        except (sqlite3.DatabaseError, OSError) as error:
            raise ClassroomError(
                f"{path} cannot be used for a class ({error}): choose another file"
            ) from error

    @contextmanager
    def _transaction(self, *, reading: bool = False) -> Iterator[sqlite3.Connection]:
        """All or nothing, and on the disk before it returns, so that a killed server has lost nothing.

        Readers wait for nobody; writers wait for each other.
        """
        db = sqlite3.connect(self._path, timeout=BUSY_SECONDS, isolation_level=None)
        try:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = FULL")
            db.execute("PRAGMA foreign_keys = ON")
            db.execute("BEGIN" if reading else "BEGIN IMMEDIATE")
            try:
                yield db
            except BaseException:
                db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")
        finally:
            db.close()

    # ------------------------------------------------------------------ the teacher

    def open_class(self) -> tuple[str, str]:
        """A new class: its code, and the teacher's key, which is told only now."""
        key = secrets.token_urlsafe(18)
        with self._transaction() as db:
            while True:
                code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
                if db.execute("SELECT 1 FROM class WHERE code = ?", (code,)).fetchone() is None:
                    break
            db.execute("INSERT INTO class VALUES (?, ?, ?)", (code, _digest(key), _now()))
        return code, key

    def is_teacher(self, code: str, key: str) -> bool:
        """Whether this is the key of the class."""
        with self._transaction(reading=True) as db:
            row = db.execute("SELECT key_digest FROM class WHERE code = ?", (code,)).fetchone()
        return row is not None and hmac.compare_digest(row[0], _digest(key))

    def add_exercise(self, code: str, question: str, lab: str, kind: str, games: int) -> Exercise:
        """A new exercise of the class, open at once.

        Raises:
            ClassroomError: no such class, an empty or long question, or a value out of range.
        """
        question = " ".join(question.split())
        if not question or len(question) > MAX_QUESTION:
            raise ClassroomError(
                f"a question has 1 to {MAX_QUESTION} characters, this one has {len(question)}"
            )
        if kind not in ("ask", "play"):
            raise ClassroomError(f"an exercise is of kind ask or play, got {kind!r:.20}")
        if not 1 <= games <= MAX_GAMES:
            raise ClassroomError(f"an exercise allows 1 to {MAX_GAMES} games, got {games}")
        with self._transaction() as db:
            self._check_class(db, code)
            number = 1 + db.execute("SELECT count(*) FROM exercise WHERE code = ?", (code,)).fetchone()[0]
            if number > MAX_EXERCISES:
                raise ClassroomError(f"a class has at most {MAX_EXERCISES} exercises: open another class")
            db.execute(
                "INSERT INTO exercise (code, number, question, lab, kind, games, made) VALUES (?, ?, ?, "
                "?, ?, ?, ?)",
                (code, number, question, lab, kind, games, _now()),
            )
        return Exercise(number, question, lab, kind, games)

    def set_exercise(self, code: str, number: int, *, is_open: bool, is_revealed: bool) -> None:
        """Open or close an exercise, show or hide its true reward."""
        with self._transaction() as db:
            db.execute(
                "UPDATE exercise SET is_open = ?, is_revealed = ? WHERE code = ? AND number = ?",
                (is_open, is_revealed, code, number),
            )

    # ------------------------------------------------------------------ everybody

    def exists(self, code: str) -> bool:
        """Whether there is such a class."""
        with self._transaction(reading=True) as db:
            return db.execute("SELECT 1 FROM class WHERE code = ?", (code,)).fetchone() is not None

    def exercises(self, code: str) -> list[Exercise]:
        """The exercises of a class, the first one first."""
        with self._transaction(reading=True) as db:
            rows = db.execute(
                "SELECT number, question, lab, kind, games, is_open, is_revealed FROM exercise WHERE code "
                "= ? "
                "ORDER BY number",
                (code,),
            ).fetchall()
        return [
            Exercise(number, question, lab, kind, games, bool(is_open), bool(is_revealed))
            for number, question, lab, kind, games, is_open, is_revealed in rows
        ]

    def names(self, code: str) -> list[str]:
        """Who has joined, in that order."""
        with self._transaction(reading=True) as db:
            rows = db.execute("SELECT name FROM student WHERE code = ? ORDER BY rowid", (code,)).fetchall()
        return [row[0] for row in rows]

    def answers(self, code: str, number: int) -> list[Answer]:
        """All answers to an exercise, handed in ones by time, then those still worked on."""
        with self._transaction(reading=True) as db:
            rows = db.execute(
                "SELECT name, work, changed, handed_in, score FROM answer WHERE code = ? AND number = ? "
                "ORDER BY handed_in IS NULL, handed_in, rowid",
                (code, number),
            ).fetchall()
        return [Answer(*row) for row in rows]

    # ------------------------------------------------------------------ students

    def join(self, code: str, name: str) -> Student:
        """Take a name in a class.

        Raises:
            ClassroomError: no such class, no usable name, or it is taken.
        """
        name = " ".join(name.split())
        if not name or len(name) > MAX_NAME or not name.isprintable():
            raise ClassroomError(f"a name has 1 to {MAX_NAME} characters: type the one you go by")
        ticket = secrets.token_urlsafe(12)
        with self._transaction() as db:
            self._check_class(db, code)
            names = [row[0] for row in db.execute("SELECT name FROM student WHERE code = ?", (code,))]
            if name.casefold() in (one.casefold() for one in names):
                raise ClassroomError(f"{name} is taken in this class: add a letter of your last name")
            if len(names) >= MAX_STUDENTS:
                raise ClassroomError(f"a class has room for {MAX_STUDENTS} students")
            db.execute("INSERT INTO student VALUES (?, ?, ?, ?)", (code, name, _digest(ticket), _now()))
        return Student(code, name, ticket)

    def student(self, code: str, ticket: str) -> Student | None:
        """Who comes with this ticket; None for a stranger."""
        with self._transaction(reading=True) as db:
            row = db.execute(
                "SELECT name FROM student WHERE code = ? AND pass_digest = ?", (code, _digest(ticket))
            ).fetchone()
        return None if row is None else Student(code, row[0], ticket)

    def answer_of(self, student: Student, number: int) -> Answer | None:
        """What a student has done in an exercise so far."""
        return next((one for one in self.answers(student.code, number) if one.name == student.name), None)

    def keep(self, student: Student, number: int, work: str, *, score: float | None = None) -> None:
        """Keep a student's work; with a score it is handed in.

        Raises:
            ClassroomError: the exercise is closed, or the work too long.
        """
        if len(work) > MAX_WORK:
            raise ClassroomError(
                f"an answer has at most {MAX_WORK} characters, got {len(work)}: use fewer games"
            )
        now = _now()
        with self._transaction() as db:
            row = db.execute(
                "SELECT is_open FROM exercise WHERE code = ? AND number = ?", (student.code, number)
            ).fetchone()
            if row is None or not row[0]:
                raise ClassroomError("this exercise is closed: nothing is handed in any more")
            handed_in = None if score is None else now
            db.execute(
                "INSERT INTO answer VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (code, number, name) DO "
                "UPDATE SET "
                "work = excluded.work, changed = excluded.changed, handed_in = excluded.handed_in, "
                "score = excluded.score",
                (student.code, number, student.name, work, now, handed_in, score),
            )

    @staticmethod
    def _check_class(db: sqlite3.Connection, code: str) -> None:
        if db.execute("SELECT 1 FROM class WHERE code = ?", (code,)).fetchone() is None:
            raise ClassroomError(f"there is no class {code[:12]}: look at the code on the projector again")
