"""Networks that see boards: cell by cell the same, no seed in another's way, value iteration on a maze."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
import torch
from small_steps import transitions
from torch import nn

from trainers.deep.config import TrainerConfig
from trainers.deep.image_networks import CNN, SHARPNESS, VIN, network_for
from trainers.deep.networks import MLP, StackedLinear
from trainers.deep.trainer import Trainer
from trainers.spaces import Box, Discrete

Make = Callable[[Sequence[int]], nn.Module]
SMALL: dict[str, Make] = {
    "cnn": lambda seeds: CNN(3, (5, 4, 6), 4, generators(seeds)),
    "vin": lambda seeds: VIN(3, (5, 6), 4, generators(seeds), iterations=3, gamma=0.8, moves=7),
}
NETWORKS = pytest.mark.parametrize("make", SMALL.values(), ids=SMALL)
STEPS = ((-1, 0), (0, 1), (1, 0), (0, -1))
MAZE = """
..#...#.
#.#.#.#.
..#.#.#.
.##.#.#.
....#...
###.####
.......G
"""


def generators(seeds: Sequence[int]) -> list[torch.Generator]:
    return [torch.Generator().manual_seed(seed) for seed in seeds]


def boards(n_seeds: int = 2, n: int = 3, height: int = 4, width: int = 5) -> torch.Tensor:
    """(K, B, 3, H, W) with walls and goals anywhere and one player."""
    rng = np.random.default_rng(0)
    obs = (rng.random((n_seeds, n, 3, height, width)) < 0.3).astype(np.float32)
    obs[:, :, 2] = 0.0
    for board in obs.reshape(-1, 3, height, width):
        board[2].flat[rng.integers(height * width)] = 1.0
    return torch.from_numpy(obs)


def window(planes: np.ndarray, row: int, column: int) -> np.ndarray:
    """(9 C,) of planes (C, H, W): cell after cell, zero outside, the planes of a cell side by side."""
    _, height, width = planes.shape
    cells = []
    for r in (row - 1, row, row + 1):
        for c in (column - 1, column, column + 1):
            inside = 0 <= r < height and 0 <= c < width
            cells.append(planes[:, r, c] if inside else np.zeros(len(planes)))
    return np.concatenate(cells)


def numbers(layer: StackedLinear, k: int) -> tuple[np.ndarray, np.ndarray]:
    """(in, out) and (out,): seed k's weight and bias."""
    weight, bias = (part[k].detach().double().numpy() for part in (layer.weight, layer.bias))
    return weight, bias[0]


def slow_convolutions(network: CNN | VIN, k: int, board: np.ndarray) -> np.ndarray:
    """(F, H, W) of a board (3, H, W), one cell after the other."""
    x = np.concatenate([board[:2], np.ones_like(board[:1])])
    for layer in network.convolutions:
        weight, bias = numbers(layer, k)
        _, height, width = x.shape
        found = [
            [np.maximum(window(x, r, c) @ weight + bias, 0) for c in range(width)] for r in range(height)
        ]
        x = np.array(found).transpose(2, 0, 1)
    return x


def slow_q(network: nn.Module, k: int, board: np.ndarray) -> np.ndarray:
    """(A,) Q-values of one board (3, H, W) by loops over cells, moves and neighbours."""
    row, column = np.argwhere(board[2])[0]
    assert isinstance(network, CNN | VIN)
    features = slow_convolutions(network, k, board)
    here = features[:, row, column]
    if isinstance(network, VIN):
        weight, bias = numbers(network.reward, k)
        reward = np.einsum("fm,fhw->mhw", weight, features) + bias[:, None, None]
        chance = np.exp(SHARPNESS * network.moves[k].detach().double().numpy())
        chance /= chance.sum(0)
        v = reward.max(0)
        for _ in range(network.iterations):
            before, v = v, np.empty_like(v)
            for r, c in np.ndindex(v.shape):
                v[r, c] = (reward[:, r, c] + network.gamma * window(before[None], r, c) @ chance).max()
        here = np.concatenate([here, window(v[None], row, column)])
    (weight, bias), (last_weight, last_bias) = (numbers(layer, k) for layer in network.read_out.layers)
    return np.maximum(here @ weight + bias, 0) @ last_weight + last_bias


@NETWORKS
def test_the_same_as_one_cell_after_the_other(make: Make) -> None:
    network, obs = make((0, 1)), boards()
    slow = [[slow_q(network, k, board) for board in own] for k, own in enumerate(obs.double().numpy())]
    np.testing.assert_allclose(network(obs).detach().numpy(), np.array(slow), atol=1e-5)


@NETWORKS
def test_a_seed_sees_and_learns_the_same_alone_and_beside_others(make: Make) -> None:
    obs = boards()

    def loss_and_gradients(*seeds: int) -> tuple[torch.Tensor, tuple[torch.Tensor, ...]]:
        """(K,) losses, and the gradients of the last one."""
        network = make(seeds)
        loss = network(obs[list(seeds)]).square().sum((1, 2))
        return loss, torch.autograd.grad(loss[-1], list(network.parameters()))

    (losses, gradients), (loss, alone) = loss_and_gradients(0, 1), loss_and_gradients(1)
    torch.testing.assert_close(losses[1:], loss)
    for beside, own in zip(gradients, alone, strict=True):
        torch.testing.assert_close(beside[1:], own)
        assert beside[1].abs().sum() > 0
        assert not beside[0].any()


def test_the_plan_does_not_depend_on_where_the_player_is() -> None:
    network, obs = VIN(3, (5, 6), 4, generators((0, 1)), iterations=3, gamma=0.8), boards()
    elsewhere = obs.clone()
    elsewhere[:, :, 2] = obs[:, :, 2].roll(1, -1)
    for a, b in zip(network.plan(obs), network.plan(elsewhere), strict=True):
        assert torch.equal(a, b)
    assert not torch.equal(network(obs), network(elsewhere))


