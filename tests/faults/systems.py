"""Systems whose training is harmed on its way, and how each is called. A new one is an entry."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from tests.test_train import ROOT, TINY


class Called(NamedTuple):
    """A stage, and what its program is told."""

    folder: str  # below the run's
    words: list[str]
    first: int = 0  # steps done when it starts
    last: int = 40


class System(NamedTuple):
    """What is trained by a program of its own.

    Attributes:
      program: its module.
      records: the fixture that makes its records.
      words: of every call.
      first: a stage that starts from nothing.
      killed: the stages that are killed, in their order.
      before: words of the calls that these need to have been done before.
      models: fixtures whose folders are flags of every call, by the flags' names.
    """

    program: str
    records: str
    words: list[str]
    first: Called
    killed: list[Called]
    before: list[list[str]]
    models: Mapping[str, str] = MappingProxyType({})

    def command(self, folder, records_dir, *words):
        where = [f"--data_dir={records_dir}", f"--run_dir={folder}"]
        return [sys.executable, "-m", self.program, *self.words, *where, *words]


PIX2PIXHD = "--width=4 --downs=1 --blocks=1 --enhancer_blocks=1 --discriminator_width=2 "
PIX2PIXHD += "--discriminator_layers=1 --encoder_width=2 --encoder_downs=1 --batch_size=4 "
PIX2PIXHD += "--log_every=1 --vgg=none"
MASKGAN = "--width=4 --downs=1 --blocks=1 --style_width=2 --vae_width=2 --latent=4 "
MASKGAN += "--blender_width=2 --blender_downs=1 --blender_blocks=1 --discriminator_width=2 "
MASKGAN += "--discriminator_layers=1 --batch_size=4 --log_every=1 --vgg=none --nomirror"
SYSTEMS = {
    "progressive GAN": System(
        "train",
        "records_dir",
        TINY,
        first=Called("phase_1", ["--phase=1"]),
        killed=[
            Called("phase_2_fade", ["--phase=2", "--smooth"]),
            Called("phase_2", ["--phase=2"], 40, 80),
        ],
        before=[["--phase=1", "--steps=3"]],
    ),
    "flowers": System(
        "siblings.flowers.train",
        "label_records_dir",
        [
            "--generator_width=2",
            "--discriminator_width=2",
            "--class_name=1",
            "--batch_size=4",
            "--log_every=1",
        ],
        first=Called("flowers", []),
        killed=[Called("flowers", [])],
        before=[],
        models={"segmenter": "disc_segmenter"},
    ),
    "segmenter": System(
        "siblings.segmenter.train",
        "label_records_dir",
        ["--features=2", "--batch_size=4", "--log_every=1"],
        first=Called("segmenter", []),
        killed=[Called("segmenter", [])],
        before=[],
    ),
    "pix2pixHD": System(
        "siblings.pix2pixhd.train",
        "instance_records_dir",
        [*PIX2PIXHD.split(), "--pool_size=6"],
        first=Called("phase_1", ["--phase=1"]),
        killed=[
            # 14 epochs of 3 steps; the same command trains phase_2 after them.
            Called("phase_2_outermost", ["--phase=2", "--fix_global_epochs=14"], last=42),
            Called("phase_3", ["--phase=3"]),
        ],
        before=[["--phase=1", "--steps=3"]],
        models={"segmenter": "disc_segmenter"},
    ),
    "MaskGAN": System(
        "siblings.maskgan.train",
        "label_records_dir",
        MASKGAN.split(),
        first=Called("phase_1", ["--phase=1"]),
        # The second is as the third is, with fewer networks.
        killed=[Called("phase_1", ["--phase=1"]), Called("phase_3", ["--phase=3"])],
        before=[["--phase=2", "--steps=3"]],
        models={"segmenter": "disc_segmenter"},
    ),
}


def with_models(request, system):
    """A system whose words give the models that it needs."""
    folders = {flag: request.getfixturevalue(name) for flag, name in system.models.items()}
    given = [f"--{flag}={folder}" for flag, folder in folders.items()]
    return system._replace(words=[*system.words, *given])


def environment(**variables):
    return {**os.environ, "PYTHONPATH": str(ROOT), **variables}


@contextlib.contextmanager
def at_work(system, records_dir, folder, words):
    """Its program in `folder`, called the same wherever that is; gone when the block ends."""
    with open(folder / "output.txt", "a") as output:
        process = subprocess.Popen(
            system.command(".", records_dir, *words),
            cwd=folder,
            env=environment(),
            stdout=output,
            stderr=output,
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def finish(system, records_dir, folder, words):
    with at_work(system, records_dir, folder, words) as process:
        assert process.wait(timeout=120) == 0, (folder / "output.txt").read_text()


def wait_until(process, condition, seconds=120):
    end = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, "the process ended before that"
        assert time.monotonic() < end, f"waited {seconds} s in vain"
        time.sleep(0.001)


def rows_of(stage):
    """How many rows of metrics its folder has."""
    log = stage / "metrics.jsonl"
    return log.read_text().count("\n") if log.exists() else 0
