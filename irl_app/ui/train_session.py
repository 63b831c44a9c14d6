"""The Train page of one browser session: what is asked for, which run is shown, what has to be said."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import streamlit as st

from irl_app.runs import Note, RunConfig, RunError, find_run, read_config, read_run, runs_root
from irl_app.tasks import TaskError
from irl_app.ui import training_jobs
from irl_app.ui.run_lists import forget_lists
from irl_app.ui.train_choice import Form, form_of, sources_for
from irl_app.ui.visitors import visitor

TRAIN, QUERY = "train", "run"


@dataclass
class TrainSession:
    """What one visitor's Train page remembers between two runs of the page.

    Attributes:
        form: what is asked for. run: id of the run that is shown, "" for none.
        owner: names the visitor to the queue.
        problem: why the last wish could not be fulfilled, until the next one.
        said: the problem as the page shows it.
        chosen: ids of the runs to be compared.
        comparing: of those whose Compare page was just asked for.
    """

    form: Form = field(default_factory=Form)
    run: str = ""
    owner: str = field(default_factory=visitor)
    problem: str = ""
    said: str = ""
    chosen: set[str] = field(default_factory=set)
    comparing: frozenset[str] = frozenset()

    def tick(self, run: str, chosen: bool) -> None:
        """A run was chosen for a comparison, or no longer is."""
        (self.chosen.add if chosen else self.chosen.discard)(run)

    @property
    def folder(self) -> Path | None:
        """The folder of the run that is shown; None, and a sentence, if it is not there or trains nothing."""
        if not self.run:
            return None
        try:
            folder = find_run(self.run, runs_root())
        except RunError:
            self.problem = f"There is no run {self.run[:60]!r} in {runs_root().resolve()}."
            self.run = ""
            return None
        with suppress(RunError):  # a damaged one is shown, and says so
            if not read_config(folder).is_training:
                self.problem = f"{self.run} recovered the reward of a grid: see it on the Compare page."
                self.run = ""
                return None
        return folder

    def show(self, run: str) -> None:
        """Show another run; the address bar names it."""
        self.run, self.problem = run, ""

    def compare(self, runs: set[str]) -> None:
        """Ask for the Compare page: no click is lost to a part that is just being drawn again."""
        self.comparing = frozenset(runs)

    def go_to_compare(self, page: str) -> None:
        """Go there if it was asked for."""
        if self.comparing:
            runs, self.comparing = sorted(self.comparing), frozenset()
            st.switch_page(page, query_params={"runs": runs})

    def change(self, **changes: Any) -> None:
        """Change the form."""
        self.form, self.problem = replace(self.form, **changes), ""

    def choose(self, **choice: str) -> None:
        """Change the form's task or method."""
        self.form, self.problem = self.form.with_choice(**choice), ""

    def start(self) -> None:
        """Start what is asked for and show it; the form is kept, whatever happens."""

        self._start(lambda: self.form.request())

    def start_on(self, config: RunConfig) -> None:
        """Start another run than the form's, and show it."""
        self._start(lambda: config)

    def name(self, run: Path, called: str, tags: Sequence[str]) -> None:
        """Have a run called something else, and tagged."""
        self._try(
            "It cannot be called that", lambda: training_jobs.name(run, Note(called.strip(), tuple(tags)))
        )

    def delete(self, run: Path) -> None:
        """Delete a run; if it is the one that is shown, none is."""

        def deleted() -> None:
            training_jobs.delete(run)
            self.chosen.discard(run.name)
            self.run = "" if self.run == run.name else self.run

        self._try("It cannot be deleted", deleted)

    def resume(self, run: Path) -> None:
        """Let a run go on."""
        self._try("It cannot go on", lambda: training_jobs.resume(run, self.owner))

    def stop(self, run: Path) -> None:
        """Ask a run to stop."""
        self._try("It cannot be stopped", lambda: training_jobs.stop(run))

    def end(self, run: Path) -> None:
        """End the process of a run that does not stop."""
        self._try("It cannot be ended", lambda: training_jobs.end(run))

    def resume_all(self, runs: Sequence[Path]) -> None:
        """Let all these runs go on."""
        for run in runs:
            self.resume(run)
            if self.problem:
                return

    def ask_like(self, run: Path) -> None:
        """Fill the form as it was when this run was started."""

        def filled() -> None:
            self.form = form_of(read_run(run).config)

        self._try("Its settings cannot be taken over", filled)

    def _start(self, asked: Callable[[], RunConfig]) -> None:
        self._try(
            "This cannot be started",
            lambda: self.show(training_jobs.start(asked(), self.owner, runs_root()).name),
        )

    def _try(self, refused: str, wish: Callable[[], None]) -> None:
        self.problem = ""
        try:
            wish()
        except (TaskError, RunError) as error:
            self.problem = f"{refused}: {error}."
        except OSError as error:
            self.problem = f"{refused}: the runs' folder cannot be written ({error.strerror})."
        finally:
            forget_lists()


def train_session() -> TrainSession:
    """This visitor's page: the run of the link or the one seen last, the form as for that run."""
    asked = st.query_params.get(QUERY)
    if TRAIN not in st.session_state:
        st.session_state[TRAIN] = _new_session(asked or "")
    session: TrainSession = st.session_state[TRAIN]
    if asked and asked != session.run and asked != st.session_state.get("train-linked"):
        session.show(asked)
    return session


def write_link(session: TrainSession) -> None:
    """Have the address bar name the run that is shown."""
    st.session_state["train-linked"] = session.run
    if session.run and st.query_params.get(QUERY) != session.run:
        st.query_params[QUERY] = session.run
    elif not session.run and QUERY in st.query_params:
        del st.query_params[QUERY]


def _new_session(run: str) -> TrainSession:
    session = TrainSession(_first_form(), run)
    if (folder := session.folder) is not None:
        session.ask_like(folder)
        session.problem = ""  # nobody asked for the settings
    return session


def _first_form() -> Form:
    """The first task with its first method that can be started here."""
    form = Form()
    sources = list(sources_for(form.about))
    return replace(form, source=sources[0]) if sources else replace(form, method="soft-q")
