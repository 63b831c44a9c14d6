"""A page of charts that needs nothing from the network: what every HTML export here is made of."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from html import escape

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from irl_app import __version__
from irl_app.export.report_style import SCRIPT, STYLE, UNPACK
from irl_app.figures import ThemeName

Charts = Mapping[str, Mapping[ThemeName, go.Figure]]

_CSP = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:"


def charts_page(title: str, body: str, charts: Charts) -> str:
    """A self-contained page.

    A content security policy forbids requests, and the colours follow the reader's theme.

    Args:
        title: plain text.
        body: HTML, every text in it escaped; ``chart_group`` says where charts go.
        charts: by name, in both themes.
    """
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{_CSP}">
<meta name="color-scheme" content="light dark">
<title>{escape(title)}</title>
<style>{STYLE}</style>
</head>
<body>
<main>
{body}<footer>irl-app {escape(__version__)}</footer>
</main>
<noscript><p>The charts need JavaScript; everything else is here.</p></noscript>
<script>{UNPACK}
const PLOTLY = {_plotly()};
const PACKED = {pack(_as_json(charts))};
{SCRIPT}</script>
</body>
</html>
"""


def page_header(title: str, facts: Mapping[str, str]) -> str:
    """The page's beginning: its title, and facts by name."""
    items = "".join(f"<div><dt>{escape(k)}</dt><dd>{escape(v)}</dd></div>" for k, v in facts.items())
    brand = '<p class="brand">IRL Lab</p>'
    return f'<header>{brand}<h1>{escape(title)}</h1><dl class="facts">{items}</dl></header>'


def chart_group(title: str, note: str, names: Sequence[str]) -> str:
    """A section of a page with some of its charts."""
    charts = "".join(f'<div class="chart" data-chart="{escape(name)}"></div>' for name in names)
    return (
        f'<section><h2>{escape(title)}</h2><p class="note">{escape(note)}</p>'
        f'<div class="charts">{charts}</div></section>'
    )


def pack(text: str) -> str:
    """A JavaScript array of a text's length when deflated, and its digits to the base 85.

    A third of the text's size; the digits are none that could end a string or a script. The page's script
    unpacks it.
    """
    deflated = zlib.compress(text.encode(), 9)
    digits = base64.b85encode(deflated).decode().replace("<", ",")
    return f'[{len(deflated)}, "{digits}"]'


@lru_cache(maxsize=1)
def _plotly() -> str:
    return pack(get_plotlyjs())


def _as_json(charts: Charts) -> str:
    content = {
        name: {theme: json.loads(figure.to_json()) for theme, figure in by_theme.items()}
        for name, by_theme in charts.items()
    }
    return json.dumps(content, separators=(",", ":"))
