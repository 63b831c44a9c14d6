"""A run as its folder tells: what was asked, how far it is, what was found, and where its files are."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from irl_app.runs.config import RunConfig, read_config
from irl_app.runs.findings import RunFindings, read_findings
from irl_app.runs.format import RunError
from irl_app.runs.note import Note, read_note
from irl_app.runs.status import Status, read_status

GRID_LENSES = ("state", "deshaped", "marginal", "transition", "true")
MAZE_LENSES = ("state", "true")


@dataclass(frozen=True)
class Run:
    """A run as its small files tell; the larger ones are read only when asked for.

    Attributes:
        folder: where it is. name: the folder as seen from the list's root, with forward slashes.
        config: what was asked for. status: how far it is.
        findings: None where nothing was recovered, or nobody has judged it yet.
        note: what somebody calls it, and its tags.
    """

    folder: Path
    name: str
    config: RunConfig = field(hash=False)
    status: Status
    findings: RunFindings | None = field(default=None, hash=False)
    note: Note = field(default_factory=Note)

    @property
    def lenses(self) -> tuple[str, ...]:
        """The lenses through which its reward is kept, the recommended one first."""
        if not self.config.is_training:
            return MAZE_LENSES if self.config.is_maze else GRID_LENSES
        judged = [] if self.findings is None else self.findings.agents.get("agreement", ())
        return tuple(dict.fromkeys(row["reward"] for row in judged))

    def reward_file(self, lens: str | None = None, seed: int | None = None) -> Path:
        """The file of a seed's reward seen through one of its lenses; None for the first of either.

        Raises:
            RunError: there is no such lens or seed, or its file is missing.
        """
        if not self.lenses:
            raise RunError(f"{self.folder} has no judged reward yet: irl-app recover --run {self.folder}")
        lens = self.lenses[0] if lens is None else lens
        if lens not in self.lenses:
            raise RunError(f"unknown lens {lens!r}: choose one of {', '.join(self.lenses)}")
        return self._file(reward_name(lens, self._seed(seed), self.config))

    def report_file(self, seed: int | None = None) -> Path:
        """The HTML report of a seed, None for the first.

        Raises:
            RunError: it is missing, or networks were trained.
        """
        if self.config.is_training or self.config.is_maze:
            raise RunError(f"{self.folder} is of no grid: only recoveries in grids have a report in HTML")
        return self._file(f"report-seed-{self._seed(seed)}.html")

    def demonstrations_file(self, seed: int | None = None) -> Path:
        """The demonstrations of a seed as JSON, of a maze as the folder of a dataset; None for the first.

        Raises:
            RunError: the run learned from the exact occupancy, so there are none; or networks were trained.
        """
        if self.config.is_training:
            raise RunError(
                f"{self.folder} trained networks: its demonstrations stay in the dataset they came from"
            )
        if (self.config.demonstrations or {}).get("episodes") == "exact":
            raise RunError(
                f"{self.folder} learned from the expert's exact occupancy: it has no demonstrations"
            )
        suffix = "-v0" if self.config.is_maze else ".json"
        return self._file(f"demonstrations-seed-{self._seed(seed)}{suffix}")

    def _seed(self, seed: int | None) -> int:
        seeds = self.config.seeds
        if seed is not None and seed not in seeds:
            raise RunError(f"{self.folder} has no seed {seed}, it has {', '.join(map(str, seeds))}")
        return seeds[0] if seed is None else seed

    def _file(self, name: str) -> Path:
        path = self.folder / name
        if not path.exists():
            raise RunError(f"{path} is missing: the run is damaged, run it again")
        return path


def reward_name(lens: str, seed: int, config: RunConfig) -> str:
    """The name of a reward's file in the folder of a run that was asked for this."""
    return f"reward-{lens}-seed-{seed}.{'safetensors' if config.is_training else 'npz'}"


def read_run(folder: Path, name: str | None = None) -> Run:
    """What a run's folder says about itself.

    Args:
        folder: where it is. name: to call it; None for the folder's own.

    Raises:
        RunError: there is no run, it is of another version, or one of its files is damaged.
    """
    config, status, findings = read_config(folder), read_status(folder), read_findings(folder)
    if findings is None and not config.is_training:
        raise RunError(f"{folder} is damaged: it has no findings.json, run it again")
    return Run(folder, folder.name if name is None else name, config, status, findings, read_note(folder))
