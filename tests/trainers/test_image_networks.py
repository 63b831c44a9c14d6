"""Networks that see boards: cell by cell the same, no seed in another's way, value iteration on a maze."""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np
import pytest
import torch

from trainers.image_networks import CNN, SHARPNESS, VIN, network_for
from trainers.networks import MLP, Network
from trainers.soft_q import SoftQTrainer, Transitions
from trainers.soft_q_config import SoftQConfig

SMALL: dict[str, Network] = {
    "cnn": CNN(3, (5, 4, 6), 4),
    "vin": VIN(3, (5, 6), 4, iterations=3, gamma=0.8, moves=7),
}
NETWORKS = pytest.mark.parametrize("network", SMALL.values(), ids=SMALL)
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


def weights_of(network: Network, n_seeds: int = 2) -> torch.Tensor:
    return torch.stack([network.init(torch.Generator().manual_seed(k)) for k in range(n_seeds)])


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


def slow_convolutions(layers: list[np.ndarray], board: np.ndarray) -> np.ndarray:
    """(F, H, W) of a board (3, H, W), one cell after the other."""
    x = np.concatenate([board[:2], np.ones_like(board[:1])])
    for weight, bias in zip(layers[::2], layers[1::2], strict=True):
        _, height, width = x.shape
        found = [
            [np.maximum(window(x, r, c) @ weight + bias[0], 0) for c in range(width)] for r in range(height)
        ]
        x = np.array(found).transpose(2, 0, 1)
    return x


def slow_q(network: Network, layers: list[np.ndarray], board: np.ndarray) -> np.ndarray:
    """(A,) Q-values of one board (3, H, W) by loops over cells, moves and neighbours."""
    row, column = np.argwhere(board[2])[0]
    if isinstance(network, CNN):
        here = slow_convolutions(layers[:-4], board)[:, row, column]
    else:
        assert isinstance(network, VIN)
        features = slow_convolutions(layers[:-8], board)
        reward = np.einsum("fm,fhw->mhw", layers[-8], features) + layers[-7][0][:, None, None]
        chance = np.exp(SHARPNESS * layers[-6])
        chance /= chance.sum(0)
        v = reward.max(0)
        for _ in range(network.iterations):
            before, v = v, np.empty_like(v)
            for r, c in np.ndindex(v.shape):
                v[r, c] = (reward[:, r, c] + network.gamma * window(before[None], r, c) @ chance).max()
        here = np.concatenate([features[:, row, column], window(v[None], row, column)])
    hidden = np.maximum(here @ layers[-4] + layers[-3][0], 0)
    return hidden @ layers[-2] + layers[-1][0]


@NETWORKS
def test_the_same_as_one_cell_after_the_other(network: Network) -> None:
    weights, obs = weights_of(network), boards()
    views = network.views(weights)
    found = network.apply(views, obs)
    slow = [
        [slow_q(network, [view[k].double().numpy() for view in views], board) for board in own]
        for k, own in enumerate(obs.double().numpy())
    ]
    np.testing.assert_allclose(found.numpy(), np.array(slow), atol=1e-5)


@NETWORKS
def test_a_seed_sees_and_learns_the_same_alone_and_beside_others(network: Network) -> None:
    weights, obs = weights_of(network, 3), boards(3)

    def loss_and_gradient(chosen: slice) -> tuple[torch.Tensor, torch.Tensor]:
        own = weights[chosen].clone().requires_grad_()
        loss = network.apply(network.views(own), obs[chosen]).square().sum((1, 2))
        return loss, torch.autograd.grad(loss[-1], own)[0]

    (losses, gradient), (loss, alone) = loss_and_gradient(slice(0, 2)), loss_and_gradient(slice(1, 2))
    torch.testing.assert_close(losses[1:], loss)
    torch.testing.assert_close(gradient[1:], alone)
    assert gradient[1].abs().sum() > 0
    assert not gradient[0].any()


def test_the_plan_does_not_depend_on_where_the_player_is() -> None:
    network = VIN(3, (5, 6), 4, iterations=3, gamma=0.8)
    views, obs = network.views(weights_of(network)), boards()
    elsewhere = obs.clone()
    elsewhere[:, :, 2] = obs[:, :, 2].roll(1, -1)
    for a, b in zip(network.plan(views, obs), network.plan(views, elsewhere), strict=True):
        assert torch.equal(a, b)
    assert not torch.equal(network.apply(views, obs), network.apply(views, elsewhere))


