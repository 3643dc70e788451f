"""Is training still finite, and what to do when it is not."""

from __future__ import annotations

import json
import math
import pathlib
from typing import Any

from interface import files
from interface.command_line import UserError
from training.run.loop import Action, Scalars

ROLLBACKS = 3  # of a stage
NOTED = ["back_to", "found", "step"]  # of each


class NotFiniteError(Exception):
    """A scalar of a step is NaN or infinite.

    Attributes:
      step: the first such step.
      scalar: what it gave, as in "critic_loss = nan".
    """

    def __init__(self, step: int, scalar: str) -> None:
        super().__init__(f"{scalar} at step {step}")
        self.step, self.scalar = step, scalar


class Guard:
    """Looks at every step's scalars, and lets nothing be written before it has.

    A look waits for the device, so the scalars are kept until something is about to be written,
    or `patience` steps have come together.
    """

    def __init__(self, patience: int) -> None:
        self.patience = patience
        self.unseen: list[tuple[int, Scalars]] = []

    def __call__(self, step: int, scalars: Scalars) -> None:
        self.unseen.append((step, scalars))
        if len(self.unseen) >= self.patience:
            self.check()

    def check(self) -> None:
        """Look at the steps not seen yet.

        Raises:
          NotFiniteError: naming the first that is not finite.
        """
        unseen, self.unseen = self.unseen, []
        for step, scalars in unseen:
            for name, value in scalars.items():
                if not math.isfinite(float(value)):
                    raise NotFiniteError(step, f"{name} = {float(value)}")

    def before(self, action: Action) -> Action:
        """`action`, after a look at all steps so far."""

        def checked(step: int, scalars: Scalars) -> None:
            self.check()
            action(step, scalars)

        return checked


class Rollbacks:
    """How often a stage went back to a checkpoint; each time the learning rate was halved.

    Args:
      stage: its folder; `rollbacks.json` in it remembers, so that a resumed run goes on with the
        same learning rate.
    """

    def __init__(self, stage: pathlib.Path) -> None:
        self.path = stage / "rollbacks.json"
        self.notes = self._read() if self.path.exists() else []

    def _read(self) -> list[dict[str, Any]]:
        try:
            notes = json.loads(self.path.read_text())
            if [sorted(note) for note in notes] != [NOTED] * len(notes):
                raise ValueError
        except (ValueError, TypeError):
            raise UserError(
                f"{self.path}: damaged; restore it, or delete it to go on with the whole --lr"
            ) from None
        return list(notes)

    def rate_scale(self) -> float:
        """What the learning rate is multiplied by."""
        return 0.5 ** len(self.notes)

    def decide(self, error: NotFiniteError, checkpoint: int, on_nan: str, chief: bool) -> None:
        """Note a rollback, or give up.

        Args:
          error: what happened.
          checkpoint: the step to go back to.
          on_nan: "rollback" or "stop".
          chief: whether to write the note down.

        Raises:
          UserError: giving up; names the step and the last good checkpoint.
        """
        story = f"{error}; the last good checkpoint is of step {checkpoint}"
        if on_nan == "stop":
            raise UserError(f"{story}; try a lower --lr or --clip_norm, or --on_nan rollback")
        if len(self.notes) >= ROLLBACKS:
            raise UserError(
                f"{story}; rolled back {ROLLBACKS} times already ({self.path}); try a lower --lr "
                "or --clip_norm, and delete that file"
            )
        self.notes.append({"step": error.step, "found": error.scalar, "back_to": checkpoint})
        if chief:
            files.write_json(self.path, self.notes)
        print(f"{story}; going back to it with {self.rate_scale():g} × the learning rate")
