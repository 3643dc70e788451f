"""How the main system's two networks are trained, whatever their size."""

from __future__ import annotations

import dataclasses
from typing import Any

from interface.command_line import UserError, setting


@dataclasses.dataclass(frozen=True)
class Recipe:
    """Of the training of generator and critic."""

    n_critic: int = setting("critic updates a step", 1, at_least=1)
    loss: str = setting(
        "wasserstein, with gradient penalty, is the paper's; logistic, with R1, is steadier in "
        "short trainings",
        "wasserstein",
        choices=("wasserstein", "logistic"),
    )
    penalty_weight: float = setting(
        "of the critic's gradient penalty; 0 = the loss's own: 10, or 0.5 of logistic",
        0.0,
        at_least=0.0,
    )
    penalty_every: int = setting(
        "steps from one penalty to the next, which counts for all of them; 0 = the loss's own: 1, "
        "or 10 of logistic",
        0,
        at_least=0,
    )
    lr_warmup: int = setting("first steps, in which the learning rate rises", 0, at_least=0)
    lr_decay: int = setting(
        "last steps of the stable stage, in which it falls to zero", 0, at_least=0
    )
    clip_norm: float = setting("longest gradient of a network; 0 = off", 0.0, at_least=0.0)
    mode_seeking: float = setting(
        "weight of a loss that punishes a latent without effect; 0 = off", 0.0, at_least=0.0
    )
    other_masks: float = setting(
        "weight of photos with other photos' masks, which the critic is to score low; 0 = off; "
        "with --loss logistic",
        0.0,
        at_least=0.0,
    )
    diff_augment: tuple[str, ...] = setting(
        "change what the critic sees: some of", (), choices=("color", "translation", "cutout")
    )
    average_decay: float = setting(
        "what the generator's moving average keeps at each step; less in a phase's first",
        0.999,
        at_least=0.0,
        at_most=1.0,
    )

    @property
    def in_pairs(self) -> bool:
        """Whether samples exchange something two by two, so that each replica needs pairs."""
        return self.mode_seeking > 0 or self.other_masks > 0

    def check_recipe(self) -> None:
        """Refuse what does not go together; raises UserError."""
        if self.other_masks and self.loss != "logistic":
            raise UserError(
                f"--other_masks with --loss {self.loss}: its critic's scores have no floor, to "
                "which they could fall; add --loss logistic"
            )

    def recipe(self) -> dict[str, Any]:
        """What the trainer takes of it as it is."""
        from training import losses  # TensorFlow

        return {
            "n_critic": self.n_critic,
            "loss": losses.LOSSES[self.loss].penalised(self.penalty_weight, self.penalty_every),
            "clip_norm": self.clip_norm,
            "mode_seeking": self.mode_seeking,
            "other_masks": self.other_masks,
            "average_decay": self.average_decay,
        }
