"""Shards on this machine's cores, or on many machines under Apache Beam."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import multiprocessing
import os
import re
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent import futures
from concurrent.futures import process
from typing import Any, Optional, Protocol

from tqdm import tqdm

from input_pipeline.processes import side_by_side
from input_pipeline.sharding import finished, plans, shards
from input_pipeline.sharding.plans import Described
from interface.command_line import UserError

POLL_SECONDS = 0.2
SLOTS = 4096  # counters, one for each worker by its process number
UNRECORDED = ("out", "workers", "runner", "verify")  # flags that do not change a byte


@dataclasses.dataclass(frozen=True)
class Machines:
    """Where shards are made.

    Attributes:
      workers: processes on this machine; 0 = one for each core.
      runner: of Apache Beam's, as DirectRunner, FlinkRunner or DataflowRunner; None = no Beam.
      beam_flags: Beam's own options.
    """

    workers: int = 0
    runner: Optional[str] = None
    beam_flags: Sequence[str] = ()


class Flags(Protocol):
    """What the flags of every tool have that prepares records; a dataclass."""

    @property
    def out(self) -> str:
        """Folder of the records."""

    @property
    def verify(self) -> bool:
        """Re-read a data set instead."""

    @property
    def shards(self) -> int:
        """Files of each stem."""

    @property
    def workers(self) -> int:
        """See `Machines`."""

    @property
    def runner(self) -> Optional[str]:
        """See `Machines`."""

    @property
    def seed(self) -> int:
        """Of the order of the items."""


def build(
    options: Flags,
    beam_flags: Sequence[str],
    packages: Sequence[str],
    task: Callable[[], shards.Task],
    items: Callable[[], list[str]],
    finish: Callable[[plans.Plan, shards.Report], Described],
) -> Described:
    """Make a data set, or go on with it, or find that it is whole.

    Args:
      options: a tool's flags.
      beam_flags: Apache Beam's own options.
      packages: whose versions decide what the records hold.
      task: gives what is made of each item; called where there is something to make.
      items: lists them; called for a new data set only.
      finish: describes the data set; returns dataset.json's content.

    Returns:
      dataset.json's content.

    Raises:
      UserError: the folder holds something else, or the machines can't be had.
      KeyboardInterrupt: with what to do, once there is something to go on with.
    """
    machines = Machines(options.workers, options.runner, beam_flags)
    settings = plans.settings(options, UNRECORDED)
    done = finished.whole(options.out, settings, plans.defaults(options))
    if done is not None:
        return done
    check(machines)
    made_of_each = task()
    plan = plans.plan(options.out, settings, packages, options.shards, items)
    with plans.at_work(options.out, plan):
        try:
            return finish(plan, make_missing(options.out, plan, made_of_each, machines))
        except shards.Changed:
            plans.withdraw(options.out, plan, made_of_each.stems)
            raise
        except KeyboardInterrupt:
            raise KeyboardInterrupt("interrupted; the same command goes on from here") from None


def check(machines: Machines) -> None:
    """Refuse machines that can't be had, before anything is written.

    Raises:
      UserError: flags for Beam without Beam, no Beam, or what Beam says of its flags.
    """
    stray = [word for word in machines.beam_flags[:1] if not word.startswith("-")]
    if stray:
        raise UserError(f"stray word {stray[0]!r} after the lone --: wanted Apache Beam's flags")
    if machines.runner is not None:
        _pipeline(machines.runner, machines.beam_flags)
    elif machines.beam_flags:
        raise UserError(
            f"{machines.beam_flags[0]} after a lone -- is for Apache Beam; name its --runner too"
        )


def make_missing(
    folder: str, plan: plans.Plan, task: shards.Task, machines: Machines
) -> shards.Report:
    """Make the shards that are not there yet; what became of all items.

    Raises:
      UserError: a worker died, or Beam can't be had.
    """
    jobs = plans.missing(plan, task, folder)
    if machines.runner is not None:
        _run_on_beam(jobs, machines.runner, machines.beam_flags)
    elif jobs:
        _run_here(jobs, len(plan.items), machines.workers)
    return plans.reports(folder, plan)


def _run_here(jobs: list[shards.Job], total: int, workers: int) -> None:
    """In processes of this machine, with a progress bar over the items; one works in this one."""
    done = total - sum(len(job.items) for job in jobs)
    workers = min(side_by_side(workers), len(jobs))
    with tqdm(total=total, initial=done, unit="item", desc="preparing") as bar:
        if workers == 1:
            for job in jobs:
                shards.make(job, tick=bar.update)
        else:
            _run_in_processes(jobs, workers, lambda count: bar.update(done + count - bar.n))


def _run_in_processes(jobs: list[shards.Job], workers: int, show: Callable[[int], object]) -> None:
    # Started afresh, not forked: threads, TensorFlow's among them, do not survive a fork.
    context = multiprocessing.get_context("spawn")
    # Without locks: a worker that is killed would keep them.
    counts, stop = context.RawArray("q", SLOTS), context.RawValue("b", 0)
    with contextlib.ExitStack() as stack:
        raise_if_interrupted = stack.enter_context(_interrupts_held())
        pool = futures.ProcessPoolExecutor(workers, context, _start_worker, (counts, stop))
        stack.callback(pool.shutdown, cancel_futures=True)
        stack.callback(setattr, stop, "value", 1)
        with _deaf():
            waiting = {pool.submit(_make, job) for job in jobs}
        while waiting:
            finished, waiting = futures.wait(waiting, POLL_SECONDS, futures.FIRST_COMPLETED)
            for future in finished:
                _result(future)
            show(sum(counts))
            raise_if_interrupted()


@contextlib.contextmanager
def _interrupts_held() -> Iterator[Callable[[], None]]:
    """Ctrl-C raises only where the function that this gives is called.

    Anywhere else it could come while a lock of the pool's is taken, which would then be kept for
    ever, and the pool's own thread would wait for it.
    """
    heard = threading.Event()

    def raise_if_heard() -> None:
        if heard.is_set():
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, lambda *_: heard.set())
    try:
        yield raise_if_heard
    finally:
        signal.signal(signal.SIGINT, before)


@contextlib.contextmanager
def _deaf() -> Iterator[None]:
    """Ctrl-C reaches every process of a terminal; those started here never hear it.

    This one does, and tells the others to stop.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def _result(future: futures.Future[Any]) -> None:
    """Raise what the worker raised; one that died is a mistake the user can mend."""
    try:
        future.result()
    except process.BrokenProcessPool:
        raise UserError(
            "a worker died, most likely for want of memory; run the same command again with "
            "fewer --workers: it goes on where it stopped"
        ) from None


