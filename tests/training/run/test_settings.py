import dataclasses

from interface.command_line import setting
from training.run.settings import RunSettings


@dataclasses.dataclass(frozen=True)
class Extended(RunSettings):
    """Of a system."""

    depth: int = setting("of its network")
    colours: int = setting("on its sheets", 3, aside=True)


def test_what_is_learnt_follows_from_all_but_what_is_set_aside():
    settings = Extended(depth=5, run_dir="here", lr=0.1)
    learnt = settings.learnt()
    assert learnt["depth"] == 5
    assert {"data_dir", "lr", "seed", "steps", "precision", "batch_size"} <= learnt.keys()
    aside = {"run_dir", "log_every", "sample_rows", "eval_every", "on_nan", "dry_run", "colours"}
    assert not aside & learnt.keys()
