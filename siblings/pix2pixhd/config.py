"""Every setting of a training run of pix2pixHD. Importing this does nothing."""

from __future__ import annotations

import dataclasses
from typing import Any, Optional

from input_pipeline.label_maps import resizing
from interface import command_line
from interface.command_line import UserError, as_typed, setting
from training.matching_settings import MatchingSettings


@dataclasses.dataclass(frozen=True)
class Config(MatchingSettings):
    """Trains pix2pixHD on label maps; the same command again goes on where it stopped.

    Phase 1 trains the global generator at half the size, phase 2 what enhances it at the whole
    size, phase 3 goes on with styles of instances. All three take the same flags.
    """

    phase: int = setting("1, 2 or 3", at_least=1, at_most=3)
    lr: float = setting("learning rate", 0.0002, at_least=0.0)
    epochs: int = setting(
        "passes over the records with this rate", 0, at_least=1, otherwise="100; 50 in phase 2"
    )
    decay_epochs: Optional[int] = setting(
        "then, in which it falls to zero", None, at_least=0, otherwise="100; 50 in phase 2"
    )
    fix_global_epochs: int = setting(
        "of phase 2 before all that, which train the outermost enhancer alone", 10, at_least=0
    )
    steps: int = setting(
        "of the phase, instead of epochs, in the same parts",
        0,
        at_least=1,
        otherwise="as many as the epochs take",
    )
    width: int = setting("of the global generator's first layer", 64, at_least=1)
    enhancers: int = setting(
        "around it, each of half the width for twice the size; 0 = phase 1 sees the whole size",
        1,
        at_least=0,
        at_most=4,
    )
    downs: int = setting("steps down of the global generator", 4, at_least=1)
    blocks: int = setting("residual blocks of the global generator", 9, at_least=0)
    enhancer_blocks: int = setting("residual blocks of each enhancer", 3, at_least=0)
    norm: str = setting("of all networks", "instance", choices=("instance", "batch"))
    dropout: float = setting("share of values, in residual blocks", 0.0, at_least=0.0, at_most=0.9)
    features: str = setting(
        "of phase 3: a style for each instance, or for each label",
        "instance",
        choices=("instance", "label"),
    )
    feature_channels: int = setting("numbers of a style", 3, at_least=1)
    encoder_width: int = setting("of the encoder's first layer", 16, at_least=1)
    encoder_downs: int = setting("steps down of the encoder", 4, at_least=1)
    pool_size: int = setting("fakes of earlier steps that discriminators see again", 0, at_least=0)
    instances: bool = setting("draw the edges of instances", True)
    resize: str = setting("what is done with photos", "none", choices=resizing.MODES)
    load_size: int = setting("width, or side, that photos are scaled to", 1024, at_least=8)
    crop_size: tuple[int, ...] = setting("of crops: side, or height,width", (512,))
    mirror: bool = setting("half of the photos, and the classes with them", True)
    recompute: bool = setting("less memory, for a forward pass more", False)
    load_pretrain: Optional[str] = setting(
        "folder of a run, whose weights it starts from, instead of the phase before", None
    )

    def __post_init__(self) -> None:
        if self.width % 2**self.enhancers:
            raise UserError(
                f"--width {self.width}: --enhancers {self.enhancers} halve it so often; wanted a "
                f"multiple of {2**self.enhancers}"
            )
        if self.phase == 2 and not self.enhancers:
            raise UserError("--phase 2 trains enhancers; wanted --enhancers 1 or more, or phase 3")
        if self.recompute and (self.dropout or self.norm == "batch"):
            other = "--dropout" if self.dropout else "--norm batch"
            raise UserError(f"--recompute: {other} would differ when made again; leave one out")
        if self.from_scratch and self.load_pretrain:
            raise UserError("--from_scratch and --load_pretrain: wanted one of them")
        if len(self.crop_size) not in (1, 2) or min(self.crop_size) < 1:
            raise UserError(
                f"--crop_size {as_typed(self.crop_size)}: wanted a side or height,width"
            )

    def generator(self) -> dict[str, Any]:
        """What the global generator's shape follows from."""
        names = ("width", "downs", "blocks", "norm", "instances")
        return {name: getattr(self, name) for name in names}

    def enhancer(self) -> dict[str, Any]:
        """What the enhancers' shapes follow from."""
        return {name: getattr(self, name) for name in ("enhancers", "enhancer_blocks")}

    def encoder(self) -> dict[str, Any]:
        """What the encoder's shape follows from, and what features are of."""
        names = ("features", "feature_channels", "encoder_width", "encoder_downs")
        return {name: getattr(self, name) for name in names}


def from_flags(argv: list[str]) -> Config:
    """The settings of a command line.

    Raises:
      UserError: an unknown flag, a value out of range, a stray word, flags that do not go together.
    """
    return command_line.read(Config, argv)
