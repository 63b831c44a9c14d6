"""Where launcher, pages and assets are: beside the package in a checkout, inside it in a wheel."""

from __future__ import annotations

import os
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent


def site_root() -> Path:
    """The folder that holds ``app.py``, ``pages/`` and ``assets/``."""
    installed = PACKAGE / "site"
    return installed if installed.is_dir() else PACKAGE.parent


def cache_folder() -> Path:
    """Where what can be made again is kept between uses: ``irl-app`` in the user's folder of caches."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "irl-app"


def asset(name: str) -> Path:
    """The file ``assets/<name>``; ``name`` may have folders ("components/grid_editor.js").

    Raises:
        FileNotFoundError: there is no such asset; the message names the path that was looked for.
    """
    path = site_root() / "assets" / name
    if not path.is_file():
        raise FileNotFoundError(f"the asset {name!r} is missing: looked for {path}")
    return path
