"""Photos with label maps → TFRecord shards, for the systems that paint from label maps.

    python -m input_pipeline.prepare_labels --images photos --labels ids --label_count 35 --out out
    python -m input_pipeline.prepare_labels --images photos --segmenter models/parser/1 --out out
    python -m input_pipeline.prepare_labels --parts_of portraits --out out
    python -m input_pipeline.prepare_labels --celebamask CelebAMask-HQ --out out
    python -m input_pipeline.prepare_labels --out out --verify

Label maps that people made are all checked before anything is written. Killed at any moment, the
same command goes on where it stopped (`sharding/shards.py`).
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from input_pipeline import preparation
from input_pipeline.faces import framing
from input_pipeline.label_maps import checks, label_sets, labels, record_files, schema, segmenter
from input_pipeline.label_maps.label_sets import LabelSet
from input_pipeline.label_maps.options import Options, label_set, placed, settled
from input_pipeline.sharding import finished, shards
from input_pipeline.sharding.finished import Described
from input_pipeline.sources import celebamask, label_maps, segmented
from interface import command_line

PREVIEW_PAIRS, PREVIEW_TILE = 24, 192


def main(argv: list[str]) -> None:
    """Prepare records as the flags say; `--help` lists them."""
    preparation.main(argv, Options, wanted)


def wanted(options: Options) -> MapSet:
    """The data set that flags ask for. Raises UserError for what can't work."""
    options = settled(options)
    size = (options.size[0], options.size[1]) if options.size else None
    made = labels.Labels(
        _source(options), size, options.ignore is not None, placed(options), options.hold_out
    )
    return MapSet(options, label_set(options), made)


def _source(options: Options) -> labels.Source:
    if options.celebamask:
        return celebamask.CelebAMask(options.celebamask)
    assert options.split
    if options.parts_of:
        from input_pipeline.faces import outline  # SciPy loads here
        from input_pipeline.sources import face_parts

        outline.check()
        return face_parts.FaceParts(options.parts_of, options.size[0], options.split)
    assert options.images
    if options.segmenter:
        made_by = segmenter.read(options.segmenter)
        return segmented.Segmented(options.images, made_by, options.split)
    assert options.labels and options.label_count is not None
    return label_maps.LabelMaps(
        options.images,
        options.labels,
        options.label_count,
        instances=options.instances,
        split=options.split,
        ignored=options.ignore,
        scale=options.scale,
        turn=options.turn_labels,
    )


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
    words = ("split", "files")

    @property
    def packages(self) -> tuple[str, ...]:
        """Whose versions decide what the records hold."""
        return ("pillow", "numpy", *self.made.source.packages)

    @property
    def parts(self) -> dict[str, str]:
        """A split each."""
        return {split: schema.file_stem(split) for split in self.made.splits}

    def task(self) -> labels.Labels:
        """What is made of each item."""
        return self.made

    def items(self) -> list[str]:
        """All of them; each checked, where it should be usable."""
        if self.made.source.is_complete:
            return checks.checked(self.made, self.options.workers)
        return self.made.source.items()

    def name(self, item: str) -> str:
        """The first of its files."""
        return labels.name_of(item)

    def nothing(self, rejected: Sequence[tuple[str, str]]) -> str:
        """The first reason of all."""
        name, reason = rejected[0]
        return f"no record came of {len(rejected)} files; {name}: {reason}"

    def about(self, report: shards.Report, counts: dict[str, int]) -> dict[str, Any]:
        """The classes; how many records have which size; how many pixels have which id."""
        cut = self.made.source.framing
        return {
            **({framing.FIELD: cut.value} if cut else {}),
            **({record_files.IGNORES: True} if self.made.ignores else {}),
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
        tiles = _tiles(itertools.islice(records, PREVIEW_PAIRS), self.label_set)
        return {"preview.png": lambda: preparation.preview(tiles, PREVIEW_TILE)}

    def remarks(self, described: Described) -> tuple[str, str]:
        """None."""
        return "", ""


def _tallied(report: shards.Report, what: str) -> dict[str, int]:
    """{"3": 17} of {"id 3": 17}, in the order of the numbers."""
    keys = [key.split(" ")[1] for key in report.tally if key.startswith(f"{what} ")]
    keys.sort(key=lambda key: [int(side) for side in key.split("x")])
    return {key: report.tally[f"{what} {key}"] for key in keys}


def _tiles(records: Iterator[bytes], label_set: LabelSet) -> Iterator[np.ndarray]:
    """Each photo beside its label map in colours, on white squares."""
    for record in map(schema.decode, records):
        yield _squared(record.image, Image.Resampling.BICUBIC)
        yield _squared(label_set.pictured(record.label), Image.Resampling.NEAREST)


def _squared(pixels: np.ndarray, method: Image.Resampling) -> np.ndarray:
    side = (PREVIEW_TILE, PREVIEW_TILE)
    return np.asarray(ImageOps.pad(Image.fromarray(pixels), side, method, color="white"))


if __name__ == "__main__":
    command_line.run(main)
