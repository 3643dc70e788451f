"""Programs that make something of a trained run, which are harmed on their way. A new one is a
line."""

import subprocess
import sys
import time
from typing import NamedTuple

from tests.faults.systems import environment


class Program(NamedTuple):
    """What is called in a folder with `run/` and `records/` in it.

    Attributes:
      words: of its call, the module first.
      system: of `tests.faults.systems.SYSTEMS`; trained: words of the calls that make its run.
      made: what it writes.
      reads: files without which, whole, it can't.
      before: words of a program that has to be run before.
    """

    words: str
    system: str
    trained: tuple[str, ...]
    made: str
    reads: str = "run/*/checkpoints/*/state.data*"
    before: str = ""

    def start(self, folder, words=""):
        words = (words or self.words).split()
        with open(folder / "output.txt", "a") as output:
            return subprocess.Popen(
                [sys.executable, "-m", *words],
                cwd=folder,
                env=environment(),
                stdout=output,
                stderr=output,
            )

    def run(self, folder, words=""):
        """Its exit code, and what it said."""
        (folder / "output.txt").unlink(missing_ok=True)
        code = self.start(folder, words).wait(timeout=120)
        return code, (folder / "output.txt").read_text()


EXPORT = "--run_dir=run --out=out/1"
FEATURES = "siblings.pix2pixhd.features --run_dir=run --data_dir=records"
SECOND = ("--phase=3 --from_scratch",)
PROGRAMS = {
    "export of faces": Program(
        f"serving.export --phase=1 {EXPORT}", "progressive GAN", ("--phase=1",), "out/1"
    ),
    "export of flowers": Program(f"siblings.flowers.export {EXPORT}", "flowers", ("",), "out/1"),
    "animation of flowers": Program(
        "siblings.flowers.animate run --out=out/a.gif",
        "flowers",
        ("",),
        "out/a.gif",
        reads="run/*/samples/*.png",
    ),
    "export of a segmenter": Program(
        f"siblings.segmenter.export {EXPORT}", "segmenter", ("",), "out/1"
    ),
    "export of pix2pixHD": Program(
        f"siblings.pix2pixhd.export {EXPORT}", "pix2pixHD", SECOND, "out/1", before=FEATURES
    ),
    "styles of pix2pixHD": Program(FEATURES, "pix2pixHD", SECOND, "run/phase_3/styles.json"),
    "export of MaskGAN": Program(
        f"siblings.maskgan.export {EXPORT}", "MaskGAN", ("--phase=2",), "out/1"
    ),
}


def kill_while_it_writes(process, folder, seconds):
    """So long after the first file aside is there; of a small one it may be done by then."""
    while process.poll() is None and not any(folder.rglob("*.partial")):
        time.sleep(0.0005)
    time.sleep(seconds)
    process.kill()
    process.wait()
