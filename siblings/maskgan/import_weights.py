"""Weights of MaskGAN's PyTorch release → a run, to export, to measure, or to train on.

python -m siblings.maskgan.import_weights G.pth VAE.pth blender.pth --out runs/got
"""

from __future__ import annotations

import dataclasses
import pathlib
from typing import TYPE_CHECKING, Any, Optional

from input_pipeline.label_maps import record_files
from input_pipeline.label_maps.known_sets import KNOWN
from input_pipeline.label_maps.label_sets import CELEBAMASK
from input_pipeline.label_maps.record_files import Records
from interface import command_line, files
from interface.command_line import UserError, setting, words
from siblings.maskgan import phases, recognising
from siblings.maskgan.config import Config
from siblings.maskgan.recognising import BLENDER, MASK_VAE, PAINTER
from training import porting
from training.porting import Files

if TYPE_CHECKING:
    from siblings.maskgan.train import Trained
    from training.porting import Slot

SIDE = 512  # that the release trains at
NEEDED = {1: (MASK_VAE,), 2: (PAINTER,), 3: (PAINTER, MASK_VAE, BLENDER)}


@dataclasses.dataclass(frozen=True)
class Options:
    """Imports state_dicts of a painter, MaskVAE, a blender; no pickled code is run.

    Which is which is seen from what they hold. A phase is written at step 0 wherever all of its
    networks are there: MaskVAE alone is phase 1, a painter alone phase 2, all three phase 3 as
    well. Discriminators are random, since the release has none.
    """

    file: tuple[str, ...] = words("FILE.pth", "of the painter, of MaskVAE, of the blender")
    out: str = setting("folder of the new run")
    classes: Optional[str] = setting(
        "of its label maps: JSON of names, colours and mirrored classes, or one of the words "
        f"{', '.join(KNOWN)}",
        None,
        otherwise="celebamask",
    )
    data_dir: Optional[str] = setting("folder of records that have its classes, instead", None)
    size: int = setting(
        "pixels a side of its pictures",
        0,
        at_least=32,
        otherwise="MaskVAE's; without it the release's",
    )


def main(argv: list[str]) -> None:
    """Import as the flags say; `--help` lists them."""
    print(write(command_line.read(Options, argv)))


def write(options: Options) -> str:
    """Write the run; returns a line that says what to do with it.

    Raises:
      UserError: files of other networks, other classes, or a run that is there already.
    """
    from siblings.maskgan import starts, watching
    from training.run.stages import SOURCES

    files.check_folder("out", pathlib.Path(options.out))
    found = read(options.file)
    records, side = _records(options, found), _side(options, found)
    there = [phase for phase, kinds in NEEDED.items() if {*kinds} <= {*found.arrays}]
    each = [settings_of(options, found, phase) for phase in there]
    stages = [starts.stage(settings) for settings in each]
    for stage in stages:
        if stage.folder.exists():
            raise UserError(f"--out {options.out}: has a {stage.name} already; give another")
    # All of them before anything is written: arrays may have no place.
    trainers = [_filled(settings, found, records, side) for settings in each]
    for stage, settings, trainer in zip(stages, each, trainers):
        said = {**watching.said(records, (side, side)), SOURCES: []}
        stage.checkpoints().save(trainer.checkpoint, 0)
        files.write_json(stage.config, {**dataclasses.asdict(settings), **said})
    last = stages[-1]
    train = f"train on with {' '.join(flags(each[-1]))}"
    if last.name == phases.MASKS:
        return f"{last}: {train}"
    return f"{last}: export it, or {train}, beginning with random discriminators"


def flags(settings: Config) -> list[str]:
    """With which training goes on in the run, beside those of its data."""
    return command_line.unusual(settings, ["phase", *phases.networks(settings)])


