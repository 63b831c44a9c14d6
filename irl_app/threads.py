"""How many threads linear algebra may take: one, unless the environment says otherwise.

The matrices here are small: threads that wait for each other make no solve faster, and use several times its
processor time.
"""

from __future__ import annotations

import os

VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def use_one_thread() -> None:
    """Have linear algebra take one thread, in this process and in those it starts; before NumPy is loaded."""
    for name in VARIABLES:
        os.environ.setdefault(name, "1")
