"""Photos with label maps → TFRecord shards, for the systems that paint from label maps.

    python -m input_pipeline.prepare_labels --images photos --labels ids --label_count 35 --out out
    python -m input_pipeline.prepare_labels --celebamask CelebAMask-HQ --out out
    python -m input_pipeline.prepare_labels --out out --verify

Every file is checked before anything is written. Killed at any moment, the same command goes on
where it stopped (`sharding/shards.py`).
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from input_pipeline import preparation
from input_pipeline.label_maps import checks, label_sets, labels, schema
from input_pipeline.label_maps.label_sets import LabelSet
from input_pipeline.label_maps.options import Options, label_set, settled
from input_pipeline.sharding import finished, shards
from input_pipeline.sharding.finished import Described
from input_pipeline.sources import celebamask, label_maps
from interface import command_line

PREVIEW_PAIRS, PREVIEW_TILE = 24, 192


def main(argv: list[str]) -> None:
    """Prepare records as the flags say; `--help` lists them."""
    preparation.main(argv, Options, wanted)


def wanted(options: Options) -> MapSet:
    """The data set that flags ask for. Raises UserError for what can't work."""
    options = settled(options)
    return MapSet(options, label_set(options), labels.Labels(_source(options), _size(options)))


def _source(options: Options) -> labels.Source:
    if options.celebamask:
        return celebamask.CelebAMask(options.celebamask)
    assert options.images and options.labels and options.label_count and options.split
    return label_maps.LabelMaps(
        options.images, options.labels, options.label_count, options.instances, options.split
    )


def _size(options: Options) -> labels.Size | None:
    return (options.size[0], options.size[1]) if options.size else None


@dataclasses.dataclass(frozen=True)
class MapSet:
    """A data set of label maps (`preparation.DataSet`).

    Attributes:
      options: settled.
      label_set: what the ids mean.
      made: what is made of each item.
    """

    options: Options
    label_set: LabelSet
    made: labels.Labels
    packages = ("pillow", "numpy")
    words = ("split", "files")

    @property
    def parts(self) -> dict[str, str]:
        """A split each."""
        return {split: schema.file_stem(split) for split in self.made.source.splits}

    def task(self) -> labels.Labels:
        """What is made of each item."""
        return self.made

    def items(self) -> list[str]:
        """All of them, each checked."""
        return checks.checked(self.made, self.options.workers)

    def name(self, item: str) -> str:
        """The first of its files."""
        return labels.name_of(item)

    def nothing(self, rejected: Sequence[tuple[str, str]]) -> str:
        """The first reason of all."""
        name, reason = rejected[0]
        return f"no record came of {len(rejected)} files; {name}: {reason}"

    def about(self, report: shards.Report, counts: dict[str, int]) -> dict[str, Any]:
        """The classes; how many records have which size; how many pixels have which id."""
        return {
            "label_count": self.label_set.count,
            label_sets.FIELD: self.label_set.to_json(),
            "sizes": _tallied(report, "size"),
            "pixels": _tallied(report, "id"),
        }

    def extras(
        self, report: shards.Report, counts: dict[str, int]
    ) -> dict[str, Callable[[], bytes]]:
        """The first records."""
        stems = [stem for split, stem in self.parts.items() if counts[split]]
        records = itertools.chain.from_iterable(
            finished.records(self.options.out, report, stem) for stem in stems
        )
        tiles = _tiles(itertools.islice(records, PREVIEW_PAIRS), self.label_set.colours)
        return {"preview.png": lambda: preparation.preview(tiles, PREVIEW_TILE)}

    def remarks(self, described: Described) -> tuple[str, str]:
        """None."""
        return "", ""


def _tallied(report: shards.Report, what: str) -> dict[str, int]:
    """{"3": 17} of {"id 3": 17}, in the order of the numbers."""
    keys = [key.split(" ")[1] for key in report.tally if key.startswith(f"{what} ")]
    keys.sort(key=lambda key: [int(side) for side in key.split("x")])
    return {key: report.tally[f"{what} {key}"] for key in keys}


def _tiles(records: Iterator[bytes], colours: np.ndarray) -> Iterator[np.ndarray]:
    """Each photo beside its label map in colours, on white squares."""
    for record in map(schema.decode, records):
        yield _squared(record.image, Image.Resampling.BICUBIC)
        yield _squared(colours[record.label], Image.Resampling.NEAREST)


def _squared(pixels: np.ndarray, method: Image.Resampling) -> np.ndarray:
    side = (PREVIEW_TILE, PREVIEW_TILE)
    return np.asarray(ImageOps.pad(Image.fromarray(pixels), side, method, color="white"))


if __name__ == "__main__":
    command_line.run(main)
