"""A process beside the server that searches priors by cross-validation.

A request is one line of JSON on standard input: ``{"id": 7, "question": {...}}``, the question as in a link,
or ``{"cancel": 7}``. Replies are lines on standard output: ``{"id", "done", "total"}`` while it works, then
``{"id", "prior"}``, ``{"id", "error"}`` or ``{"id", "cancelled"}``. It ends when its input does.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
from dataclasses import asdict
from typing import Any, TextIO

from irl_app.recovery import recover
from irl_app.ui.lab_state import LabState
from irl_app.ui.questions import expert_of, world_of
from trainers.tabular import Solution


class _Inbox:
    """Requests in order, and which of them nobody wants any more."""

    def __init__(self, source: TextIO) -> None:
        self.requests: queue.Queue[dict[str, Any]] = queue.Queue()
        self._cancelled: set[int] = set()
        threading.Thread(target=self._read, args=(source,), daemon=True).start()

    def _read(self, source: TextIO) -> None:
        for line in source:
            message = json.loads(line)
            if "cancel" in message:
                self._cancelled.add(message["cancel"])
            else:
                self.requests.put(message)
        os._exit(0)  # the server has gone, also if it was killed

    def is_wanted(self, number: int) -> bool:
        """False once request ``number`` was cancelled."""
        return number not in self._cancelled


def _answer(number: int, question: dict[str, str], inbox: _Inbox) -> dict[str, Any]:
    lab, notes = LabState.from_query(question)
    if notes:
        return {"id": number, "error": notes[0]}

    def progress(done: int, total: int, _best: Solution | None) -> bool:
        _send({"id": number, "done": done, "total": total})
        return inbox.is_wanted(number)

    try:
        recovery = recover(world_of(lab), expert_of(lab), lab.config, progress=progress)
    except (ValueError, ArithmeticError) as error:
        return {"id": number, "error": str(error)}
    if not inbox.is_wanted(number):
        return {"id": number, "cancelled": True}
    if recovery.solution.prior is None:
        return {"id": number, "error": f"{recovery.config.method} has no prior to search for"}
    return {"id": number, "prior": asdict(recovery.solution.prior)}


def _send(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Answer requests until standard input ends."""
    inbox = _Inbox(sys.stdin)
    while True:
        request = inbox.requests.get()
        _send(_answer(request["id"], request["question"], inbox))


if __name__ == "__main__":
    main()
