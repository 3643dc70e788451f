"""Every setting of a training run, and the schedule that its defaults come from.

Importing this does nothing; `from_flags` reads a command line.
"""

from __future__ import annotations

import dataclasses
import math
from typing import NamedTuple, Optional

from input_pipeline import RESOLUTIONS
from interface import command_line
from interface.command_line import UserError, setting


class Row(NamedTuple):
    """One phase of the 2019 schedule: four GPUs, embedding on, n_critic 1."""

    size: int  # side of the records it reads
    batch_size: int  # global
    lr: float
    fade_steps: int  # of the fade stage
    steps: int  # of both stages together
    fade_lr: Optional[float] = None  # where the fade stage has its own


SCHEDULE = {
    1: Row(16, 128, 0.001, 0, 51_953),  # ours: the release starts with phase 2
    2: Row(32, 128, 0.001, 21_875, 51_953),
    3: Row(64, 64, 0.001, 21_875, 65_625),
    4: Row(128, 32, 0.001, 21_875, 56_875),
    5: Row(256, 32, 0.0012, 21_875, 56_875),
    6: Row(256, 32, 0.0018, 21_875, 56_875),
    7: Row(512, 16, 0.00185, 21_875, 131_250, fade_lr=0.0018),
    8: Row(1024, 8, 0.0018, 21_875, 131_250),  # ours: the release ends with phase 7
}


OF_PHASE = "the phase's, below"


@dataclasses.dataclass(frozen=True)
class Config:
    """Trains one stage of one phase; the same command again goes on where it stopped."""

    phase: int = setting("1 to 8: output 8, 16, … 1024 pixels", at_least=1, at_most=8)
    smooth: bool = setting("the fade stage, in which the new resolution fades in", False)
    use_embedding: bool = setting("embed the mask into the latent code", False)
    data_dir: str = setting("folder of the records", "./records")
    run_dir: str = setting("folder of the run; each stage has a folder in it", "./runs")
    size: int = setting(
        "side of the records to read", 0, at_least=8, at_most=1024, otherwise=OF_PHASE
    )
    batch_size: int = setting("of all replicas together", 0, at_least=1, otherwise=OF_PHASE)
    lr: float = setting("learning rate of both networks", 0.0, at_least=0.0, otherwise=OF_PHASE)
    epoch: Optional[int] = setting("passes over the data set, instead of --steps", None, at_least=1)
    steps: int = setting(
        "train up to this step; goes before --epoch", 0, at_least=1, otherwise=OF_PHASE
    )
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
    lr_warmup: int = setting("first steps, in which the learning rate rises", 0, at_least=0)
    lr_decay: int = setting(
        "last steps of the stable stage, in which it falls to zero", 0, at_least=0
    )
    clip_norm: float = setting("longest gradient of a network; 0 = off", 0.0, at_least=0.0)
    mode_seeking: float = setting(
        "weight of a loss that punishes a latent without effect; 0 = off", 0.0, at_least=0.0
    )
    diff_augment: tuple[str, ...] = setting(
        "change what the critic sees: some of", (), choices=("color", "translation", "cutout")
    )
    GPU: int = setting("how many to use; 0 = all", 0, at_least=0)
    precision: str = setting(
        "what the layers compute in",
        "float32",
        choices=("float32", "mixed_bfloat16", "mixed_float16"),
    )
    xla: bool = setting("compile the networks with XLA", False)
    deterministic: Optional[bool] = setting(
        "the same bits each time, at some cost on a GPU; on where there is none", None
    )
    max_features: int = setting("width of the widest layers", 512, at_least=4)
    embedding_hidden: int = setting("units of the mask encoder's dense layer", 256, at_least=1)
    embedding_size: int = setting("values of the embedding", 48, at_least=1, at_most=511)
    normalize_latent: bool = setting("scale latent and embedding to unit RMS", True)
    average_decay: float = setting(
        "what the generator's moving average keeps at each step; less in a phase's first",
        0.999,
        at_least=0.0,
        at_most=1.0,
    )
    from_scratch: bool = setting("start this phase from random weights", False)
    seed: int = setting(
        "of weights, data order and every random draw", 0, at_least=0, at_most=2**28
    )
    on_nan: str = setting(
        "when a loss is not finite; rollback: to the last checkpoint, with half the learning rate",
        "stop",
        choices=("stop", "rollback"),
    )
    checkpoint_every: int = setting("steps between two checkpoints", 1000, at_least=1)
    checkpoint_minutes: float = setting(
        "the most between two checkpoints; 0 = off", 15.0, at_least=0.0
    )
    keep_checkpoints: int = setting("how many of a stage's newest to keep", 2, at_least=1)
    sample_every: int = setting("steps between two sheets of samples", 1000, at_least=1)
    eval_every: int = setting(
        "steps between small evaluations, by which the best checkpoint is kept; 0 = none",
        0,
        at_least=0,
    )
    eval_images: int = setting("painted in each of them", 1024, at_least=8)
    log_every: int = setting("steps between two rows of metrics.jsonl", 50, at_least=1)
    sample_rows: int = setting("masks on a sample sheet", 8, at_least=1)
    dry_run: bool = setting("check everything, print the settings, and stop", False)

    @property
    def resolution(self) -> int:
        """Side of the images of this phase."""
        return RESOLUTIONS[self.phase - 1]

    @property
    def stage_seed(self) -> int:
        """Another one in each phase, so that no phase repeats another's draws."""
        return self.seed * len(SCHEDULE) + self.phase

    def with_steps(self, records: int) -> Config:
        """Settle `steps`: --steps, else --epoch passes over `records`, else the schedule's.

        Raises:
          UserError: the learning rate's warm-up and decay take longer.
        """
        row = SCHEDULE[self.phase]
        steps = row.fade_steps if self.smooth else row.steps
        if self.epoch is not None:
            steps = math.ceil(self.epoch * records / (self.batch_size * self.n_critic))
        steps = self.steps or steps
        decay = 0 if self.smooth else self.lr_decay
        if self.lr_warmup + decay > steps:
            raise UserError(
                f"--lr_warmup {self.lr_warmup} and --lr_decay {decay} do not fit into {steps} steps"
            )
        return dataclasses.replace(self, steps=steps)


