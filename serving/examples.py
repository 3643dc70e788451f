"""Label maps that come with a SavedModel, for people to begin with.

They lie among its assets: `example_NAME.png`, ids with the classes' colours as its palette, and
perhaps `example_NAME_instances.png`, ids of 8 or 16 bits, and `example_NAME_photo.png`, in whose
style it is painted.

python -m serving.examples --model exports/streets/1 --data_dir streets_records
"""

from __future__ import annotations

import dataclasses
import pathlib
from typing import Optional

import numpy as np

from input_pipeline import photos
from interface import command_line, files, pictures
from interface.command_line import UserError, setting
from serving import about as abouts
from serving.about import About
from serving.asked import labels
from serving.scene import Reference, Scene

BEGINS, INSTANCES, PHOTO = "example_", "_instances", "_photo"
LIMIT = 20_000_000  # pixels


@dataclasses.dataclass(frozen=True)
class Options:
    """Puts label maps of records into a SavedModel, for people to begin with on the page."""

    model: str = setting("folder of the SavedModel, which paints label maps")
    data_dir: str = setting("records of label maps of its classes and size")
    count: int = setting("how many", 4, at_least=1, at_most=100)


@dataclasses.dataclass(frozen=True, eq=False)
class Example:
    """One of them.

    Attributes:
      name: for people.
      reference: in whose style it is painted, where one came along.
    """

    name: str
    scene: Scene
    reference: Optional[Reference] = None


def of_model(folder: pathlib.Path, about: About) -> tuple[Example, ...]:
    """Those of a SavedModel, by their names; those that can't be used are left out."""
    found: list[Example] = []
    if not about.paints_classes:
        return ()
    for path in sorted((folder / "assets").glob(f"{BEGINS}*.png")):
        if not path.stem.endswith((INSTANCES, PHOTO)):
            try:
                found.append(_read(path, about))
            except UserError:
                continue
    return tuple(found)


def main(argv: list[str]) -> None:
    """Write them as the flags say; `--help` lists them."""
    options = command_line.read(Options, argv)
    folder = pathlib.Path(options.model)
    about = abouts.of_folder(folder)
    if not about.paints_classes:
        raise UserError(f"--model {folder}: wanted one that paints label maps of classes")
    write(options, folder, about)


def write(options: Options, folder: pathlib.Path, about: About) -> None:
    """Label maps of records into a SavedModel's assets.

    Raises:
      UserError: no records, or of other classes, sizes, or without instances.
    """
    from input_pipeline.label_maps import dataset, label_sets, record_files  # load TensorFlow

    held_out = record_files.HELD_OUT in record_files.splits(options.data_dir)
    split = record_files.HELD_OUT if held_out else "train"
    records = record_files.open_records(options.data_dir, split)
    assert about.classes is not None
    if records.label_set.names != about.classes.names:
        raise UserError(f"--data_dir {options.data_dir}: not the classes of {options.model}")
    if about.instances and not records.instances:
        raise UserError(f"--data_dir {options.data_dir}: no instances, which the model wants")
    size = abouts.usual_size(about, abouts.read(folder))
    shown = dataset.as_they_are(records, size, options.count, 0, about.instances)
    for number, label in enumerate(shown["label"]):
        ids = np.where(label == label_sets.IGNORED, 0, label).astype(np.uint8)
        pngs = {"": pictures.palette_png(ids, about.classes.colours)}
        if about.instances:
            pngs[INSTANCES] = pictures.png(shown["instance"][number].astype(np.uint16))
        if about.style == "reference":
            pngs[PHOTO] = pictures.png(pictures.to_uint8(shown["image"][number]))
        for what, content in pngs.items():
            path = folder / "assets" / f"{BEGINS}{number + 1}{what}.png"
            with files.replacing(path) as aside:
                aside.write_bytes(content)
    print(f"{folder}: {len(shown['label'])} of {split} to begin with, {size[0]}x{size[1]} pixels")


def _read(path: pathlib.Path, about: About) -> Example:
    ids = labels.of_content(path.read_bytes(), path.name, about, LIMIT)
    numbers = path.with_name(f"{path.stem}{INSTANCES}.png")
    photo = path.with_name(f"{path.stem}{PHOTO}.png")
    instance = None
    if about.instances and numbers.is_file():
        instance = labels.instances_of_content(numbers.read_bytes(), numbers.name, ids, LIMIT)
    reference = None
    if photo.is_file():
        try:
            picture, _ = photos.decode(photo.read_bytes(), limit=LIMIT)
            reference = Reference(np.asarray(picture), ids)
        except photos.Rejected as error:
            raise UserError(f"{photo}: {error}") from None
    name = path.stem[len(BEGINS) :].replace("_", " ").capitalize()
    name = f"Example {name}" if name.isdecimal() else name
    return Example(name, Scene(ids, instance), reference)


if __name__ == "__main__":
    command_line.run(main)
