"""A SavedModel, and a photo, a drawing or landmarks → a sheet of faces that follow it.

python -m serving.synthesize --model exports/faces/1 --photo me.jpg --count 8 --out sheet.png
python -m serving.synthesize --model exports/faces/1 --mask lines.png --interpolate 3 7 --gif
"""

from __future__ import annotations

import dataclasses
import pathlib
from typing import Any, Optional

import numpy as np
from PIL import Image

from input_pipeline.faces.landmarks import Dlib
from interface import command_line, files, pictures
from interface.command_line import UserError, setting
from serving.asked import landmarks
from serving.asked.landmarks import Asked

KINDS = ("photo", "mask", "landmarks", "data_dir")
LARGEST_TILE = 256  # pixels; smaller pictures are enlarged by a whole number up to this
COLUMNS = 10


@dataclasses.dataclass(frozen=True)
class Options:
    """Paints faces: what is asked for stands first on the sheet, then one face for each seed.

    Wanted is one of --photo, --mask, --landmarks and --data_dir.
    """

    model: str = setting("folder of the SavedModel")
    photo: str = setting("follow the largest face of this photo", "")
    mask: str = setting("follow this picture of white lines on black", "")
    landmarks: str = setting("follow these: JSON, 68 pairs [x, y] from 0 to 1", "")
    data_dir: str = setting("follow masks of these records, a row of the sheet each", "")
    rows: int = setting("how many masks of --data_dir", 8, at_least=1, at_most=100)
    show_photo: bool = setting("beside its mask", True)
    count: int = setting("of faces, or of steps of an interpolation", 8, at_least=1, at_most=1000)
    seed: Optional[int] = setting(
        "of the first face, the next one has the next; without: the model's cast, who differ most, "
        "then all other seeds from 0 on",
        None,
        at_least=0,
    )
    interpolate: tuple[int, ...] = setting("two seeds: from one face to another", ())
    gif: bool = setting("an animation instead of a sheet", False)
    out: str = setting("the picture; sheet.png, or sheet.gif with --gif", "")
    landmark_model: str = setting("dlib's 68-landmark model file; the installed one", "")


def main(argv: list[str]) -> None:
    """Paint as the flags say; `--help` lists them."""
    options = command_line.read(Options, argv)
    out = _checked(options)
    from serving import painter

    paint = painter.of_model(options.model)
    asked = _asked(options, paint)
    latents, about = _latents(options, paint)
    images = painter.cross(paint, np.stack([each.mask for each in asked]), latents)
    if options.gif:
        with files.replacing(out) as aside:
            aside.write_bytes(pictures.gif(images[0]))
    else:
        first = [_shown(each, options.show_photo) for each in asked]
        pictures.save_png(out, _sheet([[*tiles, *faces] for tiles, faces in zip(first, images)]))
    shown = images.shape[0] * images.shape[1]
    print(f"{out}: {shown} faces of {paint.resolution} pixels, {about}")


def _asked(options: Options, paint: Any) -> list[Asked]:
    """What the pictures are to follow: an `Asked` for each row."""
    side, drawn_at, framing = paint.resolution, paint.records_side, paint.framing
    if options.photo:
        detector = Dlib(options.landmark_model or None)
        return [landmarks.from_photo(options.photo, side, drawn_at, framing, detector)]
    if options.mask:
        return [landmarks.from_picture(options.mask, side)]
    if options.landmarks:
        return [landmarks.from_landmarks(options.landmarks, side, drawn_at)]
    return landmarks.from_records(options.data_dir, side, drawn_at, options.rows)


def _shown(asked: Asked, with_photo: bool) -> list[np.ndarray]:
    """The tiles before the faces: the mask, and the photo if there is one."""
    mask = asked.mask.astype(np.uint8) * 255
    return [mask, asked.photo] if with_photo and asked.photo is not None else [mask]


def _checked(options: Options) -> pathlib.Path:
    """Where to write, once the flags fit together."""
    given = [f"--{kind}" for kind in KINDS if getattr(options, kind)]
    if len(given) != 1:
        wanted = ", ".join(f"--{kind}" for kind in KINDS)
        raise UserError(f"{' and '.join(given) or 'nothing to follow'}; wanted one of {wanted}")
    _check_seeds(options)
    ending = ".gif" if options.gif else ".png"
    if options.gif and options.data_dir:
        raise UserError("--gif shows one mask; give a --photo, --mask or --landmarks")
    out = pathlib.Path(options.out or f"sheet{ending}")
    if out.suffix.lower() != ending or out.is_dir():
        raise UserError(f"--out {out}: wanted a file name that ends in {ending}")
    files.check_folder("out", out.absolute().parent)
    return out


def _check_seeds(options: Options) -> None:
    from serving.cast import LARGEST_SEED

    ends = options.interpolate
    if ends and not (
        len({*ends}) == len(ends) == 2
        and 0 <= min(ends) <= max(ends) <= LARGEST_SEED
        and options.count >= 2
    ):
        raise UserError(
            f"--interpolate {' '.join(map(str, ends))}: wanted two different seeds, from 0 to "
            f"{LARGEST_SEED}, as in --interpolate 3 7, and a --count of 2 or more"
        )
    if ends and options.seed is not None:
        raise UserError("--seed is of a sheet; leave it out with --interpolate, which names two")
    largest = LARGEST_SEED + 1 - options.count
    if (options.seed or 0) > largest:
        raise UserError(f"--seed {options.seed}: {options.count} from there; wanted 0 to {largest}")


def _latents(options: Options, paint: Any) -> tuple[np.ndarray, str]:
    """float32 [count, L], and where they come from."""
    from serving import cast, painter

    if options.interpolate:
        first, last = painter.latents_of(options.interpolate, paint.latent_size)
        between = "from seed {} to {}".format(*options.interpolate)
        return painter.arc(first[None], last[None], options.count)[0], between
    if options.seed is None:
        seeds = cast.seeds(cast.read(pathlib.Path(options.model)), options.count)
    else:
        seeds = [*range(options.seed, options.seed + options.count)]
    return painter.latents_of(seeds, paint.latent_size), f"seeds {' '.join(map(str, seeds))}"


def _sheet(rows: list[list[np.ndarray]]) -> Image.Image:
    """A row for each mask; of one mask alone, in several where it is long."""
    side = rows[0][0].shape[0]
    if len(rows) == 1:
        (tiles,) = rows
        rows = [tiles[start : start + COLUMNS] for start in range(0, len(tiles), COLUMNS)]
    return pictures.grid(rows, side * max(1, LARGEST_TILE // side // 2))


if __name__ == "__main__":
    command_line.run(main)