def planner(iterations: int) -> tuple[VIN, list[torch.Tensor]]:
    """A network whose weights are set by hand: four moves of -1, -100 into a wall, +10 a move at the goal."""
    network = VIN(3, (6, 4), 4, iterations=iterations, gamma=0.9, moves=4)
    layers = [torch.zeros(1, *shape) for shape in network.shapes]
    convolution, bias, reward, _, kernel, *_ = layers
    for move, (down, right) in enumerate(STEPS):
        there = 3 * (1 + down) + 1 + right
        convolution[0, 3 * there, move] = 1.0  # a wall there,
        convolution[0, 3 * there + 2, move], bias[0, 0, move] = -1.0, 1.0  # or no ground to stand on
        reward[0, move, move] = -100.0
        kernel[0, there, move] = 20.0
    convolution[0, 3 * 4 + 1, 4], bias[0, 0, 5] = 1.0, 1.0
    reward[0, 4], reward[0, 5] = 10.0, -1.0
    return network, layers


def test_set_by_hand_it_does_value_iteration_on_a_maze() -> None:
    cells = np.array([list(row) for row in MAZE.split()])
    walls, goal = cells == "#", cells == "G"
    network, layers = planner(40)
    board = torch.from_numpy(np.stack([walls, goal, np.zeros_like(walls)]).astype(np.float32))
    v = network.plan(layers, board[None, None])[1].double().numpy()[0, 0, 0]

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
        network, layers = planner(iterations)
        near, far = torch.zeros(2, 1, 1, 3, 1, 12)
        near[..., 1, 0, 11] = 1.0
        plans = [network.plan(layers, board)[1][..., 0, 2] for board in (near, far)]
        assert (plans[0] != plans[1]).item() is sees


def test_a_training_with_each_network_follows_its_seed() -> None:
    rng, obs = np.random.default_rng(1), boards(1, 41)[0].numpy()
    ends = rng.random(40) < 0.1
    shown = Transitions(obs[:-1], rng.integers(4, size=40), obs[1:], ends, np.zeros(40, np.float32), ends)
    for name in ("cnn", "vin"):
        config = SoftQConfig(
            network=name,
            hidden=(4, 8),
            iterations=3,
            updates=32,
            batch_size=4,
            checkpoint_every=32,
        )
        together, alone = (
            SoftQTrainer(config, (3, 4, 5), 4, seeds=seeds, demonstrations=[shown])
            for seeds in ((3, 4), (4,))
        )
        for trainer in (together, alone):
            trainer.advance(32)
        torch.testing.assert_close(together.critic.weights[1], alone.critic.weights[0], atol=1e-4, rtol=1e-3)
        assert not torch.equal(together.critic.weights[0], together.critic.weights[1])


@pytest.mark.parametrize(
    ("changes", "shape", "says"),
    [
        ({"network": "vin"}, (4,), r"vin needs images of at least two planes.*shape \(4,\): choose mlp"),
        ({"network": "cnn"}, (1, 8, 8), "cnn needs images of at least two planes"),
        ({"network": "cnn", "hidden": (16,)}, (3, 8, 8), "cnn takes at least two numbers in hidden"),
        ({"network": "vin", "layer_norm": True}, (3, 8, 8), "no layer_norm"),
        ({"network": "vin", "iterations": 0}, (3, 8, 8), "iterations must be a positive number, got 0"),
        ({"network": "vin", "compile": True}, (3, 8, 8), "take minutes to compile: set compile to false"),
        ({"network": "net"}, (3, 8, 8), "network must be one of mlp, cnn, vin, got 'net'"),
    ],
)
def test_a_network_that_does_not_fit_is_refused(changes: dict[str, Any], shape: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        network_for(SoftQConfig(**changes), shape, 4)


def test_without_a_choice_it_is_the_perceptron() -> None:
    assert network_for(SoftQConfig(), (3, 8, 8), 4) == MLP(192, (64, 64), 4)
