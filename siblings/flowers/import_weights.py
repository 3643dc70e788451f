"""Weights that PyTorch has trained → a run, to export, or to train on.

python -m siblings.flowers.import_weights generator.pth --run_dir runs/released
"""

from __future__ import annotations

import dataclasses
import pathlib
from typing import TYPE_CHECKING, Any

from interface import command_line, files
from interface.command_line import UserError, setting, words
from siblings.flowers.config import Config

if TYPE_CHECKING:
    from siblings.flowers.networks import Discriminator, Generator
    from training.porting import Arrays, Slot


@dataclasses.dataclass(frozen=True)
class Options:
    """Imports a generator's state_dict, and its discriminator's; nothing pickled is run.

    The run begins at step 0 with these weights. Without a discriminator it can be exported and
    looked at, but its training would begin with one that knows nothing.
    """

    file: tuple[str, ...] = words("FILE.pth", "of the generator; then one of the discriminator")
    run_dir: str = setting("folder of the new run")
    class_name: str = setting("what it paints where the mask is", "flower")


def main(argv: list[str]) -> None:
    """Import as the flags say; `--help` lists them."""
    options = command_line.read(Options, argv)
    print(f"{write(options)}: export it, or train on with the same --run_dir")


def write(options: Options) -> pathlib.Path:
    """Write the run; returns its stage's folder.

    Raises:
      UserError: a file of another network, or a run that is there already.
    """
    from siblings.flowers.train import STAGE
    from training import porting
    from training.run.stages import Stage

    if len(options.file) > 2:
        raise UserError(f"{len(options.file)} files; wanted the generator's and a discriminator's")
    stage = Stage(pathlib.Path(options.run_dir) / STAGE)
    if stage.folder.exists():
        raise UserError(f"--run_dir {options.run_dir}: has a {STAGE} already; give another")
    arrays = [porting.read(path) for path in options.file]
    settings = _settings(options, arrays)
    trainer = _trainer(settings)
    slots = (of_generator(trainer.generator), of_discriminator(trainer.discriminator))
    for path, values, wanted in zip(options.file, arrays, slots):
        porting.assign(values, wanted, path)
    files.check_folder("run_dir", stage.folder.parent)
    stage.checkpoints().save(trainer.checkpoint, 0)
    told = {"places": [options.class_name], "colour": [255, 255, 255], "sources": []}
    files.write_json(stage.config, {**dataclasses.asdict(settings), **told})
    return stage.folder


def _settings(options: Options, arrays: list[Arrays]) -> Config:
    """What follows from the shapes. Raises UserError where the networks are others."""
    generator, *rest = arrays
    try:
        width = len(generator["layer4.2.weight"])
        masked = len(generator["layer5.0.weight"]) == width + 1
        judged = len(rest[0]["layer1.0.weight"]) if rest else Config.discriminator_width
    except (KeyError, TypeError) as error:
        raise UserError(
            f"{options.file[0]}: of another network: wanted layer1.0.weight to layer5.0.weight "
            f"({error} is missing)"
        ) from None
    return Config(
        run_dir=options.run_dir,
        class_name=(options.class_name,),
        generator_width=width,
        discriminator_width=judged,
        use_mask=masked,
    )


def _trainer(settings: Config) -> Any:
    """With random weights, whose checkpoint a training run reads."""
    import tensorflow as tf

    from input_pipeline.label_maps import record_files
    from input_pipeline.label_maps.label_sets import Label, LabelSet
    from siblings.flowers.train import build_trainer

    classes = LabelSet((Label(settings.class_name[0], (255, 255, 255), 0),))
    records = record_files.of_classes(classes)
    return build_trainer(settings, records, tf.distribute.get_strategy())


def of_generator(network: Generator) -> dict[str, Slot]:
    """Where the release's arrays go: layerN.0 convolves (layerN.1 crops), layerN.2 normalises."""
    return _slots(network.convs, dict(enumerate(network.norms, 1)), "layer{}.2")


def of_discriminator(network: Discriminator) -> dict[str, Slot]:
    """Likewise: layerN.0 convolves, layerN.1 normalises; the first and the last do not."""
    convs = [*network.convs, network.last]
    return _slots(convs, dict(enumerate(network.norms, 2)), "layer{}.1")


def _slots(convs: Any, norms: dict[int, Any], name: str) -> dict[str, Slot]:
    from training.porting import KERNEL, Slot

    slots = {f"layer{n}.0.weight": Slot(conv.kernel, KERNEL) for n, conv in enumerate(convs, 1)}
    for number, norm in norms.items():
        parts = {
            "weight": norm.scale,
            "bias": norm.offset,
            "running_mean": norm.mean,
            "running_var": norm.variance,
        }
        slots |= {f"{name.format(number)}.{part}": Slot(each) for part, each in parts.items()}
    return slots


if __name__ == "__main__":
    command_line.run(main)
