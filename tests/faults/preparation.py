"""`input_pipeline.prepare` in a process of its own, for tests that harm it on its way."""

import contextlib
import os
import pathlib
import subprocess
import sys

from PIL import Image

ROOT = pathlib.Path(__file__).parents[2]
# Python runs this when it starts, in every worker too. What changes a folder is announced before
# it is done: so a process can be killed between any two changes.
KILLED_AT = """
import os, re, signal, sys

def kill(event, args):
    name = f"{event} {os.fsdecode(args[event == 'os.rename'])}" if event in EVENTS else ""
    if re.search(os.environ["KILLED_AT"], name):
        os.kill(-os.getpgid(0) if os.environ["KILLED"] == "all" else os.getpid(), signal.SIGKILL)

EVENTS = ("os.rename", "os.remove", "os.rmdir", "shutil.rmtree")
sys.addaudithook(kill)
"""
# Gives a kill time to fall between a shard's files, and a fast machine no lead.
PAUSING = """
import sys, time

sys.addaudithook(lambda event, args: time.sleep(0.03 * (event == "os.rename")))
"""
# A disk on which the files of one folder have so many bytes of room.
SMALL_DISK = """
import builtins, errno, io, os, pathlib

def size(path):
    try:
        return path.stat().st_size if path.is_file() else 0
    except FileNotFoundError:  # another process has just removed it
        return 0

class OnSmallDisk(io.FileIO):
    def write(self, content):
        room = int(os.environ["ROOM"])
        room -= sum(map(size, pathlib.Path(os.environ["DISK"]).rglob("*")))
        if room <= 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return super().write(memoryview(content)[:room])

def opened(path, mode="r", *args, **kwargs):
    here = mode == "wb" and isinstance(path, str) and path.startswith(os.environ["DISK"])
    if here:
        return io.BufferedWriter(OnSmallDisk(path, "w"))
    return usual(path, mode, *args, **kwargs)

usual, builtins.open = builtins.open, opened
"""


def save_photos(folder, photo, count):
    """A face in `count` places, sizes and angles, small in its photo so that each takes time."""
    folder.mkdir()
    for number in range(count):
        angle, side = 20 - number * 40 / count, 180 + number % 7 * 16
        face = photo.resize((side, side)).rotate(angle, Image.Resampling.BICUBIC)
        image = Image.new("RGB", (560, 480), (number * 5, 90, 120))
        image.paste(face, (number * 37 % (560 - side), number * 53 % (480 - side)))
        image.save(folder / f"{number}.png", compress_level=1)
    (folder / "letter.txt").write_text("no photo")


def command(photos, out, workers, *flags):
    words = [f"--images={photos}", f"--out={out}", "--resolutions=8,16", f"--workers={workers}"]
    return [sys.executable, "-m", "input_pipeline.prepare", *words, *flags]


def environment(folder, start_up="", **variables):
    """That of a process which runs `start_up` before anything else; kept in `folder`."""
    folder.mkdir(exist_ok=True)
    (folder / "sitecustomize.py").write_text(start_up)
    paths = [str(folder), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths), **variables}


@contextlib.contextmanager
def at_work(words, env=None):
    """A process in a group of its own, which is gone when the block ends."""
    with subprocess.Popen(
        words,
        cwd=ROOT,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, 9)


def run(words, env=None):
    """(exit code, lines of standard error but those of the progress bar)."""
    with at_work(words, env) as process:
        _, errors = process.communicate(timeout=240)
    return process.returncode, [line for line in errors.split("\n") if "preparing: " not in line]


def tree(folder):
    """{relative path: bytes} of all files below a folder."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def partial(folder):
    return [path.name for path in folder.rglob("*.partial")]