@torch.no_grad()
def planner(iterations: int) -> VIN:
    """A network whose weights are set by hand: four moves of -1, -100 into a wall, +10 a move at the goal."""
    network = VIN(3, (6, 4), 4, generators((0,)), iterations=iterations, gamma=0.9, moves=4)
    for parameter in network.parameters():
        parameter.zero_()
    (layer,) = network.convolutions
    convolution, bias, reward, kernel = layer.weight, layer.bias, network.reward.weight, network.moves
    for move, (down, right) in enumerate(STEPS):
        there = 3 * (1 + down) + 1 + right
        convolution[0, 3 * there, move] = 1.0  # a wall there,
        convolution[0, 3 * there + 2, move], bias[0, 0, move] = -1.0, 1.0  # or no ground to stand on
        reward[0, move, move] = -100.0
        kernel[0, there, move] = 20.0
    convolution[0, 3 * 4 + 1, 4], bias[0, 0, 5] = 1.0, 1.0
    reward[0, 4], reward[0, 5] = 10.0, -1.0
    return network


def test_set_by_hand_it_does_value_iteration_on_a_maze() -> None:
    cells = np.array([list(row) for row in MAZE.split()])
    walls, goal = cells == "#", cells == "G"
    board = torch.from_numpy(np.stack([walls, goal, np.zeros_like(walls)]).astype(np.float32))
    v = planner(40).plan(board[None, None])[1].detach().double().numpy()[0, 0, 0]

    def there(cell: tuple[int, int], move: int) -> tuple[int, int] | None:
        r, c = cell[0] + STEPS[move][0], cell[1] + STEPS[move][1]
        inside = 0 <= r < walls.shape[0] and 0 <= c < walls.shape[1]
        return (r, c) if inside and not walls[r, c] else None

    exact = np.zeros(walls.shape)  # the textbook's, over the moves that a wall does not stop
    for sweep in range(41):
        before = exact.copy() if sweep else np.zeros(walls.shape)
        for cell in np.ndindex(walls.shape):
            ahead = [before[t] for move in range(4) if (t := there(cell, move)) is not None]
            exact[cell] = 10.0 * goal[cell] - 1.0 + 0.9 * max(ahead)
    np.testing.assert_allclose(v[~walls], exact[~walls], atol=1e-4)

    distance, front = {tuple(np.argwhere(goal)[0]): 0}, deque([tuple(np.argwhere(goal)[0])])
    while front:
        cell = front.popleft()
        for move in range(4):
            if (t := there(cell, move)) is not None and t not in distance:
                distance[t] = distance[cell] + 1
                front.append(t)
    assert max(distance.values()) > 20
    for cell, moves in distance.items():
        if moves:
            best = max((t for m in range(4) if (t := there(cell, m)) is not None), key=lambda t: v[t])
            assert distance[best] == moves - 1, cell


def test_as_many_moves_far_as_it_has_iterations() -> None:
    for iterations, sees in ((10, True), (3, False)):
        network = planner(iterations)
        near, far = torch.zeros(2, 1, 1, 3, 1, 12)
        near[..., 1, 0, 11] = 1.0
        plans = [network.plan(board)[1][..., 0, 2] for board in (near, far)]
        assert (plans[0] != plans[1]).item() is sees


def test_a_training_with_each_network_follows_its_seed() -> None:
    rng, obs = np.random.default_rng(1), boards(1, 41)[0].numpy()
    ends = rng.random(40) < 0.1
    shown = transitions(obs[:-1], rng.integers(4, size=40), obs[1:], terminated=ends)
    for name in ("cnn", "vin"):
        config = TrainerConfig(
            network=name, hidden=(4, 8), iterations=3, updates=32, batch_size=4, checkpoint_every=32
        )
        together, alone = (
            Trainer(config, Box((3, 4, 5)), Discrete(4), seeds=seeds, demonstrations=[shown])
            for seeds in ((3, 4), (4,))
        )
        for trainer in (together, alone):
            trainer.advance(32)
        for beside, own in zip(together.critic.parameters(), alone.critic.parameters(), strict=True):
            torch.testing.assert_close(beside[1], own[0], atol=1e-4, rtol=1e-3)
        assert not torch.equal(beside[0], beside[1])


@pytest.mark.parametrize(
    ("changes", "shape", "says"),
    [
        ({"network": "vin"}, (4,), r"vin needs boards of at least two planes.*\(4,\), float32: choose mlp"),
        ({"network": "cnn"}, (1, 8, 8), r"cnn needs pictures of bytes \(H, W, C\), or boards of at"),
        ({"network": "cnn", "hidden": (16,)}, (3, 8, 8), "cnn, for images, takes at least two numbers"),
        ({"network": "vin", "iterations": 0}, (3, 8, 8), "iterations must be a whole number from 1"),
        ({"network": "vin", "compile": True}, (3, 8, 8), "take minutes to compile: set compile to false"),
        ({"network": "net"}, (3, 8, 8), "network must be one of mlp, cnn, vin, got 'net'"),
    ],
)
def test_a_network_that_does_not_fit_is_refused(changes: dict[str, Any], shape: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        network_for(TrainerConfig(**changes), Box(shape), 4, generators((0,)))


def test_without_a_choice_it_is_the_perceptron() -> None:
    network = network_for(TrainerConfig(), Box((3, 8, 8)), 4, generators((0, 1)))
    assert isinstance(network, MLP)
    sizes = [tuple(layer.weight.shape) for layer in network.layers]
    assert sizes == [(2, 192, 64), (2, 64, 64), (2, 64, 4)]
