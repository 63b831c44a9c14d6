"""The package ``trainers``, which lies beside this one: found there, whatever else is called so."""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

NAME = "trainers"


def take_own_trainers() -> None:
    """Load the ``trainers`` beside this package, before a folder of that name where we happen to be.

    Raises:
        ImportError: another package of that name is loaded already.
    """
    home = Path(__file__).resolve().parent.parent / NAME
    loaded = sys.modules.get(NAME)
    if loaded is not None:
        where = [*getattr(loaded, "__path__", ()), getattr(loaded, "__file__", None) or ""][0]
        if Path(where).resolve() in (home, home / "__init__.py"):
            return
        raise ImportError(
            f"another package called {NAME} was imported before irl_app, from {where}: import irl_app "
            "first, or rename that one, for irl_app brings its own of this name"
        )
    spec = spec_from_file_location(NAME, home / "__init__.py", submodule_search_locations=[str(home)])
    assert spec is not None  # of a Python file
    assert spec.loader is not None
    sys.modules[NAME] = module = module_from_spec(spec)
    spec.loader.exec_module(module)
