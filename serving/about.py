"""What a SavedModel says it is, in its `assets/metadata.json`: what to bring it, and of what size.

A program that opens a model reads it here and needs no flag to know what to show.
"""

from __future__ import annotations

import dataclasses
import json
import pathlib
from collections.abc import Iterator, Mapping
from typing import Any, Literal, Optional, get_args

from input_pipeline.label_maps import label_sets
from input_pipeline.label_maps.label_sets import LabelSet
from interface.command_line import UserError

FILE = "metadata.json"  # among a SavedModel's assets
EXPORT = "python -m serving.export"
Asks = Literal["landmarks", "labels", "photo"]
Gives = Literal["image", "labels"]
Style = Literal["seed", "clusters", "reference", "none"]
# The input of "serving_default" that takes what a model asks for.
INPUT = {"landmarks": "mask", "labels": "labels", "photo": "photo"}
ALWAYS = ("system", "asks", "style")  # are said even where they are the defaults
USUAL = 256  # pixels a side that are as good as any
INSTANCES = "instances"  # the input beside it that tells one car from the next


@dataclasses.dataclass(frozen=True)
class About:
    """What a SavedModel is. The defaults are what a model is that says nothing.

    Attributes:
      system: that trained it.
      asks: what to bring: landmarks (or a drawing of their lines), a label map of class ids (never
        one-hot), or a photo. See `INPUT`.
      size: height and width of its pictures, or None where they are free.
      multiple_of: which height and width are then to be.
      classes: of label maps, those that it asks for or gives; none, where it asks for pictures in
        their place.
      instances: whether it wants a map of instances too; see `INSTANCES`.
      style: what else decides what a picture looks like.
      trained_steps: how long it was trained, where that is known.
      gives: what it makes: a picture, or a label map of `classes`.

    Raises:
      ValueError: these do not go together.
    """

    system: str = "mask_embedding"
    asks: Asks = "landmarks"
    size: Optional[tuple[int, int]] = None
    multiple_of: int = 1
    classes: Optional[LabelSet] = None
    instances: bool = False
    style: Style = "seed"
    trained_steps: Optional[int] = None
    gives: Gives = "image"

    def __post_init__(self) -> None:
        for fine, wanted in self._rules():
            if not fine:
                raise ValueError(f"wanted {wanted}")

    def _rules(self) -> Iterator[tuple[bool, str]]:
        """What must hold, and the words for it; each may trust those before it."""
        yield isinstance(self.system, str), "the system's name"
        yield self.asks in get_args(Asks), f"asks: {', '.join(get_args(Asks))}"
        yield self.gives in get_args(Gives), f"gives: {', '.join(get_args(Gives))}"
        yield self.style in get_args(Style), f"style: {', '.join(get_args(Style))}"
        yield self.size is None or _is_size(self.size), "size: [height, width]"
        yield _whole([self.multiple_of], 1), "multiple_of: a whole number"
        yield type(self.instances) is bool, "instances: true or false"
        yield self.trained_steps is None or _whole([self.trained_steps], 0), "trained_steps: steps"
        for does, what in (("asks for", self.asks), ("gives", self.gives)):
            yield self.classes is not None or what != "labels", f"classes, since it {does} labels"

    @property
    def inputs(self) -> tuple[str, ...]:
        """Those that "serving_default" has; a style may add others."""
        return (INPUT[self.asks], INSTANCES) if self.instances else (INPUT[self.asks],)

    @property
    def paints_classes(self) -> bool:
        """Whether it is asked by label maps whose classes have names; not by pictures in their
        place."""
        return self.asks == "labels" and self.classes is not None and self.classes.count > 0

    def refused(self, height: int, width: int) -> str:
        """What is wanted where pictures of this size are not taken, as "multiples of 64"; else
        nothing."""
        if self.size:
            return "" if self.size == (height, width) else f"{self.size[0]}x{self.size[1]}"
        divided = height % self.multiple_of == 0 == width % self.multiple_of
        return "" if divided else f"multiples of {self.multiple_of}"

    def metadata(self) -> dict[str, Any]:
        """As JSON gives it back; fields that would say nothing are left out."""
        told = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        idle = {f.name: f.default for f in dataclasses.fields(self) if f.name not in ALWAYS}
        said = {key: value for key, value in told.items() if value != idle.get(key, ())}
        if self.classes is not None:
            said["classes"] = self.classes.to_json()
        return dict(json.loads(json.dumps(said)))


def of_metadata(metadata: Mapping[str, Any], where: object) -> About:
    """What the content of such a file says; models from before it said what they are ask for
    landmarks, and have a `resolution`.

    Args:
      where: it lies, for the message.

    Raises:
      UserError: nonsense (of what is beside it too), or something that this version does not know.
    """
    known = {field.name for field in dataclasses.fields(About)}
    given = {key: value for key, value in metadata.items() if key in known}
    if "resolution" in metadata:
        given.setdefault("size", [metadata["resolution"]] * 2)
    try:
        if given.get("size") is not None:
            given["size"] = tuple(given["size"])
        if "classes" in given:
            given["classes"] = label_sets.parsed(given["classes"], f"{where}: classes", least=0)
        if not _is_size(metadata.get("trained_size", [1, 1])):
            raise ValueError("wanted trained_size: [height, width]")
        if not _whole([metadata.get("records_side", 1)], 1):
            raise ValueError("wanted records_side: pixels")
        return About(**given)
    except (ValueError, TypeError) as error:
        raise UserError(
            f"{where}: {error}; export the model again, or use the version of this project that "
            "wrote it"
        ) from None


def read(model: pathlib.Path) -> dict[str, Any]:
    """The content of a SavedModel's file, {} where there is none.

    Raises:
      UserError: damaged.
    """
    path = model / "assets" / FILE
    if not path.is_file():
        return {}
    try:
        return dict(json.loads(path.read_text()))
    except (OSError, ValueError, TypeError):
        raise UserError(f"{path}: damaged; export the model again") from None


def usual_size(about: About, metadata: Mapping[str, Any]) -> tuple[int, int]:
    """Height and width that a model learnt from, or others that it takes.

    Args:
      metadata: the whole content of its file.
    """
    side = -(-USUAL // about.multiple_of) * about.multiple_of
    height, width = about.size or metadata.get("trained_size", (side, side))
    return int(height), int(width)


def of_folder(model: pathlib.Path) -> About:
    """What a SavedModel says it is. Raises UserError: none, damaged, or of a newer version."""
    check_there(model)
    return of_metadata(read(model), model)


def check_there(folder: pathlib.Path) -> None:
    """Raise UserError where no SavedModel is in a folder; the line says which one was meant."""
    if (folder / "saved_model.pb").is_file():
        return
    if not folder.is_dir():
        raise UserError(f"--model {folder}: no such folder")
    inside = [path.parent for path in folder.glob("*/saved_model.pb")]
    newest = max(inside, key=lambda path: (len(path.name), path.name), default=None)
    advice = f"give {newest}" if newest else f"make one: {EXPORT}"
    raise UserError(f"--model {folder}: no SavedModel in it; {advice}")


def _is_size(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and len(value) == 2 and _whole(value, 1)


def _whole(numbers: Any, least: int) -> bool:
    return all(type(each) is int and each >= least for each in numbers)
