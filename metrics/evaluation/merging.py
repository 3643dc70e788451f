"""Classes that a measure counts as others: what one data set tells apart, another may not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from input_pipeline.label_maps.label_sets import LabelSet
from interface.command_line import UserError


def table(merged: Sequence[str], label_set: LabelSet) -> np.ndarray:
    """The class that each id counts as.

    Args:
      merged: as "hat:hair", names of --merged.
      label_set: has them.

    Returns:
      uint8 [256]; ids that are no class stay.

    Raises:
      UserError: not of that form, a name that is not known, or a class that is merged counts
        others: it would then matter which pair comes first.
    """
    counted = np.arange(256, dtype=np.uint8)
    merged_away = {pair.partition(":")[0] for pair in merged}
    for pair in merged:
        class_, colon, other = pair.partition(":")
        if not colon or not {class_, other} <= {*label_set.names}:
            raise UserError(
                f"--merged {pair}: wanted pairs like hat:hair, of {', '.join(label_set.names)}"
            )
        if other in merged_away:
            raise UserError(f"--merged {pair}: {other} counts as another itself; name that one")
        counted[label_set.names.index(class_)] = label_set.names.index(other)
    return counted