class _Stopped(Exception):
    """The process that started this worker has given up."""


def _start_worker(counts: Any, stop: Any) -> None:
    global _tick, _check
    threading.Thread(target=_end_with_parent, daemon=True).start()

    def check() -> None:
        if stop.value:
            raise _Stopped

    def tick() -> None:
        counts[os.getpid() % SLOTS] += 1
        check()

    _tick, _check = tick, check


def _end_with_parent() -> None:
    """A process that is killed tells nobody: its idle workers would wait for it for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


_tick: Callable[[], None]
_check: Callable[[], None]


def _make(job: shards.Job) -> None:
    _check()  # a worker may be told to stop before it has started
    shards.make(job, _tick)


def _run_on_beam(jobs: list[shards.Job], runner: str, flags: Sequence[str]) -> None:
    pipeline = _pipeline(runner, flags)
    import apache_beam as beam

    # Without their items, which each reads in the plan: a pipeline's own size is limited.
    light = [dataclasses.replace(job, items=[]) for job in jobs]
    # Reshuffled, so that no machine gets several shards because they were made together.
    _ = pipeline | beam.Create(light) | beam.Reshuffle() | beam.Map(_make_planned)
    try:
        pipeline.run().wait_until_finish()
    except OSError as error:  # what the runner fetches or starts can't be had
        why = " ".join(str(error).split()) or type(error).__name__
        raise UserError(f"--runner {runner} did not start: {why}") from None
    except RuntimeError as error:  # with the text of what a worker raised
        told = re.search(r"\b(UserError|Changed): (.*?)( \[while running |$)", str(error), re.M)
        if told is None:
            raise
        kind = shards.Changed if told[1] == "Changed" else UserError
        raise kind(told[2]) from None


def _make_planned(job: shards.Job) -> int:
    plan = plans.read(job.folder)
    return shards.make(plans.job(plan, job.task, job.folder, job.shard))


def _pipeline(runner: str, flags: Sequence[str]) -> Any:
    """An empty Beam pipeline. Raises UserError for a runner or flags that Beam refuses."""
    try:
        import apache_beam as beam
        from apache_beam.options.pipeline_options import PipelineOptions
        from apache_beam.runners.portability.portable_runner import PortableRunner
        from apache_beam.runners.runner import create_runner
    except ImportError:
        raise UserError(f"--runner {runner} needs Apache Beam: pip install '.[beam]'") from None
    try:
        engine = create_runner(runner)
        options = PipelineOptions([f"--runner={runner}", *flags])
        unknown = _given(options).keys() - PipelineOptions([]).get_all_options().keys()
        # A portable runner hands flags on to a server that knows more of them.
        if unknown and not isinstance(engine, PortableRunner):
            raise UserError(f"--runner {runner}: Apache Beam knows no flag --{min(unknown)}")
        return beam.Pipeline(engine, options)
    except ValueError as error:  # an unknown runner, or a flag that this one needs
        raise UserError(f"--runner {runner}: {' '.join(str(error).split())}") from None


def _given(options: Any) -> dict[str, Any]:
    """Beam's flags, unknown ones too, which it passes over unless asked."""
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said):
            return options.get_all_options(drop_default=True, retain_unknown_options=True)
    except SystemExit as error:  # its parser has printed all flags, and below them what is wrong
        if not error.code:
            raise
        told = said.getvalue().strip().rpartition("error: ")[2]
        raise UserError(f"Apache Beam: {told}") from None
