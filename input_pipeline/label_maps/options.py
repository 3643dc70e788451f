"""The flags that records of label maps are prepared with."""

from __future__ import annotations

import dataclasses
from typing import Optional

from input_pipeline.label_maps import known_sets, label_sets, segmenter
from input_pipeline.label_maps.known_sets import KNOWN, PICTURES
from input_pipeline.label_maps.label_sets import LabelSet
from interface.command_line import UserError, as_typed, setting

SOURCES = ("images", "celebamask", "parts_of")  # flags that say where the photos are
GOES_WITH = {  # flags that are not for all of these
    **dict.fromkeys(("labels", "segmenter", "instances", "label_count", "classes"), ("images",)),
    **dict.fromkeys(("ignore", "scale", "placed"), ("images",)),
    **dict.fromkeys(("split", "hold_out"), ("images", "parts_of")),
}
OF_LABELS = (
    "instances",
    "label_count",
    "classes",
    "ignore",
    "scale",
)  # what --segmenter has none of
SIDE = 256  # of --parts_of, without --size


@dataclasses.dataclass(frozen=True)
class Options:
    """Turns photos with label maps, or photos alone, into records.

    Wanted is one of --images (with --labels or --segmenter), --celebamask and --parts_of. Files are
    matched by name: a/x.jpg goes with a/x.png, Cityscapes' suffixes aside. Folders may be URLs
    (gs://, s3://). Flags after a lone -- are Apache Beam's own.
    """

    out: str = setting("folder of the records")
    images: Optional[str] = setting("folder of photos, searched recursively", None)
    labels: Optional[str] = setting(
        "folder of their label maps: grey or palette, ids; for --classes pictures any images", None
    )
    segmenter: Optional[str] = setting("a segmenter's SavedModel, which makes them instead", None)
    instances: Optional[str] = setting("folder of their instance maps, of 8 or 16 bits", None)
    celebamask: Optional[str] = setting("CelebAMask-HQ's folder as it is distributed", None)
    parts_of: Optional[str] = setting(
        "folder of photos of faces, whose label maps are made from landmarks and outline", None
    )
    label_count: Optional[int] = setting(
        "ids of --labels are 0 to this less one; a word for --classes says it too",
        None,
        at_least=1,
        at_most=label_sets.MOST,
    )
    classes: Optional[str] = setting(
        "JSON of the ids' names, colours and mirrored classes, which the data set carries; or one "
        f"of the words {', '.join(KNOWN)}",
        None,
    )
    ignore: Optional[int] = setting(
        "the id of pixels that do not count", None, at_least=0, at_most=label_sets.IGNORED
    )
    scale: Optional[str] = setting(
        "where a photo and its label map differ in size: scale the images, or the labels",
        None,
        choices=("images", "labels"),
    )
    turn_labels: bool = setting(
        "the maps lie on the photos' stored pixels: turn them as the photos' EXIF says", False
    )
    placed: Optional[str] = setting(
        "take only photos where this class, a name or an id, clearly has a place", None
    )
    split: Optional[str] = setting(
        "of the records, train unless said", None, choices=("train", "validation", "test")
    )
    hold_out: Optional[int] = setting(
        "of so many photos about one, by its name, is of the split validation", None, at_least=2
    )
    verify: bool = setting("re-read a data set instead: counts, checksums, decodability", False)
    size: tuple[int, ...] = setting("of the records: side, or height,width; left out: kept", ())
    shards: int = setting("files per split", 16, at_least=1)
    workers: int = setting("processes; 0 = one for each core", 0, at_least=0)
    runner: Optional[str] = setting("run under Apache Beam: DirectRunner, DataflowRunner, …", None)
    seed: int = setting("of the order of the photos", 0)


def settled(options: Options) -> Options:
    """Refuse flags that do not go together; fill in what follows from others.

    Raises:
      UserError: naming the flag.
    """
    source = source_of(options)
    for name, sources in GOES_WITH.items():
        if getattr(options, name) is not None and source not in sources:
            raise UserError(f"--{name} goes with --{' or --'.join(sources)}, not with --{source}")
    if options.turn_labels and options.labels is None:
        raise UserError("--turn_labels goes with --labels, whose maps it turns")
    if source == "images":
        _check_folders(options)
    if source != "celebamask":
        _check_splits(options)
        options = dataclasses.replace(options, split=options.split or "train")
    size = _size(options, source)
    return dataclasses.replace(options, size=size, label_count=label_set(options).count)


def _size(options: Options, source: str) -> tuple[int, ...]:
    size = options.size * 2 if len(options.size) == 1 else options.size
    if len(size) > 2 or any(side < 1 for side in size):
        raise UserError(f"--size {as_typed(options.size)}: wanted a side or height,width in pixels")
    if source != "parts_of":
        return size
    if len({*size}) > 1:
        raise UserError(f"--size {as_typed(size)}: wanted one side, since --parts_of cuts squares")
    return size or (SIDE, SIDE)


def _check_splits(options: Options) -> None:
    if options.hold_out and options.split:
        raise UserError("--hold_out makes train and validation; leave --split out")


def source_of(options: Options) -> str:
    """The one flag of SOURCES that is given. Raises UserError unless there is exactly one."""
    given = [name for name in SOURCES if getattr(options, name) is not None]
    if len(given) != 1:
        wanted, found = (", ".join(f"--{name}" for name in names) for names in (SOURCES, given))
        raise UserError(f"where are the photos? wanted one of {wanted}; found {found or 'none'}")
    return given[0]


def _check_folders(options: Options) -> None:
    """What --images needs beside it."""
    if (options.labels is None) == (options.segmenter is None):
        found = "both" if options.labels else "none"
        raise UserError(
            f"--images: wanted one of --labels and --segmenter beside it; found {found}"
        )
    foreign = [name for name in OF_LABELS if getattr(options, name) is not None]
    if options.segmenter and foreign:
        raise UserError(f"--{foreign[0]} goes with --labels, not with --segmenter")
    if options.labels and options.label_count is None and options.classes is None:
        raise UserError(
            "--classes is missing, which says what ids of --labels mean; or give --label_count, "
            "of which they are 0 to one less"
        )
    if options.ignore is not None and options.label_count == label_sets.MOST:
        raise UserError(f"--ignore: a --label_count of {label_sets.MOST} leaves no id for it")
    if options.ignore is not None and options.classes == PICTURES:
        raise UserError(f"--ignore: --classes {PICTURES} have no ids; leave it out")


def label_set(options: Options) -> LabelSet:
    """The classes of the records. Raises UserError for --classes or a --segmenter that can't be."""
    if options.segmenter:
        return segmenter.read(options.segmenter).label_set
    if options.celebamask or options.parts_of:
        return label_sets.CELEBAMASK
    count = options.label_count
    if options.classes is None:
        assert count
        return label_sets.numbered(count)
    classes = known_sets.read(options.classes)
    if count not in (None, classes.count):
        raise UserError(
            f"--classes {options.classes}: {classes.count} classes; --label_count {count} wants "
            "as many"
        )
    return classes


def placed(options: Options) -> Optional[int]:
    """The id of --placed. Raises UserError where there is no such class."""
    return None if options.placed is None else label_set(options).called(options.placed, "placed")
