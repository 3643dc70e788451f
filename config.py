"""Every setting of a training run of the main system. Importing this does nothing."""

from __future__ import annotations

import dataclasses
import math
from typing import Optional

from interface import command_line
from interface.command_line import setting
from training import phases
from training.network_settings import NetworkSettings
from training.recipe import Recipe
from training.run.settings import RunSettings

OF_PHASE = "the phase's, below"


@dataclasses.dataclass(frozen=True)
class Config(Recipe, NetworkSettings, RunSettings):
    """Trains one stage of one phase; the same command again goes on where it stopped."""

    phase: int = setting("1 to 8, for output of 8, 16, … 1024 pixels", at_least=1, at_most=8)
    smooth: bool = setting("the fade stage, in which the new resolution fades in", False)
    size: int = setting(
        "side of the records to read", 0, at_least=8, at_most=1024, otherwise=OF_PHASE
    )
    batch_size: int = setting("of all replicas together", 0, at_least=1, otherwise=OF_PHASE)
    lr: float = setting("learning rate of both networks", 0.0, at_least=0.0, otherwise=OF_PHASE)
    epoch: Optional[int] = setting("passes over the data set, instead of --steps", None, at_least=1)
    steps: int = setting(
        "train up to this step; goes before --epoch", 0, at_least=1, otherwise=OF_PHASE
    )

    @property
    def resolution(self) -> int:
        """Side of the images of this phase."""
        return phases.resolution(self.phase)

    @property
    def stage_seed(self) -> int:
        """Another one in each phase, so that no phase repeats another's draws."""
        return self.seed * len(phases.SCHEDULE) + self.phase

    @property
    def decay_steps(self) -> int:
        """Last steps of this stage, in which the learning rate falls."""
        return 0 if self.smooth else self.lr_decay

    def with_steps(self, records: int) -> Config:
        """Settle `steps`: --steps, else --epoch passes over `records`, else the schedule's.

        Raises:
          UserError: the learning rate's warm-up and decay take longer.
        """
        steps = phases.steps(self.phase, self.smooth)
        if self.epoch is not None:
            steps = math.ceil(self.epoch * records / (self.batch_size * self.n_critic))
        steps = self.steps or steps
        phases.check_rate_changes(self.lr_warmup, self.decay_steps, steps)
        return dataclasses.replace(self, steps=steps)


def from_flags(argv: list[str]) -> Config:
    """The settings of a command line, the rest from the schedule.

    Raises:
      UserError: an unknown flag, a value out of range, a stray word, --smooth at phase 1, or
        others that do not go together.
    """
    given = command_line.parse(Config, argv, phases.table())
    command_line.require(Config, given)
    of_phase = phases.settings(given["phase"], given.get("smooth", False))
    settings = Config(**{**of_phase, **given})
    phases.check(settings.phase, settings.smooth, settings.size)
    settings.check_recipe()
    return settings
