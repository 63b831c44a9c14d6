"""Seeded changes of a grid to try a recovered reward in: walls, slip and starts, many worlds at once.

Only what a state reward can be asked is changed. Swapped buttons rename the actions of the same world, and
another discount has no answer: what an end is worth beside a live cell is open (see ``free_directions``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Literal, get_args

import numpy as np
from scipy.ndimage import label

from irl_app.envs.grid_spec import GridSpec
from trainers.arrays import BoolArray, FloatArray, IntArray

Kind = Literal["walls added", "walls moved", "slip changed", "starts moved"]
KINDS: tuple[Kind, ...] = get_args(Kind)
WORLDS = 64
"""With so many, none of which loses anything, the mean's interval ends below .06 (see ``bounded_mean``)."""
WALL_SHARE = 0.1
"""Share of the free cells that become walls."""
MOST_SLIP = 0.4
"""Slip is drawn from none to this."""
_TRIES, _LEAST_TRIES, _MISSES = 4, 100, 8
"""Cells that are tried for every wall wanted, at least so many, and worlds for every one found: a maze can
spare hardly any."""
_GOLDEN = 0.5 * (5.0**0.5 - 1.0)
"""Its multiples modulo 1 spread evenly, however many of them there are."""

_EDGES = 0b10101010
_RING = ((-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1))  # odd places share an edge


@dataclass(frozen=True, eq=False)
class ChangedWorlds:
    """W worlds made from one grid.

    Attributes:
        grid: what was changed.
        kinds: (W,) how each was.
        walls: (W, H, B) walls of each.
        starts: (W, H, B) marked starts of each; none marked means anywhere, as in a ``GridSpec``.
        slip: (W,) of each.
    """

    grid: GridSpec
    kinds: tuple[str, ...]
    walls: BoolArray
    starts: BoolArray
    slip: FloatArray

    def __len__(self) -> int:
        return len(self.kinds)

    def some(self, places: IntArray) -> ChangedWorlds:
        """Those at some places."""
        kinds = tuple(self.kinds[place] for place in places)
        return ChangedWorlds(self.grid, kinds, self.walls[places], self.starts[places], self.slip[places])

    def world(self, index: int) -> GridSpec:
        """One of them as a grid; a cell whose wall was taken away has the step reward."""
        walls = self.walls[index]
        return self.grid.replace(
            walls=walls,
            starts=self.starts[index],
            slip=float(self.slip[index]),
            rewards=np.where(walls, np.nan, self.grid.rewards),
        )


def changed_worlds(
    grid: GridSpec, seed: int = 0, total: int = WORLDS, kinds: Sequence[Kind | Literal["mix"]] = KINDS
) -> ChangedWorlds:
    """Changed worlds of a grid, as many of every kind; the same grid and seed always give the same ones.

    In every world all that was connected still is, but for the new walls themselves, and goals and rewards
    stay. A kind that the grid has no room for (no wall to move, nowhere else to start) leaves its share to
    the others.

    Args:
        grid: what to change.
        seed: of the draws, >= 0.
        total: how many worlds; fewer only where the grid can hardly be changed.
        kinds: which; "mix" adds walls and changes slip and starts at once.
    """
    left = [(kind, _changes(grid, kind, seed)) for kind in kinds]
    found: dict[str, list[tuple[BoolArray, BoolArray, float]]] = {kind: [] for kind in kinds}
    while left and sum(map(len, found.values())) < total:
        kind, changes = left.pop(0)
        world = next(changes, None)
        if world is not None:
            found[kind].append(world)
            left.append((kind, changes))
    walls, starts, slip = zip(*(world for own in found.values() for world in own), strict=True)
    return ChangedWorlds(
        grid,
        tuple(kind for kind, own in found.items() for _ in own),
        np.array(walls, dtype=bool),
        np.array(starts, dtype=bool),
        np.array(slip, dtype=float),
    )


def _changes(grid: GridSpec, kind: str, seed: int) -> Iterator[tuple[BoolArray, BoolArray, float]]:
    """Walls, starts and slip of one world after another; it ends where the grid has no room for the kind."""
    place, missed = (*KINDS, "mix").index(kind), 0
    for k in count():
        world = _change(grid, kind, (k + 0.5) * _GOLDEN % 1.0, np.random.default_rng((seed, place, k)))
        missed = missed + 1 if world is None else 0
        if world is not None:
            yield world
        elif missed == _MISSES:
            return


def by_kind(kinds: Iterable[str]) -> Mapping[str, IntArray]:
    """Kind -> places of its worlds, in their order."""
    names = np.array(list(kinds))
    return {kind: np.flatnonzero(names == kind) for kind in dict.fromkeys(names.tolist())}


