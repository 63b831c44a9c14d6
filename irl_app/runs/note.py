"""What somebody calls a run, and the tags they gave it: its ``note.json``, which nothing else depends on."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from irl_app.files import write_whole
from irl_app.reading import MissingError, read_fields, reading
from irl_app.runs.format import RunError

NAME = "note.json"
MOST_NAME, MOST_TAGS, MOST_TAG = 80, 8, 24
"""Characters of a name, tags of a run, and characters of a tag."""
MAX_BYTES = 10_000


@dataclass(frozen=True)
class Note:
    """What people know a run by.

    Attributes:
        called: its name, "" where nobody gave it one. tags: each once, in the order in which they were given.

    Raises:
        RunError: a text is too long, empty or has signs that cannot be seen; there are too many tags, or one
            twice.
    """

    called: str = ""
    tags: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _check(self.called, "a run's name", 0, MOST_NAME)
        for tag in self.tags:
            _check(tag, "a tag", 1, MOST_TAG)
        if len(self.tags) > MOST_TAGS or len(set(self.tags)) < len(self.tags):
            raise RunError(
                f"a run has at most {MOST_TAGS} tags, each once, got {len(self.tags)}: leave some out"
            )


def read_note(run: Path) -> Note:
    """What somebody calls a run; an empty note where nobody has named it.

    Raises:
        RunError: ``note.json`` is damaged.
    """
    path = f"{run}/{NAME}"
    with reading(path, RunError, "delete it, nothing else is lost"):
        try:
            found = read_fields(path, MAX_BYTES)
        except MissingError:
            return Note()
        return Note(found.text("called"), found.texts("tags"))


def write_note(run: Path, note: Note) -> None:
    """Replace what a run is called.

    Raises:
        OSError: it cannot be written.
    """
    write_whole(run / NAME, json.dumps(asdict(note), ensure_ascii=False) + "\n")


def _check(text: str, what: str, least: int, most: int) -> None:
    if not least <= len(text) <= most or text != text.strip() or not text.isprintable():
        raise RunError(
            f"{what} is a line of {least} to {most} characters, got {text[:40]!r} of {len(text)}: shorten it"
        )
