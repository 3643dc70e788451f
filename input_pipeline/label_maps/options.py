"""The flags that records of label maps are prepared with."""

from __future__ import annotations

import dataclasses
from typing import Optional

from input_pipeline.label_maps import label_sets
from interface.command_line import UserError, as_typed, setting


@dataclasses.dataclass(frozen=True)
class Options:
    """Turns photos with label maps into records.

    --images and --labels, or --celebamask, say where they are. Files are matched by name: a/x.jpg
    goes with a/x.png, Cityscapes' suffixes aside. Folders may be URLs (gs://, s3://). Flags after
    a lone -- are Apache Beam's own.
    """

    out: str = setting("folder of the records")
    images: Optional[str] = setting("folder of photos, searched recursively", None)
    labels: Optional[str] = setting("folder of their label maps: grey or palette, ids", None)
    instances: Optional[str] = setting("folder of their instance maps, of 8 or 16 bits", None)
    celebamask: Optional[str] = setting("CelebAMask-HQ's folder as it is distributed", None)
    label_count: Optional[int] = setting(
        "ids of --labels are 0 to this less one", None, at_least=1, at_most=label_sets.MOST
    )
    classes: Optional[str] = setting(
        "JSON of the ids' names, colours and mirrored classes: the data set carries them", None
    )
    split: Optional[str] = setting(
        "of --images, train unless said", None, choices=("train", "validation", "test")
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
    given = [name for name in ("images", "labels", "instances") if getattr(options, name)]
    if options.celebamask:
        of_folders = ("label_count", "classes", "split")
        ours = [name for name in of_folders if getattr(options, name) is not None]
        if given or ours:
            raise UserError(f"--celebamask: wanted alone, found --{(given + ours)[0]} beside it")
        options = dataclasses.replace(options, label_count=label_sets.CELEBAMASK.count)
    elif given[:2] != ["images", "labels"]:
        told = " and ".join(f"--{name}" for name in given) or "none"
        raise UserError(f"wanted --images and --labels, or --celebamask; found {told}")
    elif options.label_count is None:
        raise UserError("--label_count is missing: ids of --labels are 0 to this less one")
    if len(options.size) > 2 or any(side < 1 for side in options.size):
        raise UserError(f"--size {as_typed(options.size)}: wanted a side or height,width in pixels")
    size = options.size * 2 if len(options.size) == 1 else options.size
    split = options.split if options.celebamask else options.split or "train"
    return dataclasses.replace(options, size=size, split=split)


def label_set(options: Options) -> label_sets.LabelSet:
    """The classes of settled flags. Raises UserError for a file of --classes that can't be."""
    if options.celebamask:
        return label_sets.CELEBAMASK
    assert options.label_count
    if options.classes is None:
        return label_sets.numbered(options.label_count)
    classes = label_sets.read(options.classes)
    if classes.count != options.label_count:
        raise UserError(
            f"--classes {options.classes}: {classes.count} classes; --label_count "
            f"{options.label_count} wants as many"
        )
    return classes
