"""Scripts of others that our components need, served by ourselves: nothing is fetched from elsewhere."""

from __future__ import annotations

from pathlib import Path

import plotly
from starlette.requests import Request
from starlette.responses import FileResponse
from starlette.routing import Route

_PATH = "/assets/plotly.min.js"
_KEEP = "public, max-age=31536000, immutable"
PLOTLY_URL = f"{_PATH}?v={plotly.__version__}"
"""Where the browser finds the plotting library; another version has another address, so it may be kept."""


def library_routes() -> list[Route]:
    """The routes that serve them."""
    script = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"

    async def serve(_request: Request) -> FileResponse:
        return FileResponse(script, media_type="text/javascript", headers={"Cache-Control": _KEEP})

    return [Route(_PATH, serve)]
