"""The settings that a run of any system has."""

from __future__ import annotations

import dataclasses
from typing import Any, Optional

from interface.command_line import setting


@dataclasses.dataclass(frozen=True)
class RunSettings:
    """Of any run.

    A system's own settings extend them, and say what holds without a flag. Those marked `aside`
    change nothing of what a stage learns once it has begun.
    """

    data_dir: str = setting("folder of the records", "./records")
    run_dir: str = setting("folder of the run; each stage has a folder in it", "./runs", aside=True)
    batch_size: int = setting("of all replicas together", 1, at_least=1)
    lr: float = setting("learning rate", 0.0, at_least=0.0)
    steps: int = setting("train up to this step", 0, at_least=1)
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
    from_scratch: bool = setting("start this stage from random weights", False, aside=True)
    seed: int = setting(
        "of weights, data order and every random draw", 0, at_least=0, at_most=2**28
    )
    on_nan: str = setting(
        "when a loss is not finite; rollback: to the last checkpoint, with half the learning rate",
        "stop",
        choices=("stop", "rollback"),
        aside=True,
    )
    checkpoint_every: int = setting("steps between two checkpoints", 1000, at_least=1, aside=True)
    checkpoint_minutes: float = setting(
        "the most between two checkpoints; 0 = off", 15.0, at_least=0.0, aside=True
    )
    keep_checkpoints: int = setting(
        "how many of a stage's newest to keep", 2, at_least=1, aside=True
    )
    sample_every: int = setting("steps between two sheets of samples", 1000, at_least=1, aside=True)
    sample_rows: int = setting("rows of a sample sheet", 8, at_least=1, aside=True)
    eval_every: int = setting(
        "steps between small evaluations, by which the best checkpoint is kept; 0 = none",
        0,
        at_least=0,
        aside=True,
    )
    eval_images: int = setting("painted in each of them", 1024, at_least=8, aside=True)
    log_every: int = setting("steps between two rows of metrics.jsonl", 50, at_least=1, aside=True)
    dry_run: bool = setting("check everything, print the settings, and stop", False, aside=True)

    def learnt(self) -> dict[str, Any]:
        """Those that what is learnt follows from."""
        fields = [f.name for f in dataclasses.fields(self) if not f.metadata.get("aside")]
        return {name: getattr(self, name) for name in fields}
