"""Rewards of places in a plane: exact soft control on a lattice, and causal maximum likelihood there."""

from trainers.places.lattice import Lattice
from trainers.places.likelihood import PlacePrior, PlaceSolution, place_likelihood
from trainers.places.world import Moves, PlaceWorld, Plan, action_grid

__all__ = [
    "Lattice",
    "Moves",
    "PlacePrior",
    "PlaceSolution",
    "PlaceWorld",
    "Plan",
    "action_grid",
    "place_likelihood",
]
