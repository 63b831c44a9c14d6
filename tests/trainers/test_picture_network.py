"""Networks that see pictures: what plain numpy makes of them, seed by seed, whichever way pictures lie."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from irl_app.rewards import ConvolutionalNetwork, Perceptron, RewardError
from trainers.deep.config import TrainerConfig
from trainers.deep.image_networks import network_for
from trainers.deep.picture_network import AT_ONCE, PictureNetwork
from trainers.spaces import Box

LAST, FIRST = Box((7, 10, 3), "uint8"), Box((2, 9, 6), "uint8")
HIDDEN = (4, 5, 6)


def made(space: Box, beside: int, *seeds: int) -> PictureNetwork:
    generators = [torch.Generator().manual_seed(seed) for seed in seeds]
    config = TrainerConfig(network="cnn", hidden=HIDDEN)
    network = network_for(config, space, 2, generators, beside=beside, layer_norm=True)
    assert isinstance(network, PictureNetwork)
    return network


def read(network: PictureNetwork, space: Box, k: int) -> ConvolutionalNetwork:
    """One seed's, as it is exported."""

    def layers(modules: nn.ModuleList) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
        return tuple((one.weight[k].detach().numpy(), one.bias[k, 0].detach().numpy()) for one in modules)

    read_out = Perceptron(layers(network.read_out.layers), layer_norm=True)
    return ConvolutionalNetwork(space, layers(network.convolutions), read_out)


@pytest.mark.parametrize("space", [LAST, FIRST], ids=["channels last", "channels first"])
def test_torch_numpy_and_plain_convolutions_agree(space: Box) -> None:
    network, n = made(space, 3, 0, 1), 3
    rows = torch.rand(2, n, space.size + 3)
    found = network(rows)
    for k in range(2):
        np.testing.assert_allclose(
            read(network, space, k)(rows[k].numpy()), found[k].detach().numpy(), atol=1e-5
        )
    picture = rows[1, :, : space.size].view(n, *space.shape)
    x = picture.permute(0, 3, 1, 2) if space.channels_last else picture
    for layer, channels in zip(network.convolutions, HIDDEN, strict=False):
        plain = nn.Conv2d(x.shape[1], channels, 3, 2, 1)
        window = layer.weight[1].reshape(3, 3, x.shape[1], channels)
        with torch.no_grad():
            plain.weight.copy_(window.permute(3, 2, 0, 1))
            plain.bias.copy_(layer.bias[1, 0])  # type: ignore[union-attr]
        x = plain(x).relu()
    inside = torch.cat((x.permute(0, 2, 3, 1).flatten(1), rows[1, :, space.size :]), 1)
    torch.testing.assert_close(network.read_out(torch.stack((inside, inside)))[1], found[1])


def test_a_seed_sees_and_learns_the_same_alone_and_beside_others() -> None:
    obs = torch.rand(2, 3, *LAST.shape)
    together, alone = made(LAST, 0, 0, 1), made(LAST, 0, 1)
    torch.testing.assert_close(together(obs)[1:], alone(obs[1:]))
    (loss,) = together(obs)[1:].square().sum((1, 2))
    for beside, own in zip(
        torch.autograd.grad(loss, list(together.parameters())),
        torch.autograd.grad(alone(obs[1:]).square().sum(), list(alone.parameters())),
        strict=True,
    ):
        torch.testing.assert_close(beside[1:], own)
        assert not beside[0].any()


@torch.no_grad()
def test_many_pictures_are_looked_at_in_parts() -> None:
    network, obs = made(LAST, 0, 0), torch.rand(1, AT_ONCE + 5, *LAST.shape)
    torch.testing.assert_close(network(obs)[:, -5:], network(obs[:, -5:]))


def test_parts_that_do_not_fit_are_refused() -> None:
    whole = read(made(LAST, 0, 0), LAST, 0)
    assert (whole.n_inputs, whole.n_outputs) == (LAST.size, 2)
    with pytest.raises(RewardError, match="convolution 0 of weights"):
        ConvolutionalNetwork(FIRST, whole.convolutions, whole.read_out)
    with pytest.raises(RewardError, match="find more than the perceptron"):
        ConvolutionalNetwork(Box((30, 30, 3), "uint8"), whole.convolutions, whole.read_out)
    with pytest.raises(RewardError, match="convolutions see pictures of bytes, observations are arrays"):
        ConvolutionalNetwork(Box((7, 10, 3)), whole.convolutions, whole.read_out)
