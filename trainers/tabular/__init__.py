"""Exact solvers on a finite MDP: numpy and scipy only, sparse, float64."""
