"""A run's folder: what was asked, how far it is, what was found, everything needed to use it.

config.json     what was asked for, and the version of the format (format.py, config.py)
status.json     how far it is (status.py)
findings.json   what was found: figures over seeds with intervals, verdict, warnings (findings.py)
note.json       what somebody calls it, and its tags; missing where nobody has named it (note.py)

A recovery in a grid is written whole, when it is done; a file a seed S:

reward-LENS-seed-S.npz       the reward, one file a lens, "true" among them
map-seed-S.txt               the world
demonstrations-seed-S.json   what was learned from; missing when it was the expert's exact occupancy
report-seed-S.html           the report, self-contained

and one in a point maze, whose demonstrations are a Minari dataset, demonstrations-seed-S-v0.

A training goes on in its folder, which irl_app.training writes:

metrics.jsonl                    its curves
checkpoints/                     everything needed to go on, the newest few
demonstrations.safetensors       what it learns from, its own copy; its SHA-256 is in demonstrations.sha256
maps.safetensors                 of grids: its Q-values in a few fixed layouts
slices.safetensors               of control tasks: value and reward over two state variables
rewards.safetensors              recovered beside true rewards of whole episodes
rollouts/                        episodes to look at, when it ends
replay/                          the learners' own steps, append-only; a checkpoint says how many count
reward-LENS-seed-S.safetensors   the rewards that were judged
log.txt                          what the worker printed
.owner.lock, .worker.lock        held by the process that queued it, and by the one that trains
STOP                             its presence asks the worker to stop
"""

from irl_app.runs.config import (
    MAX_LEARNERS,
    MAX_SEED,
    RunConfig,
    Schedule,
    World,
    read_config,
    usual_schedule,
)
from irl_app.runs.findings import RunFindings, write_findings
from irl_app.runs.folder import MAX_DEPTH, RunList, create_run, delete_run, find_run, list_runs, runs_root
from irl_app.runs.format import RunError, description_of, read_object
from irl_app.runs.note import MOST_NAME, MOST_TAGS, Note, write_note
from irl_app.runs.run import Run, read_run, reward_name
from irl_app.runs.status import (
    OWNER_LOCK,
    WORKER_LOCK,
    Status,
    is_active,
    last_status,
    read_status,
    request_stop,
    write_status,
)

__all__ = [
    "MAX_DEPTH",
    "MAX_LEARNERS",
    "MAX_SEED",
    "MOST_NAME",
    "MOST_TAGS",
    "OWNER_LOCK",
    "WORKER_LOCK",
    "Note",
    "Run",
    "RunConfig",
    "RunError",
    "RunFindings",
    "RunList",
    "Schedule",
    "Status",
    "World",
    "create_run",
    "delete_run",
    "description_of",
    "find_run",
    "is_active",
    "last_status",
    "list_runs",
    "read_config",
    "read_object",
    "read_run",
    "read_status",
    "request_stop",
    "reward_name",
    "runs_root",
    "usual_schedule",
    "write_findings",
    "write_note",
    "write_status",
]
