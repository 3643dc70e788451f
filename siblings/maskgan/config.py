"""Every setting of a training run of MaskGAN. Importing this does nothing."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

from interface import command_line
from interface.command_line import UserError, setting
from training.matching_settings import MatchingSettings

EPOCHS = 100  # with the same rate, and as many in which it falls
RATES = {1: 0.0002, 2: 0.0002, 3: 0.00005}


@dataclasses.dataclass(frozen=True)
class Config(MatchingSettings):
    """Trains MaskGAN on label maps; the same command again goes on where it stopped.

    Phase 1 trains MaskVAE, phase 2 the painter, phase 3 the painter again, with pictures of edited
    masks that the blender brings together. All three take the same flags.
    """

    phase: int = setting("1, 2 or 3", at_least=1, at_most=3)
    batch_size: int = setting("of all replicas together", 8, at_least=1)
    lr: float = setting("learning rate", 0.0, at_least=0.0, otherwise="0.0002; 0.00005 in phase 3")
    epochs: int = setting("passes over the records with this rate", EPOCHS, at_least=1)
    decay_epochs: int = setting("then, in which it falls to zero", EPOCHS, at_least=0)
    steps: int = setting(
        "of the phase, instead of epochs, in the same parts",
        0,
        at_least=1,
        otherwise="as many as the epochs take",
    )
    width: int = setting("of the painter's first layer", 64, at_least=1)
    downs: int = setting("steps down of the painter", 4, at_least=1)
    blocks: int = setting("residual blocks of the painter", 4, at_least=1)
    style_width: int = setting("of the first layer of what encodes styles", 16, at_least=1)
    vae_width: int = setting("of MaskVAE's first layer", 32, at_least=1)
    latent: int = setting("numbers that MaskVAE makes of a label map", 1024, at_least=1)
    kl_weight: float = setting("of how far these are from noise", 0.00001, at_least=0.0)
    blender_width: int = setting("of the blender's first layer", 32, at_least=1)
    blender_downs: int = setting("steps down of the blender", 3, at_least=1)
    blender_blocks: int = setting("residual blocks of the blender", 3, at_least=0)
    edit: float = setting(
        "how far masks are edited, of the way to another's and away from it", 0.4, at_least=0.0
    )
    mirror: bool = setting("half of the photos, and left and right classes with them", True)

    def __post_init__(self) -> None:
        if self.phase == 3 and self.batch_size == 1:
            raise UserError(
                "--batch_size 1: phase 3 edits each mask towards another one of the batch; wanted "
                "2 or more"
            )

    def settled(self, records: int) -> Config:
        """With `lr` and `steps` filled in."""
        epochs = self.epochs + self.decay_epochs
        steps = self.steps or math.ceil(epochs * records / self.batch_size)
        return dataclasses.replace(self, lr=self.lr or RATES[self.phase], steps=steps)

    @property
    def falling(self) -> int:
        """Last steps, settled, in which the learning rate falls."""
        return round(self.steps * self.decay_epochs / (self.epochs + self.decay_epochs))

    def mask_vae(self) -> dict[str, Any]:
        """What MaskVAE's shape follows from, beside classes and resolution."""
        return self._those("vae_width", "latent")

    def painter(self) -> dict[str, Any]:
        """What the painter's shape follows from, beside the classes."""
        return self._those("width", "downs", "blocks", "style_width")

    def blender(self) -> dict[str, Any]:
        """What the blender's shape follows from."""
        return self._those("blender_width", "blender_downs", "blender_blocks")

    def _those(self, *names: str) -> dict[str, Any]:
        return {name: getattr(self, name) for name in names}


def from_flags(argv: list[str]) -> Config:
    """The settings of a command line.

    Raises:
      UserError: an unknown flag, a value out of range, a stray word, flags that do not go together.
    """
    return command_line.read(Config, argv)
