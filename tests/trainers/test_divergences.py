"""Each phi against its definition as a convex conjugate, and its derivatives against automatic ones."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from scipy.optimize import minimize_scalar

from trainers.divergences import DIVERGENCES, divergence

POINTS = {
    "chi2": (-3.0, 0.0, 1.5),
    "reverse_kl": (-2.0, 0.0, 1.5),
    "forward_kl": (0.2, 1.0, 3.0),
    "hellinger": (-0.6, 0.0, 2.0),
    "jensen_shannon": (-0.5, 0.0, 2.0),
    "total_variation": (-0.9, 0.0, 0.9),
    "wasserstein": (-3.0, 0.0, 2.0),
}
GENERATORS: dict[str, Callable[[float], float]] = {
    "chi2": lambda u: (u - 1) ** 2,
    "reverse_kl": lambda u: u * np.log(u),
    "forward_kl": lambda u: -np.log(u),
    "hellinger": lambda u: (np.sqrt(u) - 1) ** 2,
    "jensen_shannon": lambda u: u * np.log(u) - (1 + u) * np.log((1 + u) / 2),
}
AUTOMATIC = {
    "chi2": lambda x: x - x**2 / 4,
    "reverse_kl": lambda x: -torch.exp(-x - 1),
    "forward_kl": lambda x: 1 + torch.log(x),
    "hellinger": lambda x: x / (1 + x),
    "jensen_shannon": lambda x: torch.log(2 - torch.exp(-x)),
    "total_variation": lambda x: x * 1.0,
    "wasserstein": lambda x: x * 1.0,
}


@pytest.mark.parametrize("name", DIVERGENCES)
def test_derivatives_agree_with_automatic_differentiation(name: str) -> None:
    record = DIVERGENCES[name]
    x = torch.tensor(POINTS[name], dtype=torch.float64, requires_grad=True)
    phi = AUTOMATIC[name](x)
    np.testing.assert_allclose(record.phi(x.detach().numpy()), phi.detach().numpy(), rtol=1e-12)
    (slope,) = torch.autograd.grad(phi.sum(), x, create_graph=True)
    np.testing.assert_allclose(record.dphi(x.detach().numpy()), slope.detach().numpy(), rtol=1e-12)
    if name not in ("total_variation", "wasserstein"):
        (bend,) = torch.autograd.grad(slope.sum(), x)
        np.testing.assert_allclose(record.d2phi(x.detach().numpy()), bend.numpy(), rtol=1e-12)


@pytest.mark.parametrize("name", GENERATORS)
def test_phi_is_minus_the_conjugate_of_the_generator_at_minus_x(name: str) -> None:
    for x in POINTS[name]:
        best = minimize_scalar(
            lambda u, x=x: u * x + GENERATORS[name](u),
            bounds=(1e-9, 60.0),
            method="bounded",
            options={"xatol": 1e-10},
        )
        if best.x > 1e-6:  # chi-squared at large x has its minimum outside u > 0, where phi extends it
            assert DIVERGENCES[name].phi(np.array(x)) == pytest.approx(best.fun, abs=1e-6)


@pytest.mark.parametrize("name", DIVERGENCES)
def test_phi_is_concave_on_its_domain_and_neutral_has_slope_one(name: str) -> None:
    record = DIVERGENCES[name]
    inside = np.linspace(max(record.lower, -5) + 1e-3, min(record.upper, 5) - 1e-3, 400)
    assert (record.d2phi(inside) <= 0).all()
    assert (np.diff(record.dphi(inside)) <= 1e-12).all()
    assert record.dphi(np.array([record.neutral]))[0] == pytest.approx(1.0)


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(ValueError, match="unknown divergence 'kl': choose one of chi2, reverse_kl"):
        divergence("kl")
