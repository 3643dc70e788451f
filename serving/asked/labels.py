"""A picture of a label map that people bring → the ids that a painter is asked for."""

from __future__ import annotations

import io
import pathlib
from collections.abc import Callable, Mapping

import numpy as np
from PIL import Image, UnidentifiedImageError

from input_pipeline import photos
from input_pipeline.label_maps.label_sets import LabelSet
from interface.command_line import UserError
from serving.about import About
from serving.scene import Scene

SHOWN = 3  # of what is unknown
LIKE_A_PHOTO = 100  # colours of no class
FORMATS = ("PNG", "BMP", "GIF", "TIFF", "WEBP")  # a JPEG changes ids and colours


def from_file(path: str, about: About, flag: str = "label") -> np.ndarray:
    """`of_content` of a file, which a flag gives."""
    where = f"--{flag} {path}"
    return of_content(_content(path, where), where, about)


def of_content(
    content: bytes,
    where: str,
    about: About,
    limit: int = photos.PIXEL_LIMIT,
    any_size: bool = False,
) -> np.ndarray:
    """The ids of a label map.

    Its pixels are ids (grey, or a palette's numbers), or colours: those of the classes, with or
    without a palette. Where a painter knows two classes alone, white on black will do. A painter
    without classes takes any picture.

    Args:
      content: of the file; where: it comes from, for the message.
      about: the painter, which asks for labels.
      limit: most pixels.
      any_size: even one that is not painted.

    Returns:
      uint8 [H, W], ids of the painter's classes; or a picture [H, W, 3].

    Raises:
      UserError: no such picture, a colour or an id that is no class, a size that is not painted.
    """
    assert about.classes is not None
    classes = about.classes
    if not classes.count:
        ids = _picture(content, where, limit)
    else:
        ids = _read(content, where, limit, lambda image: _ids(image, where, classes))
    if not any_size:
        _check_size(ids, where, about)
    return ids


def fitted(scene: Scene, about: About) -> Scene:
    """A scene at the nearest size that a painter takes; the very same where it takes its own."""
    height, width = scene.label.shape[:2]
    if not about.refused(height, width):
        return scene
    size = _nearest(height, width, about)
    label = _resized(scene.label, size)
    return Scene(label, None if scene.instance is None else _resized(scene.instance, size))


def instances_of_file(path: str, label: np.ndarray) -> np.ndarray:
    """`instances_of_content` of a file."""
    where = f"--instance {path}"
    return instances_of_content(_content(path, where), where, label)


def _content(path: str, where: str) -> bytes:
    try:
        return pathlib.Path(path).read_bytes()
    except OSError as error:
        raise UserError(f"{where}: {error.strerror}") from None


def instances_of_content(
    content: bytes, where: str, label: np.ndarray, limit: int = photos.PIXEL_LIMIT
) -> np.ndarray:
    """A map of instances: an id for each pixel, of 8, 16 or 32 bits.

    Args:
      content: of the file; where: it comes from, for the message.
      label: [H, W], the label map that it goes with.
      limit: most pixels.

    Returns:
      int32 [H, W].

    Raises:
      UserError: no such picture, or of another size.
    """

    def numbers(image: Image.Image) -> np.ndarray:
        if not _has_numbers(image):
            raise UserError(f"{where}: {image.mode} pixels; wanted one id a pixel: a grey PNG")
        return np.asarray(image).astype(np.int32)

    ids = _read(content, where, limit, numbers)
    if ids.shape != label.shape[:2]:
        raise UserError(
            f"{where}: {ids.shape[0]}x{ids.shape[1]} pixels; wanted its label map's "
            f"{label.shape[0]}x{label.shape[1]}"
        )
    return ids


def _read(
    content: bytes, where: str, limit: int, ids: Callable[[Image.Image], np.ndarray]
) -> np.ndarray:
    """What `ids` makes of a picture; UserError says what is wrong with it."""
    try:
        with Image.open(io.BytesIO(content)) as image:
            if image.format not in FORMATS:
                raise UserError(f"{where}: a {image.format}, which changes ids; wanted a PNG")
            if image.width * image.height > limit:
                raise UserError(
                    f"{where}: height {image.height}, width {image.width}: limit {limit} pixels"
                )
            return ids(image)
    except UserError:
        raise
    except UnidentifiedImageError:
        raise UserError(f"{where}: not an image") from None
    # A damaged file can make a decoder raise almost anything.
    except Exception as error:
        raise UserError(f"{where}: unreadable: {' '.join(str(error).split())[:200]}") from None


