"""Training that takes minutes: a worker process at a run's folder, its curves, its checkpoints, the queue.

Everything that a server needs is here without torch; ``worker``, ``loop``, ``build`` and ``checkpoints``
import it and are loaded by the worker's process alone.
"""

from irl_app.training.jobs import Jobs, QueueError
from irl_app.training.metrics import Metrics, read_metrics
from irl_app.training.process import WorkerProcess, claim

__all__ = ["Jobs", "Metrics", "QueueError", "WorkerProcess", "claim", "read_metrics"]
