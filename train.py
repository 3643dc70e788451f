"""Train one stage of the progressive generator.

python train.py --phase 3 --use_embedding --smooth --data_dir records --run_dir runs
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import pathlib
from collections.abc import Callable
from typing import Any

import config
from interface import command_line, files
from interface.stopping import Stopping


def main(argv: list[str]) -> None:
    """flags → config → a stage, which may be interrupted."""
    settings = config.from_flags(argv)
    with Stopping():
        run_stage(settings)


def run_stage(settings: config.Config) -> None:
    """config → strategy → data → start → networks → trainer → loop."""
    # TensorFlow loads here, after the flags are known to be good.
    from input_pipeline import record_files
    from training import growth
    from training.run import health, strategy
    from training.run.workers import Workers

    replicas = strategy.make_strategy(settings.GPU)
    strategy.check_batch_size(
        settings.batch_size, replicas.num_replicas_in_sync, settings.mode_seeking > 0
    )
    strategy.set_determinism(settings.deterministic)
    records = record_files.open_records(settings.data_dir, settings.size, settings.resolution)
    settings = settings.with_steps(records.count)
    files.check_folder("run_dir", pathlib.Path(settings.run_dir))
    stage = growth.stage_folder(settings.run_dir, settings.phase, settings.smooth)
    networks = network_settings(settings)
    start = growth.find_start(stage, settings.from_scratch, networks, settings.steps)
    workers = Workers(replicas)
    if start.step >= settings.steps:
        print(f"{stage}: {start.story}; --steps {settings.steps}: nothing to do")
        if workers.chief and not settings.dry_run:
            keep_shapes(settings, records)  # a run of an older version has none
        return
    written = as_written(settings, records)
    changed = growth.changed_settings(stage, start.source, written)
    print(json.dumps(written, indent=2))
    story = f"{start.story}; {records.count} records; to step {settings.steps}"
    print(f"{stage}: {story}" + (f"; {changed}" if changed else ""), flush=True)
    if settings.dry_run:
        return

    alone_here = files.locked(stage) if workers.chief else contextlib.nullcontext()
    # Once more, since the strategy of several workers has taken SIGTERM for itself.
    with alone_here, workers.none_may_be_lost(), Stopping() as stopping:
        trainer = build_trainer(settings, replicas)
        rollbacks = health.Rollbacks(stage)
        rate = settings.lr * rollbacks.rate_scale()
        print(run_table(settings, rate, replicas, records, trainer), flush=True)
        while True:
            start.apply(trainer)
            trainer.rate_scale.assign(rollbacks.rate_scale())
            try:
                together = workers.agreed(stopping)
                done = train(settings, stage, start.step, trainer, workers, records, together)
                break
            except health.NotFiniteError as error:
                start = growth.find_start(stage, False, networks, settings.steps)
                rollbacks.decide(error, start.step, settings.on_nan, workers.chief)
    how = "done" if done == settings.steps else "the same command goes on from here"
    print(f"{stage}: at step {done} of {settings.steps}; {how}")


def train(
    settings: config.Config,
    stage: pathlib.Path,
    start: int,
    trainer: Any,
    workers: Any,
    records: Any,
    stopping: Callable[[], bool],
) -> int:
    """Train from step `start` on, and save; returns the step reached."""
    from training import growth
    from training.run import health, loop, progress

    workers.check_same_start(start)
    batches = build_batches(settings, start, trainer.strategy, records)
    # Several workers meet at each step anyway, and must go back from the same one.
    guard = health.Guard(settings.log_every if workers.alone else 1)
    saver = build_saver(settings, stage, trainer, guard)
    images = settings.batch_size * settings.n_critic
    bar = progress.ProgressBar(
        stage.name, start, settings.steps, images, settings.log_every, shown=workers.chief
    )
    actions: list[Any] = [guard, bar]
    if workers.chief:
        files.write_json(stage / "config.json", as_written(settings, records))
        keep_shapes(settings, records)
        if not growth.checkpoints_of(stage).steps():
            saver.now(start)  # so that there is always one to go back to
        actions += build_writers(settings, stage, start, trainer, records, batches, guard, saver)
    with bar:
        done = loop.run(trainer, batches, start, settings.steps, actions, stopping)
    guard.check()
    if workers.chief:
        saver.now(done)
    return done


def as_written(settings: config.Config, records: Any) -> dict[str, Any]:
    """What config.json says of a stage: its settings, and how faces lie in its records."""
    return {**dataclasses.asdict(settings), "framing": records.framing.value}


def keep_shapes(settings: config.Config, records: Any) -> None:
    """Write how the records' faces differ into the run's folder, unless it is there already."""
    from input_pipeline.faces import shape

    run = pathlib.Path(settings.run_dir)
    if (run / shape.FILE).exists():
        return
    # Whoever has the lock is another stage of this run, and writes the same.
    with contextlib.suppress(command_line.UserError), files.locked(run):
        found = shape.of_records(records)
        if found is not None:
            with files.replacing(run / shape.FILE) as aside:
                aside.write_text(found.to_json())


def network_settings(settings: config.Config) -> dict[str, Any]:
    """The part of the settings that the generator is built from."""
    from training.growth import NETWORK_SETTINGS

    return {name: getattr(settings, name) for name in NETWORK_SETTINGS}


def build_trainer(settings: config.Config, replicas: Any) -> Any:
    """Networks and optimisers of a stage, with random weights."""
    from tensorflow import keras

    from networks.critic import Critic
    from networks.generator import Generator
    from training import losses, schedule
    from training.trainer import AdversarialTrainer

    keras.utils.set_random_seed(settings.stage_seed)
    side, networks = settings.resolution, network_settings(settings)
    common: dict[str, Any] = {"fading": settings.smooth, "dtype": settings.precision}
    with replicas.scope():
        generator, averaged = (Generator(side, **common, **networks) for _ in range(2))
        critic = Critic(side, max_features=settings.max_features, **common)
    decay = 0 if settings.smooth else settings.lr_decay
    return AdversarialTrainer(
        replicas,
        generator,
        critic,
        averaged,
        batch_size=settings.batch_size,
        learning_rate=lambda step: (
            settings.lr * schedule.rate_factor(step, settings.steps, settings.lr_warmup, decay)
        ),
        n_critic=settings.n_critic,
        fade_steps=schedule.fade_steps(settings.steps),
        average_decay=settings.average_decay,
        seed=settings.stage_seed,
        loss=losses.LOSSES[settings.loss].weighted(settings.penalty_weight),
        clip_norm=settings.clip_norm,
        augmentation=build_augmentation(settings.diff_augment),
        mode_seeking=settings.mode_seeking,
        loss_scaling=settings.precision == "mixed_float16",
        xla=settings.xla,
    )


def build_augmentation(changes: tuple[str, ...]) -> Any:
    """What --diff_augment asks for, or None."""
    if not changes:
        return None
    from networks.diff_augment import DiffAugment  # slow to load

    return DiffAugment(changes)


def run_table(
    settings: config.Config, rate: float, replicas: Any, records: Any, trainer: Any
) -> str:
    """What is about to be trained, on what, and how large it is."""
    from training.run import strategy, summary

    share = settings.batch_size // replicas.num_replicas_in_sync
    side, stage = settings.resolution, "fade" if settings.smooth else "stable"
    memory, halved = summary.estimated_memory(trainer, share), rate < settings.lr
    return summary.table(
        {
            "phase": f"{settings.phase}, {stage} stage: {side} × {side} pixels",
            "records": f"{records.count:,} of {records.resolution} pixels",
            "devices": strategy.describe(replicas),
            "batch": f"{settings.batch_size}, {share} on each device, {settings.precision}",
            "generator": f"{summary.parameters(trainer.generator):,} parameters",
            "critic": f"{summary.parameters(trainer.critic):,} parameters",
            "memory": f"about {memory / 1e6:,.0f} MB on each device, beside TensorFlow itself",
            "learning rate": f"{rate:g}" + (", halved by rollbacks.json" if halved else ""),
            "steps": f"to {settings.steps:,}; the expected time follows once warm",
        }
    )


def build_batches(settings: config.Config, start: int, replicas: Any, records: Any) -> Any:
    """What each replica trains on, from step `start` on."""
    from input_pipeline.faces import dataset
    from training.run import strategy

    return strategy.Batches(
        replicas,
        lambda count, served: dataset.batches(
            records,
            settings.resolution,
            settings.batch_size,
            seed=settings.stage_seed,
            start_step=start,
            passes=settings.n_critic,
            replicas=count,
            served=served,
        ),
    )


def build_saver(settings: config.Config, stage: pathlib.Path, trainer: Any, guard: Any) -> Any:
    """What writes the checkpoints, and when; never one of a step that is not finite."""
    from training import growth
    from training.run import checkpoints

    saved = growth.checkpoints_of(stage, settings.keep_checkpoints)

    def save(step: int) -> None:
        guard.check()
        saved.save(trainer.checkpoint, step)

    return checkpoints.Saver(save, settings.checkpoint_every, settings.checkpoint_minutes)


def build_writers(
    settings: config.Config,
    stage: pathlib.Path,
    start: int,
    trainer: Any,
    records: Any,
    batches: Any,
    guard: Any,
    saver: Any,
) -> list[Any]:
    """The actions that write files: rows before the checkpoint that counts them as written."""
    from input_pipeline.faces import dataset
    from training.run import logbook, progress
    from training.run.loop import every

    board = logbook.Board(stage / "logs", start)
    metrics = logbook.MetricsLog(stage, start, board)
    images = settings.batch_size * settings.n_critic
    timing = logbook.TimingLog(stage, start, board, images, lambda: batches.waited)
    shown = dataset.as_they_are(records, settings.resolution, settings.sample_rows, settings.seed)
    sheet = progress.SampleSheet(
        stage / "samples",
        board,
        trainer,
        shown["mask"],
        shown["image"],
        trainer.generator.latent_size,
        settings.seed,
    )
    actions = [
        every(settings.log_every, guard.before(metrics), also_at=settings.steps),
        every(settings.log_every, timing, also_at=settings.steps),
        every(settings.sample_every, guard.before(sheet), also_at=settings.steps),
    ]
    if settings.eval_every:
        evaluations = build_evaluations(settings, stage, start, trainer, records, board)
        actions.append(
            every(settings.eval_every, guard.before(evaluations), also_at=settings.steps)
        )
    return [*actions, saver]


def build_evaluations(
    settings: config.Config,
    stage: pathlib.Path,
    start: int,
    trainer: Any,
    records: Any,
    board: Any,
) -> Any:
    """The small evaluation of the moving average, and the keeper of the best checkpoint."""
    from metrics.evaluation import subject, watch
    from training.run.evaluations import Evaluations

    photos = subject.load(records, settings.resolution, settings.eval_images, settings.seed)
    measure = watch.Watch(photos, trainer.generator.latent_size, settings.seed)
    decisive, images = "sliced_wasserstein", photos.count
    return Evaluations(stage, start, board, trainer, measure, decisive, images)


if __name__ == "__main__":
    command_line.run(main)
