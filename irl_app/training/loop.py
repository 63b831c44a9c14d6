"""The loop of a training run: advance, observe, evaluate, keep; stop when asked, go on where it stopped."""

from __future__ import annotations

import os
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from numpy.typing import ArrayLike

from irl_app.runs import RunError, Schedule, Status, write_status
from irl_app.training.checkpoints import Checkpoint, last_good_checkpoint, save_checkpoint
from irl_app.training.metrics import MetricsFile, cut_metrics
from trainers.learner import Learner

GRACE = 5.0
"""Seconds that a stop waits for the next checkpoint; if it is further, what came after the last is lost."""
STATUS_EVERY = 0.5
"""Seconds between two writings of the status."""


class Trainable(Protocol):
    """What the loop needs of a trainer; ``Trainer`` and ``Committee`` are such.

    It comes to every multiple of its ``checkpoint_every`` exactly, and there cuts its running episodes
    whether or not anybody looks: its state is then whole.
    """

    update: int
    env_steps: int

    @property
    def finished(self) -> bool:
        """Whether all updates are done."""

    def advance(self, n: int) -> None:
        """Do n updates, rounded up to whole rounds."""

    @property
    def learner(self) -> Learner:
        """Those who learn, as they are now."""

    def statistics(self) -> Mapping[str, ArrayLike]:
        """Name -> (K,) since the last call."""

    def state_dict(self) -> tuple[Mapping[str, torch.Tensor], Mapping[str, Any]]:
        """Everything needed to go on."""

    def load_state_dict(self, tensors: Mapping[str, torch.Tensor], about: Mapping[str, Any]) -> None:
        """Go on from there."""


@dataclass(frozen=True)
class Job:
    """One run to be worked on.

    Attributes:
        run: its folder. trainer: fresh.
        evaluate: gives name -> (K,), called every ``schedule.evaluate_every`` updates; it depends on nothing
            but the trainer, and changes nothing in it.
        updates: in all. checkpoint_every: as the trainer's.
        conclude: draws the last evaluation's episodes, when all updates are done or the run was asked to
            stop. A run is done when this is done too: whoever is ended before it does it when it goes on.
    """

    run: Path
    trainer: Trainable
    evaluate: Callable[[], Mapping[str, ArrayLike]]
    schedule: Schedule
    updates: int
    checkpoint_every: int
    conclude: Callable[[], None] | None = None


def train(job: Job, stop: Callable[[], str]) -> Status:
    """Work on a run until it is done or asked to stop, from its last good checkpoint if it has one.

    However often it is killed or stopped in between, the weights at the end and all of ``metrics.jsonl`` but
    its seconds are those of a run that was never interrupted.

    Args:
        stop: why to stop, as the beginning of a sentence ("asked to stop"); "" to go on. Asked between lines.

    Returns:
        The status that was written last, "done" or "stopped".

    Raises:
        RunError: ``metrics.jsonl`` is damaged, or the last good checkpoint is of another configuration.
        OSError: a file cannot be written.
    """
    return _Loop(job).run(stop)


def concluded(conclude: Callable[[], None]) -> str:
    """Draw the episodes; why that went wrong, "" if it did not: the run is still what it is."""
    try:
        conclude()
    except Exception as error:
        return f"its episodes could not be drawn: {in_words(error)}"
    return ""


def in_words(error: Exception) -> str:
    """The sentence of an error of our own; else its kind too, and the traceback in the log."""
    named_here = type(error).__module__.split(".")[0] in ("irl_app", "trainers")
    words = " ".join(str(error).split())
    if isinstance(error, ValueError) and named_here:
        return words
    traceback.print_exc()
    return f"{type(error).__name__}: {words} (more in log.txt)"


class _Loop:
    def __init__(self, job: Job) -> None:
        self._job, self._trainer = job, job.trainer
        self._refused, self._before = self._resume()
        self._kept = self._trainer.update  # where it would go on
        self._start = time.monotonic()
        self._first = self._trainer.update
        self._told = 0.0
        self._evaluated = False

    def run(self, stop: Callable[[], str]) -> Status:
        trainer, schedule = self._trainer, self._job.schedule
        with MetricsFile(self._job.run) as metrics:
            if trainer.update == 0:
                self._observe(metrics, self._evaluation())
            self._tell("running", self._refused)
            while not trainer.finished:
                reason = stop()
                if reason and self._may_stop():
                    return self._stopped(reason)
                before = trainer.update
                trainer.advance(min(schedule.log_every - before % schedule.log_every, self._to_checkpoint()))
                values = dict(trainer.statistics())
                every = schedule.evaluate_every
                if trainer.finished or trainer.update // every > before // every:
                    values |= self._evaluation()
                self._observe(metrics, values)
                if trainer.finished or trainer.update % self._job.checkpoint_every == 0:
                    metrics.sync()
                    self._keep()
                if time.monotonic() - self._told > STATUS_EVERY:
                    self._tell("running", self._refused)
        if self._job.conclude is None:
            return self._tell("done", self._refused)
        if reason := stop():
            return self._tell("stopped", f"{reason} before its episodes were drawn: they are when it goes on")
        self._tell("running", self._refused)
        if not self._evaluated:
            self._evaluation()
        wrong = concluded(self._job.conclude)
        return self._tell("done", "; ".join(filter(None, (self._refused, wrong))))

    def _evaluation(self) -> Mapping[str, ArrayLike]:
        self._evaluated = True
        return self._job.evaluate()

    def _resume(self) -> tuple[str, float]:
        """Go to the newest good checkpoint; a sentence on those refused, and the seconds until then."""
        found, refused = last_good_checkpoint(self._job.run)
        words = "; ".join(refused)
        if found is not None:
            try:
                self._trainer.load_state_dict(found.tensors, found.state)
            except ValueError as error:
                raise RunError(f"the checkpoint at update {found.update} does not fit: {error}") from error
        cut_metrics(self._job.run, -1 if found is None else found.update)
        if words:
            words += f": went on from {'the beginning' if found is None else f'update {found.update}'}"
        return words, 0.0 if found is None else found.seconds

    @property
    def _seconds(self) -> float:
        return self._before + time.monotonic() - self._start

    def _to_checkpoint(self) -> int:
        every = self._job.checkpoint_every
        return every - self._trainer.update % every

    def _observe(self, metrics: MetricsFile, values: Mapping[str, ArrayLike]) -> None:
        metrics.append(self._trainer.update, self._trainer.env_steps, self._seconds, values)

    def _keep(self) -> None:
        trainer = self._trainer
        tensors, state = trainer.state_dict()
        checkpoint = Checkpoint(trainer.update, trainer.env_steps, self._seconds, tensors, state)
        save_checkpoint(self._job.run, checkpoint, kept=self._job.schedule.kept)
        self._kept = trainer.update

    def _may_stop(self) -> bool:
        """Whether nothing is lost by stopping here, or the next checkpoint is too far away."""
        done = self._trainer.update - self._first
        if self._trainer.update == self._kept or not done:
            return True
        left = min(self._to_checkpoint(), self._job.updates - self._trainer.update)
        return left * (time.monotonic() - self._start) / done > GRACE

    def _stopped(self, reason: str) -> Status:
        where = f"it goes on from update {self._kept:,}" if self._kept else "it starts anew"
        return self._tell("stopped", f"{reason} at update {self._trainer.update:,}: {where} when resumed")

    def _tell(self, state: str, message: str) -> Status:
        pid = os.getpid() if state == "running" else 0
        status = Status(state, self._trainer.update, self._job.updates, message, pid)
        write_status(self._job.run, status)
        self._told = time.monotonic()
        return status
