"""A run of any system: start or resume, lock, train, go back where a step is not finite, save."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, Generic, Protocol, TypeVar

import tensorflow as tf

from interface import brief, files
from interface.stopping import Stopping
from training.run import health, logbook, loop, stages, strategy, summary
from training.run.checkpoints import DamagedError, Saver
from training.run.evaluations import Evaluation, Evaluations
from training.run.loop import Action, every
from training.run.progress import Paint, ProgressBar, SampleSheet
from training.run.settings import RunSettings
from training.run.stages import Stage, Start
from training.run.workers import Workers

T = TypeVar("T", bound=loop.Trainer)
FINGERPRINT = "fingerprint"  # of the records, in config.json


class Records(Protocol):
    """What a stage is trained on, as `input_pipeline.record_files` has it."""

    @property
    def count(self) -> int: ...

    @property
    def fingerprint(self) -> str: ...


@dataclasses.dataclass(frozen=True)
class Job(Generic[T]):
    """What a system hands over to have one of its stages trained.

    Attributes:
      settings: the run's, `steps` settled.
      stage: that is trained.
      strategy: whose replicas train.
      records: that are read; said: what config.json says of them beside the settings.
      shapes: what it says of the stage's networks, which may be others in those it goes on from.
      images: trained on in each step.
      shown: names of the scalars beside the progress bar.
      start: finds where the stage starts.
      build: makes a trainer with random weights.
      dataset: of batches, called with start_step, and with replicas and served (a range) for the
        parts of a step that are divided among the replicas, as `input_pipeline.faces.dataset` has.
      sheet: what shows people how far a trainer is.
      evaluation: what --eval_every measures of a trainer.
      table: rows that tell what is about to be trained, given the samples on each device.
      beside: writes what the run's folder holds beside its stages; called by the chief.
    """

    settings: RunSettings
    stage: Stage
    strategy: tf.distribute.Strategy
    records: Records
    said: Mapping[str, Any]
    images: int
    shown: tuple[str, ...]
    start: Callable[[], Start]
    build: Callable[[], T]
    dataset: Callable[..., tf.data.Dataset]
    sheet: Callable[[T], Paint]
    evaluation: Callable[[T], Evaluation]
    table: Callable[[T, int], dict[str, str]]
    beside: Callable[[], None] = lambda: None
    shapes: Mapping[str, Any] = dataclasses.field(default_factory=dict)


def run(job: Job[T]) -> bool:
    """Train the job's stage up to its last step, or until somebody asks to stop.

    Returns:
      Whether it is at its last step, and nobody has asked to stop.

    Raises:
      UserError: it can't start or go on; the line says why.
    """
    settings, stage = job.settings, job.stage
    files.check_folder("run_dir", stage.folder.parent)
    start, workers = job.start(), Workers(job.strategy)
    if settings.dry_run or start.step >= settings.steps:
        start = _whole_start(job)  # training would find out what is damaged; it has none to do
    if start.step >= settings.steps:
        print(f"{stage}: {start.story}; --steps {settings.steps}: nothing to do")
        if workers.chief and not settings.dry_run:
            job.beside()  # a run of an older version has nothing there
        return True
    print(brief.as_json(as_written(job, start)))
    print(_told(job, start), flush=True)
    if settings.dry_run:
        return False
    alone_here = files.locked(stage.folder) if workers.chief else contextlib.nullcontext()
    # Once more, since the strategy of several workers has taken SIGTERM for itself.
    with alone_here, workers.none_may_be_lost(), Stopping() as stopping:
        done = _train(job, start, workers, stopping)
        stopped = done < settings.steps or workers.agreed(stopping)()
    how = "done" if done == settings.steps else "the same command goes on from here"
    print(f"{stage}: at step {done} of {settings.steps}; {how}")
    return not stopped


def _whole_start(job: Job[T]) -> Start:
    """Where the stage starts, after every byte of it was held against its checksum."""
    start = job.start()
    while not start.is_whole():
        start = job.start()
    return start


def _told(job: Job[T], start: Start) -> str:
    """What is about to be trained from where, for people."""
    told = [start.story, f"{job.records.count} records", f"to step {job.settings.steps}"]
    return f"{job.stage}: {'; '.join(filter(None, [*told, changed(job, start)]))}"


def as_written(job: Job[T], start: Start) -> dict[str, Any]:
    """What config.json says of a stage: its settings, how its records are, what it began with."""
    settings, known = dataclasses.asdict(job.settings), {FINGERPRINT: job.records.fingerprint}
    return {**settings, **job.said, **known, **job.shapes, **start.as_written(job.stage)}


def changed(job: Job[T], start: Start) -> str:
    """What is otherwise than in the stages that are gone on from: "--lr 0.1, was 0.2; …".

    In another stage, other settings are to be expected, but not other kinds of records.
    """
    compared, said = {}, dict(job.said)
    if start.resumes(job.stage):
        compared, said = job.settings.learnt(), {**said, FINGERPRINT: job.records.fingerprint}
    befores = [source.stage.settings() for source in start.sources]
    told = [stages.changed(before, compared, said) for before in befores]
    return "; ".join(filter(None, dict.fromkeys(told)))


def compared_among(job: Job[T]) -> dict[str, Any]:
    """What workers that train together must have alike: not where each one's records lie."""
    learnt = {name: value for name, value in job.settings.learnt().items() if name != "data_dir"}
    return {**learnt, "steps": job.settings.steps, FINGERPRINT: job.records.fingerprint}


