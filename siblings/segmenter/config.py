"""Every setting of a training run of the segmenter. Importing this does nothing."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

from input_pipeline.label_maps.record_files import Records
from interface import command_line
from interface.command_line import UserError, as_typed, setting
from training.run.settings import RunSettings

MULTIPLE_OF = 16  # what height and width are to be: the network halves them four times
WANTED = f"a side or height,width in pixels, multiples of {MULTIPLE_OF}"


@dataclasses.dataclass(frozen=True)
class Config(RunSettings):
    """Trains a segmenter on label maps; the same command again goes on where it stopped."""

    batch_size: int = setting("of all replicas together", 16, at_least=1)
    lr: float = setting("learning rate", 0.002, at_least=0.0)
    epochs: int = setting("passes over the records, where --steps does not say", 40, at_least=1)
    steps: int = setting(
        "train up to this step", 0, at_least=1, otherwise="as many as --epochs take"
    )
    lr_decay: float = setting(
        "part of the steps, the last ones, in which the learning rate falls to zero",
        0.75,
        at_least=0.0,
        at_most=1.0,
    )
    features: int = setting("width of the network at full resolution", 16, at_least=1)
    size: tuple[int, ...] = setting(
        f"of the photos it sees: {WANTED}", (), otherwise="that of the records"
    )
    crop: float = setting(
        "least part of a photo's sides that a random crop shows", 0.7, at_least=0.1, at_most=1.0
    )
    mirror: bool = setting("half of the photos, and the classes with them", True)
    jitter: float = setting("most that colours are changed by", 0.2, at_least=0.0, at_most=1.0)
    rarity: float = setting(
        "how much rare classes count: 0 = as their pixels do, 1 = as much as any other",
        0.0,
        at_least=0.0,
        at_most=1.0,
    )

    def settled(self, records: Records) -> Config:
        """With `size` and `steps` filled in from the records.

        Raises:
          UserError: they have several sizes, or one that is no multiple of 16, and --size does not
            say which is wanted.
        """
        size = self.size * 2 if len(self.size) == 1 else self.size
        if not size and len(records.sizes) == 1:
            size = records.sizes[0]
        if len(size) != 2 or any(side < 1 or side % MULTIPLE_OF for side in size):
            found = as_typed(size) if size else f"records of {len(records.sizes)} sizes"
            raise UserError(f"--size: {found}; wanted {WANTED}")
        steps = self.steps or math.ceil(self.epochs * records.count / self.batch_size)
        return dataclasses.replace(self, size=size, steps=steps)

    @property
    def height_and_width(self) -> tuple[int, int]:
        """Of the photos it sees, settled."""
        return self.size[0], self.size[1]

    @property
    def decay_steps(self) -> int:
        """Last steps, in which the learning rate falls."""
        return math.ceil(self.lr_decay * self.steps)

    def networks(self) -> dict[str, Any]:
        """What the network's shape follows from, beside the classes."""
        return {"features": self.features}


def from_flags(argv: list[str]) -> Config:
    """The settings of a command line.

    Raises:
      UserError: an unknown flag, a value out of range, a stray word.
    """
    return command_line.read(Config, argv)
