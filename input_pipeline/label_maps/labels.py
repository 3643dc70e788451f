"""Photos with label maps → records, whatever the data set they come from."""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import io
import json
import zlib
from collections.abc import Iterator
from typing import Optional, Protocol, Union

import numpy as np
from PIL import Image, UnidentifiedImageError

from input_pipeline import photos, storage
from input_pipeline.faces.framing import Framing
from input_pipeline.label_maps import placing
from input_pipeline.label_maps import schema as label_schema
from input_pipeline.label_maps.label_sets import IGNORED
from input_pipeline.photos import Rejected
from input_pipeline.sharding.shards import Outcome

Size = tuple[int, int]  # height, width
HELD_OUT = "validation"  # the split
ID_MODES = ("1", "L", "P", "I", "I;16", "I;16B")  # one number a pixel


class LeftOut(Rejected):
    """No mistake: a file without counterpart, or one that is not wanted."""


@dataclasses.dataclass(frozen=True)
class Photo:
    """A photo that can be decoded.

    Attributes:
      path: local path or URL.
      size: height and width, upright.
      content: the file's bytes, where a record may hold them as they are.
      turn: by which its stored pixels are made upright, as EXIF says.
    """

    path: str
    size: Size
    content: Optional[bytes]
    turn: Optional[Image.Transpose] = None

    def scaled(self, size: Size) -> Union[bytes, np.ndarray]:
        """The file's bytes if they have this size and may be kept, else uint8 [H, W, 3].

        Raises:
          Rejected: it can no longer be read.
        """
        if self.content is not None and size == self.size:
            return self.content
        return _scaled(photos.read(self.path)[0], size)


@dataclasses.dataclass(frozen=True)
class Pixels:
    """A photo that is there already, uint8 [H, W, 3]."""

    pixels: np.ndarray

    @property
    def size(self) -> Size:
        return self.pixels.shape[0], self.pixels.shape[1]

    def scaled(self, size: Size) -> np.ndarray:
        """As `Photo.scaled`."""
        return _scaled(Image.fromarray(self.pixels), size)


@dataclasses.dataclass(frozen=True)
class Sample:
    """A photo, its label map, and the instances in it.

    Attributes:
      split: train, validation or test.
      source: the photo's name.
      photo: it may have another size than its label map.
      label: uint8 [H, W]; or [H, W, 3], a picture.
      instance: int32 [H, W], or None.
    """

    split: str
    source: str
    photo: Union[Photo, Pixels]
    label: np.ndarray
    instance: Optional[np.ndarray] = None


class Source(Protocol):
    """Where samples come from. Picklable: workers and other machines are given it.

    Attributes:
      splits: those that its samples may have.
      is_complete: whether every pair should be usable: one that is not is a mistake, told before
        anything is written. Else it is left out, as a photo without a face is.
      packages: whose versions decide what it gives, beside Pillow and NumPy.
      framing: how faces lie in its photos, where they are cut out around one; else None.
    """

    @property
    def splits(self) -> tuple[str, ...]: ...

    @property
    def is_complete(self) -> bool: ...

    @property
    def packages(self) -> tuple[str, ...]: ...

    @property
    def framing(self) -> Optional[Framing]: ...

    def items(self) -> list[str]:
        """All there is, sorted, files without counterpart as `left_out` has them.

        Raises:
          UserError: there is no pair, or none can be told from another.
        """

    def sample(self, item: str) -> Sample:
        """Read one. Raises Rejected, naming the file and what is wrong with it."""


@dataclasses.dataclass(frozen=True)
class Labels:
    """What is made of each item: a record of the label map's size, or of the given one.

    Attributes:
      source: of the items.
      size: of the records; None = as their label maps are.
      ignores: whether pixels of IGNORED are of no class.
      placed: an id; only photos where it clearly has a place are taken (`placing.is_placed`).
      hold_out: of so many photos about one, by its name, is of the split validation.
    """

    source: Source
    size: Optional[Size] = None
    ignores: bool = False
    placed: Optional[int] = None
    hold_out: Optional[int] = None

    @property
    def splits(self) -> tuple[str, ...]:
        """Those that its records may have."""
        held_out = (HELD_OUT,) if self.hold_out else ()
        return tuple(dict.fromkeys([*self.source.splits, *held_out]))

    @property
    def stems(self) -> tuple[str, ...]:
        """One for each split."""
        return tuple(map(label_schema.file_stem, self.splits))

    def process(self, item: str) -> Outcome:
        """The record of a sample; its size, and how many pixels each id has, are tallied.

        Raises:
          Rejected: a file without counterpart, one that can't be used, or is not wanted.
        """
        sample = self._sample(item)
        height, width = sample.label.shape[:2]
        size = self.size or (height, width)
        image = sample.photo.scaled(size)
        label = scaled(sample.label, size)
        instance = None if sample.instance is None else nearest(sample.instance, size)
        record = label_schema.encode(image, label, instance, sample.source)
        tally = collections.Counter({f"size {size[0]}x{size[1]}": 1})
        if label.ndim == 2:
            counts = np.bincount(label[label != IGNORED] if self.ignores else label.ravel())
            tally.update({f"id {number}": int(counts[number]) for number in counts.nonzero()[0]})
        return Outcome([(label_schema.file_stem(self._split(sample)), record)], tally=tally)

    def problem(self, item: str) -> Optional[str]:
        """Why an item can't become a record, though it has all its files; None = it can."""
        try:
            self._sample(item)
        except LeftOut:
            return None
        except Rejected as reason:
            return str(reason)
        return None

    def _sample(self, item: str) -> Sample:
        alone = unpaired(item)
        if alone is not None:
            raise LeftOut(alone[1])
        sample = self.source.sample(item)
        if self.placed is not None and not placing.is_placed(sample.label == self.placed):
            raise LeftOut(f"class {self.placed} has no clear place in it")
        return sample

    def _split(self, sample: Sample) -> str:
        """By a number that follows from the name alone: more photos move none to another split."""
        number = zlib.crc32(sample.source.encode("utf-8", "surrogateescape"))
        return HELD_OUT if self.hold_out and number % self.hold_out == 0 else sample.split


