"""The sheets of a run, one after the other: the same masks and latents as training goes on.

python -m siblings.flowers.animate runs/flowers --out training.gif
"""

from __future__ import annotations

import dataclasses
import pathlib
import re

import numpy as np
from PIL import Image, ImageDraw

from input_pipeline.processes import tracked
from interface import command_line, files
from interface.command_line import UserError, setting, words
from siblings.flowers.train import STAGE

FRAME, LAST = 120, 2500  # milliseconds
BAR = 4  # pixels: how far training was, below each sheet


@dataclasses.dataclass(frozen=True)
class Options:
    """Makes a GIF of a run's sheets, from the first to the newest; the bar below is the steps."""

    run_dir: tuple[str, ...] = words("RUN_DIR", "folder of the run")
    out: str = setting("the GIF", "training.gif")
    frames: int = setting("at most; where there are more sheets, evenly among them", 60, at_least=2)
    width: int = setting("pixels", 800, at_least=64, at_most=4096)


def main(argv: list[str]) -> None:
    """Animate as the flags say; `--help` lists them."""
    options = command_line.read(Options, argv)
    out = pathlib.Path(options.out)
    if out.suffix.lower() != ".gif" or out.is_dir():
        raise UserError(f"--out {out}: wanted a file name that ends in .gif")
    if len(options.run_dir) != 1:
        raise UserError(f"{len(options.run_dir)} folders; wanted one RUN_DIR")
    files.check_folder("out", out.absolute().parent)
    sheets = sheets_of(pathlib.Path(options.run_dir[0]))
    chosen = evenly(sorted(sheets), options.frames)
    last = chosen[-1]
    first, *others = [
        frame(sheets[step], step / last, options.width) for step in tracked("drawing", chosen)
    ]
    times = [FRAME] * len(others) + [LAST]
    with files.replacing(out) as aside:
        first.save(aside, "GIF", save_all=True, append_images=others, duration=times, loop=0)
    print(f"{out}: {len(chosen)} of {len(sheets)} sheets, steps {chosen[0]} to {last}")


def sheets_of(run_dir: pathlib.Path) -> dict[int, pathlib.Path]:
    """A run's sheets by their steps. Raises UserError where there are fewer than two."""
    folder = run_dir / STAGE / "samples"
    named = ((re.fullmatch(r"step_(\d+)", path.stem), path) for path in folder.glob("step_*.png"))
    sheets = {int(match[1]): path for match, path in named if match}
    if len(sheets) < 2:
        raise UserError(
            f"{folder}: {len(sheets)} sheets, wanted 2 or more; train longer, or with a smaller "
            "--sample_every"
        )
    return sheets


def evenly(steps: list[int], count: int) -> list[int]:
    """At most `count` of them, the first and the last among them."""
    places = np.linspace(0, len(steps) - 1, min(count, len(steps)))
    return [steps[place] for place in np.rint(places).astype(int)]


def frame(path: pathlib.Path, part: float, width: int) -> Image.Image:
    """A sheet with a bar that is filled to `part`, in [0, 1]. Raises UserError: damaged."""
    try:
        with Image.open(path) as sheet:
            height = round(sheet.height * width / sheet.width)
            shown = sheet.convert("RGB").resize((width, height), Image.Resampling.LANCZOS)
    except OSError as error:
        raise UserError(
            f"{path}: damaged ({error}); delete it and run the same command again"
        ) from None
    whole = Image.new("RGB", (width, height + BAR), "white")
    whole.paste(shown, (0, 0))
    ImageDraw.Draw(whole).rectangle((0, height, round(part * width), height + BAR), "black")
    return whole


if __name__ == "__main__":
    command_line.run(main)
