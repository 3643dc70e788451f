"""A trained encoder → the styles of each class in its training set, styles.json beside the run.

python -m siblings.pix2pixhd.features --run_dir runs/streets --data_dir labels
"""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from input_pipeline.label_maps import record_files
from interface import command_line
from interface.command_line import UserError, setting
from serving import styles
from siblings.pix2pixhd import clusters

if TYPE_CHECKING:
    from siblings.pix2pixhd.restoring import Restored

BATCH = 4


@dataclasses.dataclass(frozen=True)
class Options:
    """Runs phase 3's encoder over the training records, and clusters what it gives, by class.

    Each region that covers more than 1/64 of its picture counts once; of each class K-means keeps
    10 clusters at most.
    """

    data_dir: str = setting("folder of the records that the run was trained on")
    run_dir: str = setting("folder of the run", "./runs")
    best: bool = setting("the checkpoint that --eval_every kept, not the newest", False)
    seed: int = setting("of the clusters' first centres", 0, at_least=0, at_most=2**28)


def main(argv: list[str]) -> None:
    """Encode and cluster as the flags say; `--help` lists them."""
    options = command_line.read(Options, argv)
    from siblings.pix2pixhd import restoring

    restored = restoring.restore(options.run_dir, options.best, phase=3)
    found = styled(restored, options)
    path = restored.stage.folder / styles.FILE
    found.write(path)
    names = restored.classes.names
    print(f"{path}: {', '.join(f'{names[c]} {len(each)}' for c, each in found.clusters.items())}")


def styled(restored: Restored, options: Options) -> styles.Styles:
    """The styles of the records.

    Raises:
      UserError: they have other classes, or no instances where these are needed.
    """
    rows = collections.defaultdict(list)
    for features, label, numbers in _encoded(restored, options.data_dir):
        for each, row in clusters.regions(features, label, numbers):
            rows[each].append(row)
    centres = {
        each: clusters.clustered(np.stack(rows[each]), options.seed)
        for each in sorted(rows)
        if each < restored.classes.count
    }
    if not centres:
        raise UserError(f"--data_dir {options.data_dir}: no region covers 1/64 of its picture")
    return styles.Styles(
        restored.digest, restored.features, restored.settings["feature_channels"], centres
    )


def _encoded(
    restored: Restored, data_dir: str
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Features [H, W, C] of every record, its label map, and the regions they are means over."""
    from input_pipeline.label_maps import dataset
    from input_pipeline.processes import tracked
    from siblings.pix2pixhd import restoring

    records = record_files.open_records(data_dir)
    restoring.check_records(restored, records, data_dir)
    of_instances = restored.features == "instance"
    view = restored.view()
    for start in tracked("encoding", range(0, records.count, BATCH)):
        batch = dataset.first(records, view, BATCH, 0, of_instances, start)
        regions = batch["instance" if of_instances else "label"]
        yield from zip(restored.encoded(batch["image"], regions), batch["label"], regions)


if __name__ == "__main__":
    command_line.run(main)
