"""figures.json in an evaluation's folder: what was measured, and on which basis."""

from __future__ import annotations

import dataclasses
import json
import pathlib
from typing import Any

from interface.command_line import UserError
from serving.about import About

FILE = "figures.json"
PLACES = {"run_dir", "model", "data"}  # may change; the digests of weights and photos may not
# Follow from the weights; an older version does not say all of them.
OF_WEIGHTS = {field.name for field in dataclasses.fields(About)}
Content = dict[str, dict[str, Any]]  # "protocol" and "figures"


def earlier(out: pathlib.Path, basis: dict[str, Any]) -> Content:
    """What an evaluation on the same basis has measured already, to go on from.

    Args:
      out: the evaluation's folder.
      basis: everything that all its figures depend on, the protocol's beginning.

    Raises:
      UserError: the one that lies there has another basis, and would be lost.
    """
    path = out / FILE
    try:
        content = json.loads(path.read_text())
        before, figures = dict(content["protocol"]), dict(content["figures"])
    except FileNotFoundError:
        return {"protocol": dict(basis), "figures": {}}
    except (ValueError, KeyError, TypeError):
        raise UserError(f"{path}: damaged; remove it, or give another --out") from None
    for name, value in basis.items():
        if name not in PLACES | OF_WEIGHTS and before.get(name) != value:
            raise UserError(
                f"{path}: holds figures taken with {name} {before.get(name)}, now it is {value}; "
                "remove it, or give another --out"
            )
    return {"protocol": {**before, **basis}, "figures": figures}
