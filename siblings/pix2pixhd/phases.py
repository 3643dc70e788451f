"""The stages of each phase: what is trained, at which size, for how long, and from what on.

Coarse to fine (arXiv 1711.11585, section 3.2):
  phase_1            the global generator alone, at half the size
  phase_2_outermost  with an enhancer, which alone is trained
  phase_2            all of it
  phase_3            with features of an encoder (section 3.4)
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any

from input_pipeline.label_maps.record_files import Records
from input_pipeline.label_maps.resizing import Resizing
from interface.command_line import UserError, as_typed
from siblings.pix2pixhd.config import Config

GLOBAL, OUTERMOST, WHOLE, STYLED = "phase_1", "phase_2_outermost", "phase_2", "phase_3"
EPOCHS = {1: 100, 2: 50, 3: 100}  # with the same rate, and then with a falling one


@dataclasses.dataclass(frozen=True)
class Part:
    """A stage.

    Attributes:
      name: of its folder.
      epochs: with the same learning rate; decay: epochs after them in which it falls to zero.
      enhancers: of its generator; divided: by which sides are divided.
      encoded: whether it has features; outermost: whether the outermost is trained alone.
      after: the names of stages that it may go on from, the best first; none = random weights.
    """

    name: str
    epochs: int
    decay: int
    enhancers: int
    divided: int = 1
    encoded: bool = False
    outermost: bool = False
    after: tuple[str, ...] = ()

    def steps(self, settings: Config, records: int) -> int:
        """As --steps says, or as its epochs take."""
        if settings.steps and not self.outermost:
            return settings.steps
        return math.ceil((self.epochs + self.decay) * records / settings.batch_size)

    def falling(self, steps: int) -> int:
        """Those of so many steps, the last ones, in which the learning rate falls."""
        return round(steps * self.decay / max(self.epochs + self.decay, 1))

    def networks(self, settings: Config) -> dict[str, Any]:
        """What the networks' shapes follow from, beside the classes."""
        shapes = {**settings.generator(), **settings.discriminator()}
        if self.enhancers:
            shapes |= settings.enhancer()
        return {**shapes, **settings.encoder()} if self.encoded else shapes

    def reads_instances(self, settings: Config) -> bool:
        """Whether it needs maps of instances."""
        return settings.instances or (self.encoded and settings.features == "instance")

    def multiple_of(self, settings: Config) -> int:
        """What height and width of its pictures are to be."""
        downs = settings.downs + self.enhancers
        return 2 ** max(downs, settings.encoder_downs if self.encoded else 0)


def parts(settings: Config) -> list[Part]:
    """The stages of a phase, in their order."""
    usual, around = EPOCHS[settings.phase], settings.enhancers
    epochs = settings.epochs or usual
    decay = usual if settings.decay_epochs is None else settings.decay_epochs
    if settings.phase == 1:
        return [Part(GLOBAL, epochs, decay, 0, divided=2**around)]
    if settings.phase == 3:
        after = (WHOLE,) if around else (GLOBAL,)
        return [Part(STYLED, epochs, decay, around, encoded=True, after=after)]
    alone = settings.fix_global_epochs
    first = Part(OUTERMOST, alone, 0, around, outermost=True, after=(GLOBAL,))
    whole = Part(WHOLE, epochs, decay, around, after=(OUTERMOST,) if alone else (GLOBAL,))
    return [first, whole] if alone else [whole]


def resizing(settings: Config, part: Part) -> Resizing:
    """How photos are scaled for a stage."""
    return Resizing(settings.resize, settings.load_size, part.divided)


def size(settings: Config, part: Part, records: Records) -> tuple[int, int]:
    """Height and width of what a stage sees.

    Raises:
      UserError: records of several sizes, crops larger than a photo, sides that do not divide, in
        this phase or the one that follows.
    """
    scale, crop = Resizing(settings.resize, settings.load_size), settings.crop_size
    sizes = sorted({scale.scaled(*each) for each in records.sizes})
    if scale.crops:
        whole = (crop[0], crop[-1])
        small = [each for each in sizes if each[0] < whole[0] or each[1] < whole[1]]
        if small:
            raise UserError(
                f"--crop_size {as_typed(crop)}: larger than a photo, which --resize "
                f"{settings.resize} makes {_typed(small[0])}; wanted a smaller crop"
            )
        flag = f"--crop_size {as_typed(crop)}"
    elif len(sizes) == 1:
        whole = sizes[0]
        flag = f"--resize {settings.resize}: photos of {_typed(whole)}"
    else:
        found = f"{len(sizes)} sizes" if sizes else "sizes that dataset.json does not tell"
        raise UserError(
            f"--resize {settings.resize}: photos of {found}; wanted one: take a "
            "--resize that crops, or prepare the records with --size"
        )
    least = part.multiple_of(settings) * part.divided
    if whole[0] % least or whole[1] % least:
        raise UserError(
            f"{flag}: wanted height and width that are multiples of {least}, which "
            "the networks halve again and again; crop, or prepare the records with such a --size"
        )
    if min(whole) < 2 * least:
        raise UserError(
            f"{flag}: {min(whole) // least} pixel is left of the shorter side where the networks "
            f"have halved it; wanted {2 * least} or more, or fewer --downs"
        )
    return whole[0] // part.divided, whole[1] // part.divided


def _typed(size: tuple[int, int]) -> str:
    return "x".join(map(str, size))


def check_records(settings: Config, part: Part, records: Records) -> None:
    """Raise UserError where a stage needs maps of instances, or classes, and records have none."""
    if part.encoded and not records.label_set.count:
        raise UserError(
            f"--data_dir {settings.data_dir}: its label maps are pictures; the styles of phase 3 "
            "are of classes, which they do not have"
        )
    if not part.reads_instances(settings) or records.instances:
        return
    if settings.instances:
        without = "--noinstances"
        if part.encoded and settings.features == "instance":
            without += " --features label"
    else:
        without = "--features label"
    raise UserError(
        f"--data_dir {settings.data_dir}: its records have no maps of instances; prepare them with "
        f"--instances, or train with {without}"
    )