def _train(job: Job[T], start: Start, workers: Workers, stopping: Stopping) -> int:
    """Until it is done, going back where a step is not finite; returns the step reached."""
    trainer, rollbacks = job.build(), health.Rollbacks(job.stage.folder)
    print(summary.table(_rows(job, trainer, rollbacks.rate_scale())), flush=True)
    while True:
        start = _applied(job, start, trainer)
        trainer.rate_scale.assign(rollbacks.rate_scale())
        try:
            return _train_from(job, start, trainer, workers, stopping)
        except health.NotFiniteError as error:
            start = _whole_start(job)  # it is told, and noted
            rollbacks.decide(error, start.step, job.settings.on_nan, workers.chief)


def _applied(job: Job[T], start: Start, trainer: T) -> Start:
    """Bring the trainer to this start, or to the one before it where that is damaged."""
    while True:
        try:
            start.apply(trainer)
            return start
        except DamagedError:
            start = job.start()
            print(_told(job, start), flush=True)


def _train_from(job: Job[T], start: Start, trainer: T, workers: Workers, stopping: Stopping) -> int:
    """From a step on, and save."""
    step = start.step
    workers.check_same_start(step)
    if workers.chief:
        files.write_json(job.stage.config, as_written(job, start))
        job.beside()
        job.stage.best().forget_after(step)
    workers.check_same_settings(compared_among(job), job.stage.settings)
    batches = batches_of(job, step)
    actions = Actions(job, step, trainer, batches, workers)
    if workers.chief and not job.stage.checkpoints().steps():
        actions.save.now(step)  # so that there is always one to go back to
    with actions.bar:
        stop = workers.agreed(stopping)
        done = loop.run(trainer, batches, step, job.settings.steps, actions.strung, stop)
    actions.guard.check()
    if workers.chief:
        actions.save.now(done)
    return done


def batches_of(job: Job[T], start: int) -> strategy.Batches:
    """What each replica trains on, from step `start` on."""
    return strategy.Batches(
        job.strategy,
        lambda count, served: job.dataset(start_step=start, replicas=count, served=served),
    )


class Actions:
    """What happens after each step of a stage.

    Args:
      job: whose stage it is.
      start: the step that training goes on from.
      trainer: that is trained.
      batches: that it learns from.
      workers: of which the chief alone writes.

    Attributes:
      guard: looks at the scalars; nothing is written before it has.
      bar: the progress bar.
      save: writes the checkpoints.
      strung: all actions in their order: rows before the checkpoint that counts them as written.
    """

    def __init__(
        self, job: Job[T], start: int, trainer: T, batches: strategy.Batches, workers: Workers
    ) -> None:
        settings, self._job, self._trainer = job.settings, job, trainer
        # Several workers meet at each step anyway, and must go back from the same one.
        self.guard = health.Guard(settings.log_every if workers.alone else 1)
        self.save = self._saver(settings)
        self.bar = ProgressBar(
            job.stage.name,
            (start, settings.steps),
            job.images,
            settings.log_every,
            job.shown,
            hidden=not workers.chief,
        )
        writers = self._writers(start, batches) if workers.chief else []
        self.strung: list[Action] = [self.guard, self.bar, *writers]

    def _saver(self, settings: RunSettings) -> Saver:
        """Never one of a step that is not finite."""
        saved = self._job.stage.checkpoints(settings.keep_checkpoints)

        def save(step: int) -> None:
            self.guard.check()
            saved.save(self._trainer.checkpoint, step)

        return Saver(save, settings.checkpoint_every, settings.checkpoint_minutes)

    def _writers(self, start: int, batches: strategy.Batches) -> list[Action]:
        job, settings, folder = self._job, self._job.settings, self._job.stage.folder
        board = logbook.Board(folder / "logs", start)
        metrics = logbook.MetricsLog(folder, start, board)
        timing = logbook.TimingLog(folder, start, board, job.images, lambda: batches.waited)
        sheet = SampleSheet(folder / "samples", board, job.sheet(self._trainer))
        checked, last = self.guard.before, settings.steps
        writers = [
            every(settings.log_every, checked(metrics), also_at=last),
            every(settings.log_every, timing, also_at=last),
            every(settings.sample_every, checked(sheet), also_at=last),
        ]
        if settings.eval_every:
            evaluation = job.evaluation(self._trainer)
            kept = Evaluations(job.stage, start, board, self._trainer.checkpoint, evaluation)
            writers.append(every(settings.eval_every, checked(kept), also_at=last))
        return [*writers, self.save]


def _rows(job: Job[T], trainer: T, rate_scale: float) -> dict[str, str]:
    """What is about to be trained, on what, and how large it is."""
    settings = job.settings
    share = settings.batch_size // job.strategy.num_replicas_in_sync
    halved = ", halved by rollbacks.json" if rate_scale < 1 else ""
    return {
        **job.table(trainer, share),
        "devices": strategy.describe(job.strategy),
        "batch": f"{settings.batch_size}, {share} on each device, {settings.precision}",
        "learning rate": f"{settings.lr * rate_scale:g}{halved}",
        "steps": f"to {settings.steps:,}; the expected time follows once warm",
    }
