"""A SavedModel → a run, to train on: with photos of one's own, or at a higher resolution.

python import_model.py --model models/portraits/1 --run_dir runs/mine
"""

from __future__ import annotations

import dataclasses
import pathlib
from typing import TYPE_CHECKING, Any

import config
from input_pipeline import RESOLUTIONS
from input_pipeline.faces import framing
from interface import command_line, files
from interface.command_line import UserError, setting
from serving import about
from training import network_settings

if TYPE_CHECKING:
    from networks.generator import Generator

SYSTEM = about.About.system
READ_ERRORS = (AssertionError, IndexError, KeyError, TypeError, ValueError)  # TensorFlow's beside


@dataclasses.dataclass(frozen=True)
class Options:
    """Makes a run of a SavedModel of faces, at step 0 of its phase.

    Its generator and the average of that have the model's weights. Its critic is random, since no
    model has one: --critic_first of train.py lets it learn before the generator follows it.
    """

    model: str = setting("folder of the SavedModel, that of a stable stage")
    run_dir: str = setting("folder of the new run")


def main(argv: list[str]) -> None:
    """Import as the flags say; `--help` lists them."""
    print(write(command_line.read(Options, argv)))


def write(options: Options) -> str:
    """Write the run; returns a line that says what to do with it.

    Raises:
      UserError: a model of another system, of a fade stage or damaged, or a run that is there.
    """
    import tensorflow as tf

    import train
    from training import growth
    from training.run.stages import SOURCES

    model = pathlib.Path(options.model)
    metadata = _metadata(model)
    settings = _settings(options, metadata)
    stage = growth.stage_of(options.run_dir, settings.phase, smooth=False)
    if stage.folder.exists():
        raise UserError(f"--run_dir {options.run_dir}: {stage.name} is already there; give another")
    files.check_folder("run_dir", stage.folder.parent)
    trainer = train.build_trainer(settings, tf.distribute.get_strategy())
    for generator in (trainer.generator, trainer.averaged):
        _read(model, generator)
    said: dict[str, Any] = {framing.FIELD: framing.read(metadata, model).value, SOURCES: []}
    with files.replacing(stage.folder) as aside:
        beside = dataclasses.replace(stage, folder=aside)
        beside.checkpoints().save(trainer.checkpoint, 0)
        files.write_json(beside.config, {**dataclasses.asdict(settings), **said})
    flags = command_line.unusual(settings, ["phase", *network_settings.NAMES])
    return f"{stage}: train on with {' '.join(flags)} --critic_first 500, the critic being random"


def _metadata(model: pathlib.Path) -> dict[str, Any]:
    """What the model says it is. Raises UserError: it is none of a stable stage of this system."""
    about.check_there(model)
    metadata = about.read(model)
    system = about.of_metadata(metadata, model).system
    if system != SYSTEM:
        raise UserError(f"--model {model}: of {system}; wanted one of {SYSTEM}")
    if str(metadata.get("stage", "")).endswith("_fade"):
        raise UserError(f"--model {model}: of a fade stage; wanted one of a stable stage")
    return metadata


def _settings(options: Options, metadata: dict[str, Any]) -> config.Config:
    """Of the phase, with the networks of the model. Raises UserError: it doesn't say them."""
    try:
        side, stored = metadata["resolution"], metadata["records_side"]
        words = [f"--phase={RESOLUTIONS.index(side) + 1}", f"--size={stored}"]
        networks = {name: metadata[name] for name in network_settings.NAMES}
        words += [w for name, value in networks.items() for w in command_line.typed(name, value)]
        settings = config.from_flags([*words, f"--run_dir={options.run_dir}"])
    except (*READ_ERRORS, UserError) as error:
        raise UserError(
            f"--model {options.model}: does not say what its networks are ({error}); wanted what "
            f"{about.EXPORT} writes"
        ) from None
    return settings.with_steps(records=1)


def _read(model: pathlib.Path, generator: Generator) -> None:
    """Its weights into a generator. Raises UserError: they are damaged, or another's."""
    import tensorflow as tf

    saved = tf.train.Checkpoint(weights=list(generator.variables))
    try:
        status = saved.read(str(model / "variables" / "variables"))
        status.assert_existing_objects_matched()
    except (*READ_ERRORS, tf.errors.OpError, RuntimeError):
        raise UserError(
            f"--model {model}: its weights are damaged or other networks'; copy it again"
        ) from None


if __name__ == "__main__":
    command_line.run(main)