def from_flags(argv: list[str]) -> Config:
    """The settings of a command line, the rest from the schedule.

    Raises:
      UserError: an unknown flag, a value out of range, a stray word, or --smooth at phase 1.
    """
    given = command_line.parse(Config, argv, schedule_table())
    if "phase" not in given:
        raise UserError("--phase is missing: 1 to 8, for output of 8, 16, … 1024 pixels")
    row, smooth = SCHEDULE[given["phase"]], given.get("smooth", False)
    if smooth and not row.fade_steps:
        raise UserError(
            f"--smooth: phase {given['phase']} has no resolution to fade from; leave it out"
        )
    size, output = given.get("size", row.size), RESOLUTIONS[given["phase"] - 1]
    if size not in RESOLUTIONS or size < output:
        sizes = ", ".join(str(r) for r in RESOLUTIONS if r >= output)
        raise UserError(f"--size {size}: phase {given['phase']} reads one of {sizes}")
    lr = row.fade_lr if smooth and row.fade_lr else row.lr
    return Config(**{"size": row.size, "batch_size": row.batch_size, "lr": lr, **given})


def schedule_table() -> str:
    """What --help says of the schedule."""
    rows: list[list[object]] = [
        ["phase", "pixels", "--size", "--batch_size", "--lr", "--steps", "--lr", "--steps"]
    ]
    for phase, row in SCHEDULE.items():
        fade = [f"{row.fade_lr or row.lr:g}", row.fade_steps] if row.fade_steps else ["–", "–"]
        stable = [row.size, row.batch_size, f"{row.lr:g}", row.steps]
        rows.append([phase, RESOLUTIONS[phase - 1], *stable, *fade])
    lines = ["{:>7}{:>8}{:>8}{:>14}{:>9}{:>9}{:>11}{:>9}".format(*row) for row in rows]
    return "\n".join(["The phases' own; the last two columns with --smooth:", *lines])
