"""Finding the widgets that `bound` made."""

from __future__ import annotations

import re
from typing import Any


def widget(kind: Any, key: str) -> Any:
    """The widget of a kind (``page.selectbox``) that shows a value, as it is named now."""
    (found,) = [each for each in kind if re.fullmatch(rf"{re.escape(key)}-\d+", each.key or "")]
    return found
