"""The real server, the shipped model, Chromium."""

import contextlib
import pathlib
import re
import shutil
import subprocess
import sys

import pytest
from playwright import sync_api as playwright

from input_pipeline.faces import shape
from tests.serving import label_models
from tests.serving.page.visits.visitor import DESKTOP, Visitor

ROOT = pathlib.Path(__file__).parents[4]
MODEL = ROOT / "models" / "portraits" / "1"
CHROMIUM = "/usr/bin/chromium"
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
QUIET += ["--disable-background-networking", "--disable-component-update"]


@pytest.fixture(scope="session")
def models(shapes, tmp_path_factory):
    """The shipped model with sliders for known faces, "plain" without any, one for photos."""
    folder = tmp_path_factory.mktemp("models")
    for name in ("portraits", "plain"):
        shutil.copytree(MODEL, folder / name / "1")
        (folder / name / "1" / "assets" / shape.FILE).unlink(missing_ok=True)
    (folder / "portraits" / "1" / "assets" / shape.FILE).write_text(shapes.to_json())
    label_models.write_segmenter(folder / "telling" / "1")
    return [folder / name for name in ("portraits", "plain", "telling")]


@contextlib.contextmanager
def serving(*flags, cwd):
    """The address of a server with these flags; it must end well and leave nothing behind."""
    before = {*cwd.iterdir()}
    command = [sys.executable, "-m", "serving.app", "--port=0", *flags]
    environment = {"PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3", "PATH": "/usr/bin:/bin"}
    with open(cwd.parent / "server.log", "w+") as log:
        server = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=log, text=True, cwd=cwd, env=environment
        )
        try:
            line = server.stdout.readline()
            log.seek(0)
            address = re.search(r"http://\S+", line)
            assert address, line + log.read()
            yield address[0]
        finally:
            server.terminate()
            assert server.wait(60) == 0
            server.stdout.close()
        log.seek(0)
        assert "Traceback" not in log.read()
    assert {*cwd.iterdir()} == before


@pytest.fixture(scope="session")
def address(models, tmp_path_factory):
    cwd = tmp_path_factory.mktemp("elsewhere") / "empty"
    cwd.mkdir()
    with serving("--model", *map(str, models), "--max_bytes=2000000", cwd=cwd) as address:
        yield address


@pytest.fixture(scope="session")
def chromium():
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def visit(address, visits):
    """Opens the page: `visit(**PHONE, color_scheme="dark")`; nothing may go wrong unseen."""
    return lambda **options: visits(address, Visitor, **options)


@pytest.fixture
def visits(chromium):
    """Opens a page at an address, for a visitor of a kind."""
    with contextlib.ExitStack() as ends:

        def begin(address, kind, **options):
            context = chromium.new_context(**{**DESKTOP, **options})
            ends.callback(context.close)
            page, wrong, asked = context.new_page(), [], []
            page.on("console", lambda m: m.type in ("error", "warning") and wrong.append(m.text))
            page.on("pageerror", lambda error: wrong.append(str(error)))
            page.on("request", lambda request: asked.append(request.url))
            ends.callback(lambda: check(address, wrong, asked))
            visitor = kind(page)
            page.goto(address)
            visitor.has_begun()
            return visitor

        def check(address, wrong, asked):
            assert wrong == []
            own = (address, address.replace("http", "ws", 1), "data:", "blob:" + address)
            assert [url for url in asked if not url.startswith(own)] == []

        yield begin
