"""Training that takes minutes: a run's folder, its worker process, checkpoints, the queue.

Everything that a server needs is here without torch; ``worker``, ``loop``, ``build`` and ``checkpoints``
import it and are loaded by the worker's process alone.
"""

from irl_app.training.config import RunConfig, Schedule, TrainingError, read_config
from irl_app.training.folder import (
    STATES,
    Status,
    TrainingRun,
    create_run,
    delete_run,
    find_run,
    is_active,
    list_runs,
    read_run,
    read_status,
    request_stop,
    runs_root,
)
from irl_app.training.jobs import Jobs, QueueError
from irl_app.training.metrics import Metrics, read_metrics
from irl_app.training.process import WorkerProcess, claim

__all__ = [
    "STATES",
    "Jobs",
    "Metrics",
    "QueueError",
    "RunConfig",
    "Schedule",
    "Status",
    "TrainingError",
    "TrainingRun",
    "WorkerProcess",
    "claim",
    "create_run",
    "delete_run",
    "find_run",
    "is_active",
    "list_runs",
    "read_config",
    "read_metrics",
    "read_run",
    "read_status",
    "request_stop",
    "runs_root",
]
