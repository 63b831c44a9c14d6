"""Mazes for a point as plain text, and the ways that lead through them.

    #######
    #...G.#
    #.....#
    #..####
    #.....#
    #...SS#
    #######

``#`` wall, ``.`` free, ``S`` where episodes may start, ``G`` where the goal may be: one of them is drawn for
every episode. Cells are 1 m a side, the maze's middle is the origin, x goes right and y up.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from trainers.arrays import BoolArray, FloatArray

RADIUS = 0.1
"""Metres from the point's middle to its rim."""
MAX_CELLS = 15
"""Cells a side of the largest maze."""
SAFE = 0.3
"""Metres that whoever shows the way keeps from a corner."""
_SIGHT = 0.9 * RADIUS
"""What blocks the view: walls as a point meets them, but for its own softness in contact."""
_LETTERS = ".#SG"
Cell = tuple[int, int]


class MazeError(ValueError):
    """A maze with a mistake; one sentence for people."""


@dataclass(frozen=True, eq=False)
class MazeMap:
    """A maze of H by W cells.

    Attributes:
        walls: (H, W) True where there is one; all along the edge.
        starts: cells (row, column) in which episodes may start, at least one, none a wall.
        goals: cells in whose middle the goal may be, at least one, none a wall; each can be reached.

    Raises:
        MazeError: it is no such maze; the message says what is wrong.
    """

    walls: BoolArray
    starts: tuple[Cell, ...]
    goals: tuple[Cell, ...]

    def __post_init__(self) -> None:
        height, width = self.walls.shape
        if not (3 <= height <= MAX_CELLS and 3 <= width <= MAX_CELLS):
            raise MazeError(f"a maze has 3 to {MAX_CELLS} rows and columns, this one {height} and {width}")
        inside = self.walls[1:-1, 1:-1]
        if self.walls.sum() - inside.sum() != 2 * (height + width) - 4:
            raise MazeError("a maze is closed: put # all along its edge")
        for name, letter, cells in (("start", "S", self.starts), ("goal", "G", self.goals)):
            if not cells or any(self.walls[cell] for cell in cells):
                raise MazeError(f"a maze has a {name}: put an {letter} into a free cell")
        starts = self.centres(self.starts)
        for cell in self.goals:
            if not np.isfinite(self.distances(starts, self.centres([cell])[0])).all():
                raise MazeError(f"no way leads from a start to the goal in row {cell[0] + 1}: open a wall")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MazeMap) and format_maze(self) == format_maze(other)

    def __hash__(self) -> int:
        return hash(format_maze(self))

    @property
    def goal(self) -> FloatArray:
        """(2,) the goal, x and y in metres.

        Raises:
            MazeError: it is another one in every episode.
        """
        if len(self.goals) > 1:
            raise MazeError(f"the goal of this maze is one of {len(self.goals)}: give it one G")
        return self.centres(self.goals)[0]

    @property
    def half(self) -> FloatArray:
        """(2,) metres from the middle to the outer edge, along x and along y."""
        height, width = self.walls.shape
        return np.array([width / 2.0, height / 2.0])

    def centres(self, cells: object) -> FloatArray:
        """(n, 2) middles of cells (n, 2), rows and columns, as x and y in metres."""
        row, column = np.asarray(cells, dtype=np.float64).reshape(-1, 2).T
        return np.stack([column + 0.5 - self.half[0], self.half[1] - 0.5 - row], axis=1)

    @cached_property
    def boxes(self) -> FloatArray:
        """(b, 2) middles of the walls' cells."""
        return self.centres(np.argwhere(self.walls))

    def is_free(self, points: FloatArray) -> BoolArray:
        """(n,) whether the point has room at each of n places (n, 2)."""
        apart = np.abs(points[:, None] - self.boxes[None]) - 0.5
        away = np.hypot(*np.moveaxis(np.maximum(apart, 0.0), -1, 0)).min(axis=1)
        return np.asarray((away >= RADIUS - 1e-6) & (np.abs(points) < self.half).all(axis=1))

    def sees(self, here: FloatArray, there: FloatArray) -> BoolArray:
        """(n, m) whether the point can go straight from each of (n, 2) to each of (m, 2)."""
        start, way = here[:, None, None, :], (there[None] - here[:, None])[:, :, None, :]
        half = 0.5 + _SIGHT
        with np.errstate(divide="ignore", invalid="ignore"):
            ends = (self.boxes + np.array([-half, half]).reshape(2, 1, 1, 1, 1) - start) / way
        inside = np.abs(start - self.boxes) < half  # along an axis on which it does not move
        still = way == 0.0
        enter = np.where(still, np.where(inside, -np.inf, np.inf), ends.min(axis=0)).max(axis=-1)
        leave = np.where(still, np.where(inside, np.inf, -np.inf), ends.max(axis=0)).min(axis=-1)
        return np.asarray(~((enter < leave) & (enter < 1.0) & (leave > 0.0)).any(axis=-1))

    def corners(self, away: float) -> FloatArray:
        """(c, 2) places in the free cells diagonally before the walls' convex corners, so far from both."""
        found = []
        for row, column in np.argwhere(self.walls[1:-1, 1:-1]) + 1:
            for down in (-1, 1):
                for right in (-1, 1):
                    r, c = row + down, column + right
                    if not (self.walls[r, column] or self.walls[row, c] or self.walls[r, c]):
                        at = self.centres([(row, column)])[0]
                        found.append(at + (0.5 + away) * np.array([right, -down]))
        return np.array(found).reshape(-1, 2)

    def way(self, points: FloatArray, goal: FloatArray, away: float) -> tuple[FloatArray, FloatArray]:
        """Of each of (n, 2) where to head for on the shortest way round all corners, (n, 2), and its length
        (n,) in metres; infinite, and the goal itself, where there is none.

        Args:
            goal: (2,). away: metres to keep from corners.
        """
        turns = np.concatenate([goal[None], self.corners(away)])
        apart = np.linalg.norm(turns[:, None] - turns[None], axis=-1)
        ways = csr_array(np.where(self.sees(turns, turns), apart, 0.0))
        left = dijkstra(ways, directed=False, indices=[0])[0]
        first = np.linalg.norm(points[:, None] - turns[None], axis=-1)
        total = np.where(self.sees(points, turns), first + left, np.inf)
        return turns[total.argmin(axis=1)], total.min(axis=1)

    def distances(self, points: FloatArray, goal: FloatArray) -> FloatArray:
        """(n,) metres of the shortest way from each of (n, 2) to the goal (2,), round all walls."""
        return self.way(points, goal, RADIUS)[1]


