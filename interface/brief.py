"""What programs know in full, as people want to read it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

LONG = 8  # entries, from which on a list is told by their number


def as_json(content: Mapping[str, Any]) -> str:
    """JSON of settings and the like; of long lists only how many entries they have."""
    shown = {
        name: f"{len(value)} entries" if _is_long(value) else value
        for name, value in content.items()
    }
    return json.dumps(shown, indent=2)


def _is_long(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and len(value) > LONG