def left_out(path: str, reason: str) -> str:
    """The item of a file without counterpart."""
    return json.dumps([path, reason])


def unpaired(item: str) -> Optional[tuple[str, str]]:
    """The path and the reason that `left_out` was given; None for an item of another kind."""
    parts = json.loads(item)
    return (parts[0], parts[1]) if len(parts) == 2 else None


def name_of(item: str) -> str:
    """The file by which people know an item: of all kinds it is the first part."""
    return json.loads(item)[0]


def _scaled(image: Image.Image, size: Size) -> np.ndarray:
    if (image.height, image.width) != size:
        image = image.resize(size[::-1], Image.Resampling.BICUBIC)
    return np.asarray(image)


def scaled(label: np.ndarray, size: Size) -> np.ndarray:
    """Ids [H, W] as `nearest` does it, a picture [H, W, 3] as photos are."""
    return nearest(label, size) if label.ndim == 2 else _scaled(Image.fromarray(label), size)


def nearest(ids: np.ndarray, size: Size) -> np.ndarray:
    """Scale [H, W]: each pixel takes the id at its centre."""
    if ids.shape == size:
        return ids
    return np.asarray(Image.fromarray(ids).resize(size[::-1], Image.Resampling.NEAREST))


def read_photo(path: str) -> Photo:
    """Read a photo, and decode it to see that it can be; a JPEG at an eighth of its size.

    Raises:
      Rejected: naming the file and what is wrong.
    """
    with _opened(path) as (image, content):
        size = (image.height, image.width)
        if label_schema.is_plain(image, content):
            image.draft(None, (1, 1))
            image.load()
            return Photo(path, size, content)
        upright, _ = photos.decode(content)
        return Photo(path, (upright.height, upright.width), None, photos.turn(image))


def turned(ids: np.ndarray, turn: Optional[Image.Transpose]) -> np.ndarray:
    """A map [H, W] or [H, W, 3] of a photo's stored pixels as one of the upright photo."""
    return ids if turn is None else np.asarray(Image.fromarray(ids).transpose(turn))


def read_ids(path: str) -> np.ndarray:
    """The number that a label or instance file gives each pixel: of a palette's colour, its index.

    Returns:
      Integers [H, W].

    Raises:
      Rejected: naming the file and what is wrong.
    """
    with _opened(path) as (image, content):
        _check_ids(image, content)
        ids = np.asarray(image)
        return ids.astype(np.uint8) if ids.dtype == bool else ids


def read_picture(path: str) -> np.ndarray:
    """A label map that is a picture: uint8 [H, W, 3], upright. Raises Rejected, naming it."""
    with _named(path):
        return np.asarray(photos.read(path)[0])


def read_mask(path: str) -> np.ndarray:
    """Where a picture is not black: bool [H, W]. Raises Rejected, naming the file."""
    with _opened(path) as (image, _):
        if image.mode in ("1", "L"):
            return np.asarray(image) != 0
        red, green, blue = np.moveaxis(np.asarray(image.convert("RGB")), 2, 0)
        return (red | green | blue) != 0


@contextlib.contextmanager
def _opened(path: str) -> Iterator[tuple[Image.Image, bytes]]:
    """An image within the pixel limit and its file's bytes; Rejected names the file."""
    with _named(path):
        content = storage.read(path)
        with Image.open(io.BytesIO(content)) as image:
            _check_pixels(image)
            yield image, content


def _check_pixels(image: Image.Image) -> None:
    if image.width * image.height > photos.PIXEL_LIMIT:
        raise Rejected(
            f"height {image.height}, width {image.width}: limit {photos.PIXEL_LIMIT} pixels"
        )


def _check_ids(image: Image.Image, content: bytes) -> None:
    if image.mode not in ID_MODES:
        raise Rejected(
            f"{image.mode} pixels ({len(image.getbands())} channels); wanted one id a pixel: a "
            "palette or grey image"
        )
    if image.format in ("JPEG", "MPO"):
        raise Rejected("a JPEG, which changes ids; wanted a PNG")
    if image.format == "PNG" and label_schema.png_header(content) in ((2, 0), (4, 0)):
        raise Rejected("grey with 2 or 4 bits, which readers scale to 8; save it with 8 bits")


@contextlib.contextmanager
def _named(path: str) -> Iterator[None]:
    """Whatever goes wrong as Rejected, with the file's path before the reason."""
    try:
        yield
    except Rejected as reason:
        raise Rejected(f"{path}: {reason}") from None
    except UnidentifiedImageError:
        raise Rejected(f"{path}: not an image") from None
    # A damaged file can make a decoder raise almost anything; none of it may stop the run.
    except Exception as error:
        told = getattr(error, "strerror", None) or " ".join(str(error).split()) or "damaged"
        raise Rejected(f"{path}: unreadable: {told}") from None
