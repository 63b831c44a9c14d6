"""How fast the exact solver is: Newton's method beside L-BFGS on the same objective, and its peak memory.

``python -m irl_app.bench.tabular '{"side": 50, ...}'`` measures one size and prints one JSON object.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import scipy.optimize

from irl_app.bench.processes import measured_apart
from irl_app.envs.tasks import task as make_task
from irl_app.experts import demonstrate, expert_policy
from irl_app.recovery import count_demonstrations
from trainers.arrays import FloatArray
from trainers.soft import soft_policy, soft_value
from trainers.tabular import ExpertCounts, Solution, exact_counts, iq_learn
from trainers.tabular.mdp import TabularMDP

SIDES = (10, 50, 100)
TASK = "gridworld/goal"
ALPHA = 1.0


@dataclass(frozen=True)
class Timing:
    """One size of grid, measured.

    Attributes:
        side: cells a side.
        states: number of cells in which an action is taken.
        repeats: number of timed solves.
        milliseconds: median time of one.
        cpu_milliseconds: median of the processor time of one; less where other programs held the core.
        iterations: Newton steps.
        residual: violation of the first-order condition at the end, in units of reward.
        peak_megabytes: most memory that the process held until Newton's method was done, interpreter and
            libraries included; None where the system does not tell.
        lbfgs_milliseconds: of one solve by scipy's L-BFGS from the same start.
        lbfgs_iterations: of it.
        lbfgs_finished: False when the cap on iterations ended it.
        lbfgs_error: largest difference of its reward r(s, a) from Newton's, in units of reward.
        ratio: L-BFGS time / Newton time; a lower bound when ``lbfgs_finished`` is False.
    """

    side: int
    states: int
    repeats: int
    milliseconds: float
    cpu_milliseconds: float
    iterations: int
    residual: float
    peak_megabytes: float | None
    lbfgs_milliseconds: float
    lbfgs_iterations: int
    lbfgs_finished: bool
    lbfgs_error: float
    ratio: float


def bench_tabular(
    sides: Sequence[int] = SIDES,
    *,
    task: str = TASK,
    n_demos: int | None = None,
    repeats: int = 7,
    cap: int = 2000,
    progress: Callable[[int, int, str], None] | None = None,
) -> tuple[Timing, ...]:
    """Time IQ-Learn (chi-squared, uniform penalty, soft-optimal expert) at several sizes.

    Args:
        sides: cells a side, 2 to 100 each.
        task: the world, as in ``gridworld/goal``.
        n_demos: demonstrations to learn from; None for the expert's exact occupancy.
        repeats: solves by Newton's method per size.
        cap: most iterations that L-BFGS gets.
        progress: told ``(sizes done, sizes in all, what is under way)``.

    Raises:
        RuntimeError: a measuring process failed; the message ends with its error.
    """
    timings = []
    for done, side in enumerate(sides):
        if progress:
            progress(done, len(sides), f"{side}x{side}")
        job = {"side": side, "task": task, "n_demos": n_demos, "repeats": repeats, "cap": cap}
        timings.append(Timing(**measured_apart(__name__, job)))
    return tuple(timings)


def measure(side: int, task: str, n_demos: int | None, repeats: int, cap: int) -> Timing:
    """Measure one size in this process; see ``Timing`` and ``bench_tabular``."""
    mdp, counts = problem(side, task, n_demos)
    expert, p0 = counts.undiscounted, counts.p0
    solution, wall, cpu = _repeat(
        lambda: iq_learn(mdp, expert, p0, alpha=ALPHA, penalty="uniform", beta=1.0), repeats
    )
    peak = peak_megabytes()
    start = time.perf_counter()
    rival = minimise_by_lbfgs(mdp, expert, cap=cap)
    rival_milliseconds = 1000 * (time.perf_counter() - start)
    return Timing(
        side=side,
        states=int(mdp.live.sum()),
        repeats=repeats,
        milliseconds=wall,
        cpu_milliseconds=cpu,
        iterations=solution.certificate.iterations,
        residual=solution.certificate.residual,
        peak_megabytes=peak,
        lbfgs_milliseconds=rival_milliseconds,
        lbfgs_iterations=rival.iterations,
        lbfgs_finished=rival.finished,
        lbfgs_error=float(np.abs(rival.reward - solution.reward)[mdp.live].max()),
        ratio=rival_milliseconds / wall,
    )


def problem(side: int, task: str = TASK, n_demos: int | None = None) -> tuple[TabularMDP, ExpertCounts]:
    """The measured problem: a world, and what its soft-optimal expert (temperature 1) shows there."""
    grid = make_task(task, size=side)
    mdp = grid.mdp()
    if n_demos is None:
        return mdp, exact_counts(mdp, expert_policy("soft-optimal", grid, 1.0))
    return mdp, count_demonstrations(mdp, demonstrate(task, grid, "soft-optimal", 1.0, n_demos, 0))


@dataclass(frozen=True)
class Rival:
    """What L-BFGS found: its reward (S, A), iterations, and whether it stopped before its cap."""

    reward: FloatArray
    iterations: int
    finished: bool


def minimise_by_lbfgs(mdp: TabularMDP, expert: FloatArray, *, cap: int) -> Rival:
    """IQ-Learn as most people would first write it: scipy's L-BFGS on -J over all of Q, exact gradient.

    J(Q) = sum rho_E r - sum mu r^2 / (4 alpha) - sum_s d(s) V(s) with r = Q - gamma P V, mu uniform over live
    pairs, and d(s) = rho_E(s) - gamma sum rho_E P(s | .), cut off at zero and rescaled so that J is concave
    (Garg et al. 2021, value term on expert states).

    Args:
        mdp: known dynamics.
        expert: (S, A) distribution of the expert's pairs.
        cap: most iterations.
    """
    live = mdp.live_states
    shape = (live.size, mdp.n_actions)
    rho = expert[live]
    mu = np.full(shape, 1.0 / rho.size)
    forward, back = mdp.continuation, mdp.continuation.T.tocsr()
    weight = rho.sum(axis=1) - mdp.gamma * (back @ rho.ravel())
    weight = np.maximum(weight, 0.0) * (weight.sum() / np.maximum(weight, 0.0).sum())

    def reward(q: FloatArray) -> FloatArray:
        return np.asarray(q - mdp.gamma * (forward @ soft_value(q, 1.0)).reshape(shape))

    def loss(x: FloatArray) -> tuple[float, FloatArray]:
        q = x.reshape(shape)
        r = reward(q)
        slope = rho - mu * r / (2 * ALPHA)  # dJ/dr
        objective = (rho * r - mu * r**2 / (4 * ALPHA)).sum() - weight @ soft_value(q, 1.0)
        through_v = weight + mdp.gamma * (back @ slope.ravel())
        return -float(objective), -(slope - soft_policy(q, 1.0) * through_v[:, None]).ravel()

    x, _, how = scipy.optimize.fmin_l_bfgs_b(
        loss, np.zeros(rho.size), m=20, factr=0.0, pgtol=1e-10, maxiter=cap, maxfun=2 * cap
    )
    full = np.zeros((mdp.n_states, mdp.n_actions))
    full[live] = reward(x.reshape(shape))
    return Rival(full, int(how["nit"]), how["warnflag"] != 1)


def peak_megabytes() -> float | None:
    """Most memory that this process has held, in MB (10^6 bytes); None where the system does not tell."""
    status = Path("/proc/self/status")
    if status.exists():  # ru_maxrss would start from the parent's peak on Linux
        line = next(x for x in status.read_text(encoding="ascii").splitlines() if x.startswith("VmHWM"))
        return int(line.split()[1]) * 1024 / 1e6
    try:
        import resource
    except ModuleNotFoundError:  # Windows
        return None
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def _repeat(solve: Callable[[], Solution], repeats: int) -> tuple[Solution, float, float]:
    """The solution, and the medians of elapsed and of processor time in milliseconds."""
    solution = solve()  # the first one pays for imports and first use of the libraries
    wall, cpu = [], []
    for _ in range(repeats):
        start, start_cpu = time.perf_counter(), time.process_time()
        solution = solve()
        wall.append(1000 * (time.perf_counter() - start))
        cpu.append(1000 * (time.process_time() - start_cpu))
    return solution, statistics.median(wall), statistics.median(cpu)


if __name__ == "__main__":
    print(json.dumps(asdict(measure(**json.loads(sys.argv[1])))))