def parse_maze(text: str) -> MazeMap:
    """The maze that a map describes; `format_maze` is the inverse.

    Raises:
        MazeError: with the line where the map is wrong, or what is wrong with the maze.
    """
    rows = [row.rstrip() for row in textwrap.dedent(text[:10_000]).splitlines() if row.strip()]
    if not rows or len(rows) > MAX_CELLS:
        raise MazeError(f"a maze has 3 to {MAX_CELLS} rows, this one {len(rows)}")
    for number, row in enumerate(rows, start=1):
        if len(row) != len(rows[0]):
            raise MazeError(f"row {number} of the maze has {len(row)} cells, the first {len(rows[0])}")
        if strange := set(row) - set(_LETTERS):
            raise MazeError(f"row {number} of the maze has {sorted(strange)[0]!r}: the letters are # . S G")
    cells = np.array([list(row) for row in rows])
    starts, goals = (
        tuple((int(row), int(column)) for row, column in np.argwhere(cells == letter)) for letter in "SG"
    )
    return MazeMap(cells == "#", starts, goals)


def format_maze(maze: MazeMap) -> str:
    """The map of a maze."""
    cells = np.where(maze.walls, "#", ".")
    for letter, places in (("S", maze.starts), ("G", maze.goals)):
        for place in places:
            cells[place] = letter
    return "\n".join("".join(row) for row in cells)


MAZES: Mapping[str, str] = {
    "right": """\
#######
#...G.#
#.....#
#..####
#.....#
#...SS#
#######""",
    "left": """\
#######
#...G.#
#.....#
####..#
#.....#
#...SS#
#######""",
    "u": """\
#######
#.....#
#.....#
#..#..#
#..#..#
#S.#.G#
#######""",
    "four-rooms": """\
#########
#...#..G#
#.......#
#...#...#
##.###.##
#...#...#
#.......#
#SS.#...#
#########""",
    "open": """\
#######
#...G.#
#.....#
#.....#
#.....#
#SSSSS#
#######""",
}
"""Name -> map."""
