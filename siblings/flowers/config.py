"""Every setting of a training run of flowers with a location. Importing this does nothing."""

from __future__ import annotations

import dataclasses
import math
from typing import Any, Optional

from interface import command_line
from interface.command_line import UserError, setting
from training.run.settings import RunSettings


@dataclasses.dataclass(frozen=True)
class Config(RunSettings):
    """Trains a DCGAN that paints where a mask says; the same command again goes on.

    Records are of label maps (input_pipeline.prepare_labels); the mask is where --class_name is.
    """

    class_name: tuple[str, ...] = setting(
        "of the label maps: name or id; several are one place, as skin,nose", ("flower",)
    )
    batch_size: int = setting("of all replicas together", 128, at_least=1)
    lr: float = setting("learning rate", 0.0002, at_least=0.0)
    epochs: int = setting("passes over the records, where --steps does not say", 250, at_least=1)
    steps: int = setting(
        "train up to this step", 0, at_least=1, otherwise="as many as --epochs take"
    )
    use_mask: bool = setting("off: the plain DCGAN, which paints anywhere", True)
    smooth_labels: bool = setting("real photos are to be told with 0.9, not 1", True)
    instance_noise: bool = setting(
        "on photos and fakes, of 0.2, less with each epoch (e-fold in 100)", True
    )
    mask_noise: bool = setting("on masks at every scale, of 0.1", True)
    other_masks: bool = setting("fakes have masks of other photos, not those beside them", True)
    lr_decay: bool = setting("lower the learning rate with each epoch", True)
    lr_kept: float = setting("of the learning rate after each epoch", 0.99, at_least=0.0, at_most=1)
    generator_width: int = setting("channels before the generator's last layer", 128, at_least=1)
    discriminator_width: int = setting("channels of the discriminator's first", 64, at_least=1)
    crop: float = setting(
        "least part of a photo's side that a random crop shows", 0.8, at_least=0.1, at_most=1.0
    )
    mirror: bool = setting("half of the photos", True)
    segmenter: Optional[str] = setting(
        "SavedModel that tells --eval_every where things are in a picture", None, aside=True
    )

    def __post_init__(self) -> None:
        if self.eval_every and not (self.segmenter and self.use_mask):
            missing = "a --segmenter that looks" if self.use_mask else "masks to be held against"
            raise UserError(f"--eval_every {self.eval_every}: wanted {missing}; or leave it out")

    def settled(self, records: int) -> Config:
        """With `steps` filled in from the number of records."""
        steps = self.steps or math.ceil(self.epochs * records / self.batch_size)
        return dataclasses.replace(self, steps=steps)

    def networks(self) -> dict[str, Any]:
        """What the networks' shapes follow from."""
        names = ("generator_width", "discriminator_width", "use_mask")
        return {name: getattr(self, name) for name in names}


def from_flags(argv: list[str]) -> Config:
    """The settings of a command line.

    Raises:
      UserError: an unknown flag, a value out of range, a stray word, figures that can't be had.
    """
    return command_line.read(Config, argv)
