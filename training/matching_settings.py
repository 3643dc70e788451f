"""The settings of systems whose pictures are judged by patches and matched to photos."""

from __future__ import annotations

import dataclasses
from typing import Any, Optional

from interface.command_line import setting
from training.run.settings import RunSettings


@dataclasses.dataclass(frozen=True)
class MatchingSettings(RunSettings):
    """Of any such run: its discriminators, its losses, and who looks on."""

    discriminators: int = setting("each for half the size of the one before", 2, at_least=1)
    discriminator_width: int = setting("of each one's first layer", 64, at_least=1)
    discriminator_layers: int = setting("of each one, of stride 2", 3, at_least=1)
    loss: str = setting("of scores: LSGAN or GAN", "lsgan", choices=("lsgan", "vanilla"))
    feature_weight: float = setting("of feature matching", 10.0, at_least=0.0)
    vgg: str = setting(
        "what compares pictures: imagenet (Keras's VGG19), the path of its weights or of "
        "torchvision's .pth, or none",
        "imagenet",
    )
    perceptual_weight: float = setting("of that comparison", 10.0, at_least=0.0)
    segmenter: Optional[str] = setting(
        "SavedModel that tells --eval_every what is in a picture", None, aside=True
    )

    def discriminator(self) -> dict[str, Any]:
        """What the discriminators' shapes follow from, beside what they see."""
        names = ("discriminators", "discriminator_width", "discriminator_layers")
        return {name: getattr(self, name) for name in names}

    @property
    def perceived(self) -> str:
        """What compares pictures, `vgg` or "none"."""
        return self.vgg if self.perceptual_weight else "none"
