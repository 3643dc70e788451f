"""Weights of pix2pixHD's PyTorch release → a run, to export, to measure, or to train on.

python -m siblings.pix2pixhd.import_weights latest_net_G.pth --classes cityscapes --out runs/got
"""

from __future__ import annotations

import dataclasses
import pathlib
from typing import TYPE_CHECKING, Any, Optional

from input_pipeline.label_maps import label_sets, record_files
from input_pipeline.label_maps.known_sets import KNOWN, PICTURES
from input_pipeline.label_maps.record_files import Records
from interface import command_line, files
from interface.command_line import UserError, as_typed, setting, words
from siblings.pix2pixhd import phases, recognising
from siblings.pix2pixhd.config import Config
from siblings.pix2pixhd.recognising import DISCRIMINATORS, ENCODER, GENERATOR
from training import porting
from training.porting import Files

if TYPE_CHECKING:
    from siblings.pix2pixhd.trainer import Pix2PixHDTrainer
    from training.porting import Slot
    from training.run.stages import Stage

HEIGHT, WIDTH = 512, 1024  # that the release trains a global generator at


@dataclasses.dataclass(frozen=True)
class Options:
    """Imports state_dicts of a generator, its encoder, its discriminators; no pickled code is run.

    Which is which is seen from what they hold. The run begins at step 0 with these weights, in
    phase 3 if there is an encoder, else in phase 2 if there are enhancers, else in phase 1. Without
    discriminators it can be exported and measured, but its training begins with random ones.
    """

    file: tuple[str, ...] = words(
        "FILE.pth", "latest_net_G.pth; with it _E and _D, where there are such"
    )
    out: str = setting("folder of the new run")
    classes: Optional[str] = setting(
        "of its label maps: JSON of names, colours and mirrored classes, or one of the words "
        f"{', '.join(KNOWN)}",
        None,
        otherwise="numbers",
    )
    data_dir: Optional[str] = setting("folder of records that have its classes, instead", None)
    instances: bool = setting("whether it was trained with edges of instances", True)
    features: str = setting(
        "what its styles are of, if it has an encoder",
        "instance",
        choices=("instance", "label"),
    )
    size: tuple[int, ...] = setting(
        "height,width that it was trained at",
        (),
        otherwise=f"{HEIGHT},{WIDTH}, doubled by each enhancer",
    )


def main(argv: list[str]) -> None:
    """Import as the flags say; `--help` lists them."""
    options = command_line.read(Options, argv)
    print(write(options))


def write(options: Options) -> str:
    """Write the run; returns a line that says what to do with it.

    Raises:
      UserError: files of other networks, other classes, or a run that is there already.
    """
    from training.run.stages import Stage

    files.check_folder("out", pathlib.Path(options.out))
    found = read(options.file)
    settings = settings_of(options, found)
    part = phases.parts(settings)[-1]
    stage = Stage(pathlib.Path(options.out) / part.name)
    if stage.folder.exists():
        raise UserError(f"--out {options.out}: has a {part.name} already; give another")
    records, size = _records(options, found, settings), _size(options, settings, part)
    _save(stage, found, settings, part, records, size)
    random = "" if DISCRIMINATORS in found.arrays else ", beginning with random discriminators"
    return f"{stage}: export it, or train on with {' '.join(flags(settings, part))}{random}"


def flags(settings: Config, part: phases.Part) -> list[str]:
    """With which training goes on in the run, beside those of its data."""
    shaping = ["phase", "fix_global_epochs", "enhancers", *part.networks(settings)]
    return command_line.unusual(settings, shaping)


def _save(
    stage: Stage,
    found: Files,
    settings: Config,
    part: phases.Part,
    records: Records,
    size: tuple[int, int],
) -> None:
    """The checkpoint at step 0, and config.json. Raises UserError where arrays have no place."""
    import tensorflow as tf

    from siblings.pix2pixhd import train, watching
    from training.run.stages import SOURCES

    count = records.label_set.count
    trainer = train.build_trainer(settings, part, count, size, tf.distribute.get_strategy())
    for kind, slots in _slots(trainer).items():
        if kind in found.arrays:
            porting.assign(found.arrays[kind], slots, found.paths[kind])
    stage.checkpoints().save(trainer.checkpoint, 0)
    said = {**watching.said(settings, part, records, size), SOURCES: []}
    files.write_json(stage.config, {**dataclasses.asdict(settings), **said})


