"""The phases of the progressive generator: what each paints, reads, and how long it trains."""

from __future__ import annotations

from typing import Any, NamedTuple, Optional

from interface.command_line import UserError

DEVIATION_GROUP = 4  # samples that the critic's minibatch deviation compares


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


def resolution(phase: int) -> int:
    """Side of the images of a phase, which is 1 to 8."""
    return int(4 * 2**phase)


def settings(phase: int, smooth: bool) -> dict[str, Any]:
    """What the schedule sets for a stage: size, batch_size and lr."""
    row = SCHEDULE[phase]
    lr = row.fade_lr if smooth and row.fade_lr else row.lr
    return {"size": row.size, "batch_size": row.batch_size, "lr": lr}


def steps(phase: int, smooth: bool) -> int:
    """The schedule's last step of a stage."""
    row = SCHEDULE[phase]
    return row.fade_steps if smooth else row.steps


def check(phase: int, smooth: bool, size: int) -> None:
    """Refuse a fade without a phase to fade from, and records that are too small.

    Args:
      size: side of the records.

    Raises:
      UserError: naming the flag.
    """
    if smooth and not SCHEDULE[phase].fade_steps:
        raise UserError(f"--smooth: phase {phase} has no resolution to fade from; leave it out")
    sizes = [resolution(other) for other in SCHEDULE if other >= phase]
    if size not in sizes:
        wanted = ", ".join(map(str, sizes))
        raise UserError(f"--size {size}: phase {phase} reads one of {wanted}")


def check_rate_changes(warmup: int, decay: int, steps: int) -> None:
    """Refuse a learning rate that rises and falls for longer than a stage lasts.

    Raises:
      UserError: naming the flags.
    """
    if warmup + decay > steps:
        raise UserError(
            f"--lr_warmup {warmup} and --lr_decay {decay} do not fit into {steps} steps"
        )


def table() -> str:
    """What --help says of the schedule."""
    lines: list[list[object]] = [
        ["phase", "pixels", "--size", "--batch_size", "--lr", "--steps", "--lr", "--steps"]
    ]
    for phase, row in SCHEDULE.items():
        fade = (
            [f"{settings(phase, True)['lr']:g}", row.fade_steps] if row.fade_steps else ["–", "–"]
        )
        stable = [row.size, row.batch_size, f"{row.lr:g}", row.steps]
        lines.append([phase, resolution(phase), *stable, *fade])
    text = ["{:>7}{:>8}{:>8}{:>14}{:>9}{:>9}{:>11}{:>9}".format(*line) for line in lines]
    return "\n".join(["The phases' own; the last two columns with --smooth:", *text])


def check_batch_size(batch_size: int, replicas: int, in_pairs: bool = False) -> None:
    """Refuse a batch that the replicas, or the groups of the minibatch deviation, do not divide.

    Args:
      batch_size: global.
      replicas: that share it.
      in_pairs: each replica needs an even number, since samples are compared two by two.

    Raises:
      UserError: with the nearest sizes that would do.
    """
    share = batch_size // replicas
    group = min(DEVIATION_GROUP, max(share, 1))
    if batch_size % replicas == 0 and share % group == 0:
        if in_pairs and share % 2:
            raise UserError(
                f"--batch_size {batch_size}: --mode_seeking and --other_masks want pairs of "
                f"samples, and each of {replicas} replicas has {share}; take {2 * replicas} or "
                f"{4 * replicas}"
            )
        return
    unit = replicas * DEVIATION_GROUP
    nearest = max(unit, batch_size // unit * unit)
    raise UserError(
        f"--batch_size {batch_size}: each of {replicas} replicas needs a multiple of "
        f"{DEVIATION_GROUP} samples (the minibatch deviation compares groups of "
        f"{DEVIATION_GROUP}), or fewer than {DEVIATION_GROUP}; take {nearest} or {nearest + unit}"
    )
