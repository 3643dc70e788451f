"""What `metrics.evaluate` is told."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from interface.command_line import UserError, setting
from metrics.evaluation.measures import MEASURES, Measure

SLOW = ", ".join(measure.name for measure in MEASURES.values() if measure.slow)
OF_TRAINING = ", ".join(measure.name for measure in MEASURES.values() if measure.of_training)
FEWEST = 8  # photos: fewer halves tell nothing


@dataclasses.dataclass(frozen=True)
class Options:
    """Measures a model on a data set; prints one line of JSON.

    A generator of faces paints the data set's masks, a segmenter labels its photos, one that is
    told a place paints where something is in them, which a --segmenter looks for, and a painter
    of label maps paints theirs, whose classes a --segmenter tells. Wanted is the --phase of a
    run, whose moving average is measured at the newest checkpoint, or a --model with an --out.
    """

    data_dir: str = setting("folder of the records; held-out ones tell most", "./records")
    run_dir: str = setting("folder of the run", "./runs")
    phase: int = setting("of the run: 1 to 8", 0, at_least=1, at_most=8, otherwise="")
    best: bool = setting("the checkpoint that --eval_every kept, not the newest", False)
    model: str = setting("folder of a SavedModel, instead of a run", "")
    metrics: tuple[str, ...] = setting(
        f"{SLOW} take longest; some of",
        (),
        choices=tuple(MEASURES),
        otherwise="the quick ones that fit the model",
    )
    images: int = setting("to paint, and photos to compare with", 16384, at_least=FEWEST)
    trained_on: str = setting(f"records that it was trained on, for {OF_TRAINING}", "")
    split: str = setting(
        "of records of label maps",
        "",
        choices=("", "train", "validation", "test"),
        otherwise="validation, or the only one there is",
    )
    segmenter: str = setting("SavedModel that tells where things are in pictures", "")
    merged: tuple[str, ...] = setting(
        "classes of label maps that count as others, as hat:hair,l_ear:skin", ()
    )
    size: int = setting("side of the records to read", 0, at_least=8, otherwise="as in training")
    seed: int = setting("of every random draw", 0, at_least=0, at_most=2**28)
    inception_weights: str = setting("imagenet, or the path of Keras's weights", "imagenet")
    landmark_model: str = setting("dlib's 68-landmark model file; the installed one", "")
    cache_dir: str = setting("for what follows from the photos alone; ~/.cache/mask-embedding", "")
    out: str = setting("folder for figures and sheets; of a run: evaluation/ in its stage", "")


def check(options: Options) -> None:
    """Raise UserError where settings lack each other."""
    if bool(options.phase) == bool(options.model):
        raise UserError("which generator? Give the --phase of --run_dir, or a --model")
    if options.best and options.model:
        raise UserError("--best is of a run; leave it out with --model")
    of_training = names_of(MEASURES[name] for name in options.metrics if MEASURES[name].of_training)
    if of_training and not options.trained_on:
        raise UserError(
            f"--metrics {of_training}: of what? Give --trained_on, the records it learnt from"
        )
    if options.model and not options.out:
        raise UserError("--out is missing: a folder for the figures and sheets of --model")


def wanted(options: Options, of: str) -> list[Measure]:
    """The measures asked for, each once; without any, the quick ones of what the model makes.

    Raises:
      UserError: one is taken of something else, or by a --segmenter that is not given.
    """
    there = [measure for measure in MEASURES.values() if of in measure.of]
    if not options.metrics:
        quick = [measure for measure in there if not measure.slow]
        return [each for each in quick if options.segmenter or not each.by_segmenter]
    asked = [MEASURES[name] for name in dict.fromkeys(options.metrics)]
    foreign = names_of(measure for measure in asked if of not in measure.of)
    if foreign:
        raise UserError(
            f"--metrics {foreign}: not of {of}, which this model makes; there are {names_of(there)}"
        )
    told = names_of(measure for measure in asked if measure.by_segmenter)
    if told and not options.segmenter:
        raise UserError(
            f"--metrics {told}: --segmenter is missing, which tells classes in pictures"
        )
    return asked


def names_of(measures: Iterable[Measure]) -> str:
    return ",".join(measure.name for measure in measures)
