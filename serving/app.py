"""A server of trained generators, and a page to draw faces on.

python -m serving.app --model models/portraits --port 8501
python -m serving.app --model faces=exports/faces --model old=exports/old --host 0.0.0.0
"""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import pathlib
import signal
import socket
from typing import Any, Optional

from input_pipeline.faces import landmarks
from interface import command_line, texts
from interface.command_line import UserError, setting

EXTRA = "pip install -e '.[serve]'"


@dataclasses.dataclass(frozen=True)
class Options:
    """Serves SavedModels: TensorFlow Serving's REST API, /api/generate, and a page at /."""

    model: tuple[str, ...] = setting(
        "DIR or NAME=DIR, a SavedModel or numbered ones, of which the newest is served; more than "
        "one may be given"
    )
    port: int = setting("to listen at; 0 = any free one", 8501, at_least=0, at_most=65535)
    host: str = setting("to listen at; 0.0.0.0 lets other machines in", "127.0.0.1")
    name: tuple[str, ...] = setting("under which it is reached, beside localhost and addresses", ())
    token_file: str = setting("requests must bear the token in this file", "")
    page: bool = setting("serve the page at /", True)
    landmark_model: str = setting("dlib's 68-landmark model file; the installed one", "")
    batch: int = setting("most images in one call of a model", 32, at_least=1, at_most=1024)
    batch_wait: float = setting("milliseconds to wait for more of them", 1.0, at_least=0.0)
    queue: int = setting("images that may wait; beyond that the answer is 503", 256, at_least=1)
    max_count: int = setting("images of one request", 64, at_least=1, at_most=1024)
    max_bytes: int = setting("of a request", 16_000_000, at_least=1000)
    max_pixels: int = setting("of a picture in it", 25_000_000, at_least=1000)
    image_pixels: int = setting(
        "an image of more counts as several, in --batch, --queue and --max_count",
        2**20,
        at_least=1000,
    )
    max_seconds: float = setting("for a request", 30.0, at_least=0.1)


def main(argv: list[str]) -> None:
    """Serve as the flags say until SIGTERM or Ctrl-C; `--help` lists them."""
    options = command_line.read(Options, argv)
    token = _token(options.token_file)
    try:
        import uvicorn

        from serving import models
        from serving.web.heads import Heads
    except ImportError as error:
        raise UserError(f"{error.name} is not installed; {EXTRA}") from None
    if options.landmark_model:
        landmarks.model_path(options.landmark_model)
    folders = models.named(options.model)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    # One line for each malformed form would let strangers fill the disk.
    logging.getLogger("python_multipart").setLevel(logging.ERROR)
    with _listen(options.host, options.port) as place:
        config = uvicorn.Config(
            application_of(options, folders, token),
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=30,
            lifespan="on",
            http=Heads,
        )
        # uvicorn hands the signal on when it has finished, which would make a clean end a failure.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: None)
        with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
            runner.run(_serve(uvicorn.Server(config), place, ", ".join(folders)))


async def _serve(server: Any, place: socket.socket, names: str) -> None:
    """Serve; the address is printed when the first request would be answered."""
    serving = asyncio.create_task(server.serve([place]))
    while not (server.started or serving.done()):
        await asyncio.sleep(0.01)
    if server.started:
        address = "http://{}:{}/".format(*place.getsockname()[:2])
        print(f"serving {names} at {address} (docs at {address}docs)", flush=True)
    await serving


def application_of(options: Options, folders: dict[str, pathlib.Path], token: Optional[str]) -> Any:
    """The whole application: models, batcher, routes, page, guard.

    Raises:
      UserError: a folder has no SavedModel of ours.
    """
    from serving.batching import Batcher
    from serving.limits import Limits
    from serving.models import Models
    from serving.studio import Studio
    from serving.web import application
    from serving.web.guard import Guard
    from serving.web.telemetry import Telemetry

    limits = Limits(
        body=options.max_bytes,
        pixels=options.max_pixels,
        count=options.max_count,
        seconds=options.max_seconds,
        image=options.image_pixels,
    )
    batcher = Batcher(options.batch, options.queue, options.batch_wait / 1000, limits.images)
    detector = landmarks.Dlib(options.landmark_model or None)
    studio = Studio(Models(folders), batcher, limits, detector)
    telemetry = Telemetry(studio.models, lambda: batcher.waiting)
    batcher.observe = telemetry.batch
    app = application.build(studio, telemetry)
    if options.page:
        from serving.page import studio_page

        studio_page.add_to(app, studio)
    return Guard(
        app,
        body=limits.body,
        seconds=limits.seconds,
        token=token,
        observe=telemetry.request,
        names=options.name,
    )


def _token(path: str) -> Optional[str]:
    if not path:
        return None
    token = texts.of_bytes(pathlib.Path(path).read_bytes()).strip()
    if not token:
        raise UserError(f"--token_file {path}: empty; wanted a token in it")
    return token


def _listen(host: str, port: int) -> socket.socket:
    """Before the models are loaded, so that a port that is taken is told at once."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    place = socket.socket(family)
    place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        place.bind((host, port))
    except OSError as error:
        place.close()
        raise UserError(f"--host {host} --port {port}: {error.strerror}") from None
    return place


if __name__ == "__main__":
    command_line.run(main)
