"""Photos → TFRecord shards of aligned faces with their line drawings.

    python -m input_pipeline.prepare --images photos --out records
    python -m input_pipeline.prepare --out records --verify

Killed at any moment, the same command goes on where it stopped (`sharding/shards.py`); with more
--resolutions it adds those to a data set that is whole.
"""

from __future__ import annotations

import collections
import dataclasses
import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from input_pipeline import preparation
from input_pipeline.faces import framing, schema
from input_pipeline.faces.framing import Framing
from input_pipeline.faces.in_photo import DOUBTFUL, NO_FACE, OUTSIDE, Faces, Source
from input_pipeline.faces.landmarks import Dlib
from input_pipeline.faces.options import SOURCES, Options, settled
from input_pipeline.inspection import inventory
from input_pipeline.sharding import finished, shards
from input_pipeline.sharding.finished import Described
from input_pipeline.sources import listed
from interface import command_line
from interface.command_line import UserError

COLUMNS = ["file", "side", "resolution", "yaw", "pitch", "roll", "score", "filled"]  # of faces.csv
PREVIEW_FACES, PREVIEW_TILE = 24, 128
MOSTLY_SEEN = 2 / 3  # of a face's square its photo should show at least this part


def main(argv: list[str]) -> None:
    """Prepare records as the flags say; `--help` lists them."""
    preparation.main(argv, Options, wanted)


def wanted(options: Options) -> FaceSet:
    """The data set that flags ask for. Raises UserError for what can't work."""
    source = source_of(options)
    if options.names is not None:
        source = listed.Listed(source, options.names)
    return FaceSet(settled(options), source)


def source_of(options: Options) -> Source:
    """Where the photos come from. Raises UserError unless exactly one flag says so."""
    given = [name for name in SOURCES if getattr(options, name) is not None]
    if len(given) != 1:
        flags, told = (
            between.join(f"--{name}" for name in names)
            for between, names in ((", ", SOURCES), (" and ", given))
        )
        raise UserError(f"where are the photos? wanted one of {flags}; found {told or 'none'}")
    place, limit = getattr(options, given[0]), options.max_pixels
    if given[0] == "faces_csv":
        from input_pipeline.sources import faces_csv

        return faces_csv.FacesCsv(place, limit)
    if given[0] == "from_tfrecords":
        from input_pipeline.sources import record_set

        return record_set.RecordSet(place)
    if given[0] == "tfds":
        from input_pipeline.sources import tfds

        return tfds.Tfds(place, options.split, limit)
    from input_pipeline.sources import folder

    if given[0] == "celeba_hq":
        return folder.celeba_hq(place, limit)
    return folder.Folder(place, max_pixels=limit)


@dataclasses.dataclass(frozen=True)
class FaceSet:
    """A data set of faces (`preparation.DataSet`).

    Attributes:
      options: settled.
      source: of the photos.
    """

    options: Options
    source: Source
    packages = ("dlib-bin", "dlib", "pillow", "numpy")
    words = ("resolution", "photos")

    @property
    def parts(self) -> dict[str, str]:
        """A resolution each."""
        name = self.options.name
        return {str(side): schema.file_stem(side, name) for side in self.options.resolutions}

    def task(self) -> Faces:
        """What is made of each photo."""
        self._framing()
        detector = Dlib(self.options.landmark_model)
        if not self.source.has_landmarks():
            detector.check()
        cut = Framing.ALIGNED if self.options.align else Framing.CENTRAL
        flags = {field.name for field in dataclasses.fields(Faces)} - {"source", "cut", "detector"}
        given = {name: getattr(self.options, name) for name in flags}
        return Faces(self.source, cut=cut, detector=detector, **given)

    def items(self) -> list[str]:
        """The photos' names."""
        return self.source.names()

    def name(self, item: str) -> str:
        """The same."""
        return item

    def _framing(self) -> Framing:
        """How faces lie in the records: in records made from records, as they did."""
        earlier = self.options.from_tfrecords
        if earlier is None:
            return framing.of_options(vars(self.options))
        return framing.of_data_set(inventory.summary(earlier), earlier)

    def nothing(self, rejected: Sequence[tuple[str, str]]) -> str:
        """The reasons by their number, and what would help against the first of them."""
        reasons = collections.Counter(reason.split(":")[0] for _, reason in rejected)
        told = ", ".join(f"{count} {reason}" for reason, count in reasons.most_common())
        if reasons["too small"]:
            advice = "smaller --resolutions or a larger --max_upscale take smaller faces"
        elif reasons[OUTSIDE]:
            advice = "without --noalign each face's own square is taken"
        elif reasons[NO_FACE] or reasons[DOUBTFUL]:
            advice = (
                "wanted faces that look at the camera, of 40 pixels or more; in large photos "
                "--min_face 40 looks for the small ones"
            )
        else:
            return f"no photo among {len(rejected)} files ({told}); wanted a folder that holds some"
        return f"no usable face in {len(rejected)} files ({told}); {advice}"

    def about(self, report: shards.Report, counts: dict[str, int]) -> dict[str, Any]:
        """How many faces are too small for a resolution; how they lie; how many are filled."""
        most = max(counts.values())
        return {
            "left_out": {side: most - count for side, count in counts.items()},
            framing.FIELD: self._framing().value,
            "largely_filled": sum(row["filled"] > 1 - MOSTLY_SEEN for row in report.rows),
        }

    def extras(
        self, report: shards.Report, counts: dict[str, int]
    ) -> dict[str, Callable[[], bytes]]:
        """A table of the faces, and the first of them."""
        rows = sorted(report.rows, key=lambda row: row["file"])
        there = [int(side) for side, count in counts.items() if count]
        side = max([each for each in there if each <= PREVIEW_TILE] or [min(map(int, counts))])
        records = finished.records(self.options.out, report, self.parts[str(side)])
        tiles = _tiles(itertools.islice(records, PREVIEW_FACES))
        cells = ([row[column] for column in COLUMNS] for row in rows)
        return {
            "faces.csv": lambda: finished.table(COLUMNS, cells),
            "preview.png": lambda: preparation.preview(tiles, max(PREVIEW_TILE, side)),
        }

    def remarks(self, described: Described) -> tuple[str, str]:
        """That faces are left out; that most crops show much that is in no photo."""
        small = " (faces too small for the larger ones are left out)"
        return small * any(described["left_out"].values()), _told_of_filled(described)


def _tiles(records: Iterator[bytes]) -> Iterator[np.ndarray]:
    """Crops read back from the records, each beside itself with its drawing in white."""
    for record in map(schema.decode, records):
        yield record.image
        yield np.where(record.mask[..., None], 255, record.image // 2).astype(np.uint8)


def _told_of_filled(described: Described) -> str:
    """A line where most crops are filled; older data sets do not know."""
    filled, faces = described.get("largely_filled", 0), max(described["counts"].values())
    if 2 * filled <= faces:
        return ""
    return (
        f"{filled} of {faces} crops reach beyond their photos by more than a third, filled with a "
        "blur. If the photos are cropped to the face already, --noalign (into a new --out) keeps "
        "them as they are; --max_filled 0.33 rejects such faces\n"
    )


if __name__ == "__main__":
    command_line.run(main)