def with_walls_added(grid: GridSpec) -> tuple[GridSpec, int]:
    """The grid with a tenth of its free cells turned into walls, and their number (0 if none can be).

    Goals and marked starts stay, cells with a reward of their own are taken last, and no cell is cut off
    that was connected before. The same grid always gets the same walls.
    """
    walls = _walls_added(grid, grid.walls, _wanted(grid), np.random.default_rng(0))
    added = int(walls.sum() - grid.walls.sum())
    if not added:
        return grid, 0
    return grid.replace(walls=walls, rewards=np.where(walls, np.nan, grid.rewards)), added


def _change(
    grid: GridSpec, kind: str, level: float, rng: np.random.Generator
) -> tuple[BoolArray, BoolArray, float] | None:
    """Walls, starts and slip of one changed world, None where there is no such world; level in (0, 1)."""
    walls, starts, slip = grid.walls, grid.starts, grid.slip
    if kind == "walls moved":
        walls = _walls_moved(grid, rng)
    if kind in ("walls added", "mix"):
        walls = _walls_added(grid, grid.walls, _wanted(grid), rng)
    if kind in ("slip changed", "mix"):
        slip = MOST_SLIP * level
    if kind in ("starts moved", "mix"):
        starts = _start_moved(grid, walls, rng)
    same = (walls == grid.walls).all() and (starts == grid.starts).all() and slip == grid.slip
    return None if same else (walls, starts, slip)


def _wanted(grid: GridSpec) -> int:
    return max(1, round(WALL_SHARE * int((~grid.walls).sum())))


def _walls_moved(grid: GridSpec, rng: np.random.Generator) -> BoolArray:
    """The walls with some of them, as many as would be added but not more than there are, put elsewhere."""
    standing = np.flatnonzero(grid.walls)
    opened = rng.permutation(standing)[: min(standing.size, _wanted(grid))]
    walls = grid.walls.copy()
    walls.flat[opened] = False
    return _walls_added(grid, walls, opened.size, rng, spared=opened)


def _start_moved(grid: GridSpec, walls: BoolArray, rng: np.random.Generator) -> BoolArray:
    """One start, drawn from the cells that the old ones are joined with and that have a way to a goal."""
    regions = label(~grid.walls)[0].ravel()
    able = np.isin(regions, regions[grid.start_cells]) & ~walls.ravel()
    if grid.goals.any():
        able &= grid.shortest_distances() > 0
    if grid.starts.sum() == 1:
        able &= ~grid.starts.ravel()
    cells = np.flatnonzero(able)
    if not cells.size:
        return grid.starts
    starts = np.zeros_like(grid.starts)
    starts.flat[rng.choice(cells)] = True
    return starts


def _walls_added(
    grid: GridSpec, walls: BoolArray, wanted: int, rng: np.random.Generator, spared: IntArray | None = None
) -> BoolArray:
    """The walls (H, B) and up to ``wanted`` more, none of which cuts a way or takes the last start."""
    able = (~walls & ~grid.goals & ~grid.starts).ravel()
    if spared is not None:
        able[spared] = False
    candidates = np.flatnonzero(able)
    special = ~np.isnan(grid.rewards).ravel()[candidates]
    order = candidates[np.lexsort((rng.random(candidates.size), special))][
        : max(_LEAST_TRIES, _TRIES * wanted)
    ]
    ends = grid.goals if grid.goal_kind == "end" else np.zeros_like(grid.goals)
    spare = wanted if grid.starts.any() else int((~walls & ~ends).sum()) - 1
    padded = np.pad(walls, 1, constant_values=True)
    inner, blocked, width = padded[1:-1, 1:-1], padded.ravel(), padded.shape[1]
    around = [down * width + right for down, right in _RING]
    components, left = int(label(~inner)[1]), min(wanted, spare)
    for cell in order:
        if left <= 0:
            break
        at = (cell // grid.width + 1) * width + cell % grid.width + 1
        ring = sum((not blocked[at + step]) << k for k, step in enumerate(around))
        blocked[at] = True
        if _JOINED[ring] or int(label(~inner)[1]) <= components:
            left -= 1
            components -= not ring & _EDGES  # a pocket of one cell is gone
        else:
            blocked[at] = False
    return inner.copy()


def _joined(ring: int) -> bool:
    """True if the free cells that share an edge with a cell are joined within its ring of eight."""
    around = "".join(("ce"[k % 2] if ring >> k & 1 else " ") for k in range(8))  # corner or edge
    first = around.find(" ") % 8
    return sum("e" in arc for arc in (around[first:] + around[:first]).split()) <= 1


_JOINED = tuple(_joined(ring) for ring in range(256))
"""Where True, a wall put in the middle of such a ring cuts no way: whoever went through can go round."""