def _picture(content: bytes, where: str, limit: int) -> np.ndarray:
    """uint8 [H, W, 3], as photos are read for records."""
    try:
        return np.asarray(photos.decode(content, limit=limit)[0])
    except photos.Rejected as error:
        raise UserError(f"{where}: {error}") from None


def _has_numbers(image: Image.Image) -> bool:
    """Whether each pixel is one whole number."""
    return image.mode in ("1", "L", "P") or image.mode.startswith("I")


def _ids(image: Image.Image, where: str, classes: LabelSet) -> np.ndarray:
    if _has_numbers(image) and not (image.mode == "P" and _is_coloured(image, classes)):
        ids = np.asarray(image).astype(np.int64)
        if classes.count == 2 and {*np.unique(ids)} <= {0, 255}:
            ids //= 255
        foreign = np.unique(ids[(ids < 0) | (ids >= classes.count)])
        if len(foreign):
            raise UserError(
                f"{where}: id {_listed(foreign)}; wanted 0 to {classes.count - 1}: "
                f"{', '.join(classes.names)}"
            )
        return ids.astype(np.uint8)
    return _of_colours(image, where, classes)


def _is_coloured(image: Image.Image, classes: LabelSet) -> bool:
    """Whether all of a palette's colours in use are classes': then these count, not numbers.

    Not where they are the numbers' own, as then the numbers tell classes of one colour apart.
    """
    ids, pixels = np.asarray(image), np.asarray(image.convert("RGB"))
    if ids.max() < classes.count and (classes.pictured(ids) == pixels).all():
        return False
    used = np.unique(pixels.reshape(-1, 3), axis=0)
    return {*map(tuple, used.tolist())} <= {*_known(classes)}


def _of_colours(image: Image.Image, where: str, classes: LabelSet) -> np.ndarray:
    pixels = np.asarray(image.convert("RGBA"))
    if (pixels[..., 3] < 255).any():
        raise UserError(f"{where}: has transparent pixels; wanted a class everywhere")
    known = _known(classes)
    packed = pixels[..., :3].astype(np.int64) @ [1 << 16, 1 << 8, 1]
    values, inverse = np.unique(packed, return_inverse=True)
    colours = [(int(v) >> 16, int(v) >> 8 & 255, int(v) & 255) for v in values]
    foreign = [f"#{''.join(f'{part:02x}' for part in c)}" for c in colours if c not in known]
    if len(foreign) > LIKE_A_PHOTO:
        raise UserError(
            f"{where}: {len(foreign)} colours of no class, as photos have; wanted a label map, a "
            "PNG of ids or of the classes' colours"
        )
    if foreign:
        wanted = (f"{classes.names[id]} #{bytes(colour).hex()}" for colour, id in known.items())
        raise UserError(
            f"{where}: colour {_listed(foreign)}; wanted ids, or colours of classes: "
            f"{', '.join(wanted)[:300]}"
        )
    ids = np.array([known[colour] for colour in colours], np.uint8)
    return ids[inverse].reshape(packed.shape)


def _known(classes: LabelSet) -> Mapping[tuple[int, int, int], int]:
    """Classes by their colours, the first of a colour; white on black where there are two."""
    drawn = {(0, 0, 0): 0, (255, 255, 255): 1} if classes.count == 2 else {}
    known: dict[tuple[int, int, int], int] = {}
    for id, label in enumerate(classes.labels):
        known.setdefault(label.colour, id)
    return {**drawn, **known}


def _check_size(ids: np.ndarray, where: str, about: About) -> None:
    height, width = ids.shape[:2]
    wanted = about.refused(height, width)
    if not wanted:
        return
    if not about.size:
        wanted += f", as {'x'.join(map(str, _nearest(height, width, about)))}"
    raise UserError(f"{where}: {height}x{width} pixels; wanted {wanted}")


def _nearest(height: int, width: int, about: About) -> tuple[int, int]:
    unit = about.multiple_of
    rounded = (max(unit, round(height / unit) * unit), max(unit, round(width / unit) * unit))
    return about.size or rounded


def _resized(ids: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The nearest pixel of each."""
    rows, columns = (
        np.minimum((np.arange(new) + 0.5) * old / new, old - 1).astype(int)
        for new, old in zip(size, ids.shape)
    )
    return ids[rows[:, None], columns]


def _listed(found: object) -> str:
    words = [str(each) for each in found]  # type: ignore[attr-defined]
    more = f" and {len(words) - SHOWN} more" if len(words) > SHOWN else ""
    return ", ".join(words[:SHOWN]) + more