def read(paths: tuple[str, ...]) -> Files:
    """The state dicts, whichever comes first.

    Raises:
      UserError: unreadable, of other networks, two of the same, or a blender without the others.
    """
    found = porting.read_each(
        paths,
        recognising.kind,
        f"{recognising.OF_STYLES}, as painters have, {recognising.OF_MASKS}, as MaskVAE, nor "
        f"{recognising.FIRST} of {recognising.PICTURES} channels, as blenders",
    )
    lacking = [kind for kind in (PAINTER, MASK_VAE) if kind not in found.arrays]
    if BLENDER in found.arrays and lacking:
        raise UserError(
            f"{found.paths[BLENDER]}: of the blender, which phase 3 has beside the painter and "
            f"MaskVAE; wanted the file of the {' and of '.join(lacking)} as well"
        )
    return found


def settings_of(options: Options, found: Files, phase: int) -> Config:
    """What follows from shapes."""
    shapes: dict[str, Any] = {}
    for kind, shape in (
        (PAINTER, recognising.of_painter),
        (MASK_VAE, recognising.of_mask_vae),
        (BLENDER, recognising.of_blender),
    ):
        if kind in NEEDED[phase]:
            shapes |= shape(found.arrays[kind])
    data_dir = options.data_dir or Config.data_dir
    return Config(phase=phase, data_dir=data_dir, run_dir=options.out, **shapes).settled(1)


def _filled(settings: Config, found: Files, records: Records, side: int) -> Trained:
    """A phase's trainer with these weights. Raises UserError where arrays have no place."""
    import tensorflow as tf

    from siblings.maskgan import train

    alone = tf.distribute.get_strategy()
    trainer = train.build_trainer(settings, records.label_set.count, (side, side), alone)
    for kind, slots in _slots(trainer.networks).items():
        porting.assign(found.arrays[kind], slots, found.paths[kind])
    return trainer


def _slots(networks: Any) -> dict[str, dict[str, Slot]]:
    """Where the arrays of each kind of network go, of those that are there."""
    from siblings.maskgan import released

    every = {
        PAINTER: ("painter", released.of_painter),
        MASK_VAE: ("vae", released.of_mask_vae),
        BLENDER: ("blender", released.of_blender),
    }
    return {
        kind: slots(networks[name]) for kind, (name, slots) in every.items() if name in networks
    }


def _records(options: Options, found: Files) -> Records:
    """Those that the run is for; without --data_dir, what would be known of them.

    Raises:
      UserError: a network sees another number of classes.
    """
    given = record_files.described(options.data_dir, options.classes)
    records = given or record_files.of_classes(CELEBAMASK)
    count, flag = records.label_set.count, "data_dir" if options.data_dir else "classes"
    for kind in [kind for kind in found.arrays if kind != BLENDER]:
        seen = recognising.classes(found.arrays[kind])
        if seen != count:
            told = f"--{flag} {getattr(options, flag) or 'celebamask'}"
            raise UserError(f"{found.paths[kind]}: sees {seen} classes; {told} has {count}")
    return records


def _side(options: Options, found: Files) -> int:
    """Pixels a side. Raises UserError where MaskVAE has another, or the painter can't have it."""
    side = options.size or SIDE
    if MASK_VAE in found.arrays:
        side, path = recognising.side(found.arrays[MASK_VAE]), found.paths[MASK_VAE]
        if not phases.LEAST <= side <= phases.LARGEST:
            wanted = f"wanted {phases.LEAST} to {phases.LARGEST}"
            raise UserError(f"{path}: of {side} pixels a side; {wanted}")
        if options.size not in (0, side):
            raise UserError(f"--size {options.size}: {path} is of {side} pixels a side")
    if PAINTER in found.arrays:
        multiple = 2 ** recognising.of_painter(found.arrays[PAINTER])["downs"]
        if side % multiple:
            raise UserError(f"--size {side}: wanted a multiple of {multiple} for this painter")
    return side


if __name__ == "__main__":
    command_line.run(main)