def read(paths: tuple[str, ...]) -> Files:
    """The state dicts, whichever comes first.

    Raises:
      UserError: unreadable, of other networks, two of the same, or none of a generator.
    """
    found = porting.read_each(
        paths,
        recognising.kind,
        f"{recognising.FIRST}, as generators and encoders have, nor {recognising.OF_CRITIC}, as "
        "discriminators",
    )
    if GENERATOR not in found.arrays:
        told = " and ".join(f"{path} of the {kind}" for kind, path in found.paths.items())
        raise UserError(f"{told}; wanted the generator's, latest_net_G.pth, as well")
    return found


def settings_of(options: Options, found: Files) -> Config:
    """What follows from names and shapes, and from flags."""
    shapes: dict[str, Any] = recognising.of_generator(found.arrays[GENERATOR])
    if not shapes["enhancers"]:
        del shapes["enhancer_blocks"]  # of those that training may put around it
    if ENCODER in found.arrays:
        shapes |= recognising.of_encoder(found.arrays[ENCODER])
    if DISCRIMINATORS in found.arrays:
        shapes |= recognising.of_discriminators(found.arrays[DISCRIMINATORS])
    phase = 3 if ENCODER in found.arrays else 2 if shapes["enhancers"] else 1
    if phase == 2:
        shapes["fix_global_epochs"] = 0  # it is behind them
    return Config(
        data_dir=options.data_dir or Config.data_dir,
        run_dir=options.out,
        phase=phase,
        norm=recognising.norm(found.arrays[GENERATOR]),
        instances=options.instances,
        features=options.features,
        **shapes,
    )


def _records(options: Options, found: Files, settings: Config) -> Records:
    """Those that the run is for; without --data_dir, what would be known of them.

    Raises:
      UserError: they have another number of classes than the generator has channels for.
    """
    encoded = ENCODER in found.arrays
    channels = recognising.channels(found.arrays[GENERATOR])
    given = record_files.described(options.data_dir, options.classes, pictures=True)
    count = channels - settings.instances - encoded * settings.feature_channels
    seen = (
        f"{found.paths[GENERATOR]}: sees {channels} channels, {count} of them classes, if the rest "
        f"are {'an edge' if settings.instances else 'no edge'} (--instances) and "
        f"{settings.feature_channels if encoded else 'no'} features (with its encoder's file)"
    )
    if given and encoded and not given.label_set.count:
        raise UserError(
            f"{seen}; its styles are of classes, which --classes {PICTURES} do not have"
        )
    if not 0 < count <= label_sets.MOST:
        raise UserError(f"{seen}; wanted 1 to {label_sets.MOST} classes")
    records = given or record_files.of_classes(label_sets.numbered(count))
    if (records.label_set.count or label_sets.COLOURS) != count:
        flag = "data_dir" if options.data_dir else "classes"
        told = f"--{flag} {getattr(options, flag)}"
        raise UserError(f"{seen}; {told} has {records.label_set.count} classes")
    return records


def _size(options: Options, settings: Config, part: phases.Part) -> tuple[int, int]:
    """Height and width. Raises UserError where the generator can't be so large."""
    scale = 2**settings.enhancers
    size = options.size or (HEIGHT * scale, WIDTH * scale)
    least = part.multiple_of(settings)
    if len(size) != 2 or min(size) < 1 or any(side % least for side in size):
        raise UserError(
            f"--size {as_typed(size)}: wanted height,width, multiples of {least} for this generator"
        )
    return size[0], size[1]


def _slots(trainer: Pix2PixHDTrainer) -> dict[str, dict[str, Slot]]:
    """Where the arrays of each kind of network go."""
    from siblings.pix2pixhd import released

    slots = {
        GENERATOR: released.of_generator(trainer.generator),
        DISCRIMINATORS: released.of_critics(trainer.critics),
    }
    if trainer.encoder is not None:
        slots[ENCODER] = released.of_translator(trainer.encoder.whole)
    return slots


if __name__ == "__main__":
    command_line.run(main)
