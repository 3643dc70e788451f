"""Parts of the page without a browser: their elements, and a studio that paints plain colours."""

import asyncio
import base64
import inspect
import io
import types

import numpy as np
import pytest
from PIL import Image

from input_pipeline.faces import shape
from input_pipeline.faces.framing import Framing
from serving.about import About
from serving.page import voice as voices
from serving.studio import Limits

SIDE, DRAWN_AT = 16, 32
CAST = (*range(1, 17),)


class Studio:
    """Paints a face in the grey of its seed; a way goes from one end's grey to the other's."""

    def __init__(self, **shapes):
        self.models = Models(
            types.SimpleNamespace(
                name=name,
                asks="landmarks",
                about=About(),
                resolution=SIDE,
                drawn_at=DRAWN_AT,
                framing=Framing.ALIGNED,
                shapes=known,
                cast=CAST,
            )
            for name, known in shapes.items()
        )
        self.limits, self.painted = Limits(), []

    async def faces(self, version, mask, seeds):
        self.painted.append(("faces", version.name, mask, list(seeds)))
        for _ in range(3):
            await asyncio.sleep(0)
        return np.stack([np.full([SIDE, SIDE, 3], seed % 256, np.uint8) for seed in seeds])

    async def between(self, version, mask, seeds, steps):
        self.painted.append(("between", version.name, mask, list(seeds)))
        greys = np.linspace(*seeds, steps).astype(np.uint8)
        return np.broadcast_to(greys[:, None, None, None], [steps, SIDE, SIDE, 3])


class Models(list):
    """Versions, of which one is got by its name."""

    def get(self, name):
        return next(version for version in self if version.name == name)


@pytest.fixture(scope="session")
def shapes(people):
    return shape.fit(people)


@pytest.fixture
def studio(shapes):
    """With a model "faces" that has shapes, and one, "plain", that has none."""
    return Studio(faces=shapes, plain=None)


@pytest.fixture(scope="session")
def label_models(
    free_model, styled_model, clusters_model, edited_model, segmenter_model, tmp_path_factory
):
    """Real models that paint label maps of three classes, and one that tells them in photos."""
    from serving.models import Models as Served
    from tests.serving import label_models

    pictures = label_models.write_pictures(tmp_path_factory.mktemp("pictures") / "1")
    paths = {"free": free_model, "styled": styled_model, "clusters": clusters_model}
    paths = {**paths, "editor": edited_model, "telling": segmenter_model, "pictures": pictures}
    return Served(paths)


@pytest.fixture
def label_studio(label_models):
    """The real one, at these."""
    from serving.batching import Batcher
    from serving.studio import Studio

    limits = Limits()
    return Studio(label_models, Batcher(8, 100, 0.0, limits.images), limits)


@pytest.fixture
def page(monkeypatch):
    """The test stands on a page, where elements can be made; it is the page's client.

    A coroutine that is to be there too goes through `on_page`.
    """
    nicegui = pytest.importorskip("nicegui")
    loop = asyncio.new_event_loop()
    monkeypatch.setattr(nicegui.core, "loop", loop)
    with nicegui.Client(nicegui.ui.page("/")) as client:
        yield client
        client.delete()
    loop.close()


@pytest.fixture
def on_page(page):
    """Runs a coroutine, or a function that begins some, on the page."""
    from nicegui import core

    async def visit(work):
        with page:
            result = work() if callable(work) else work
            if asyncio.iscoroutine(result):
                await result

    return lambda work: core.loop.run_until_complete(visit(work))


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    """Tests that are coroutines run on the page."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    pyfuncitem._request.getfixturevalue("on_page")(pyfuncitem.obj(**arguments))
    return True


@pytest.fixture
def until():
    """Waits for what background tasks bring about."""

    async def wait(condition):
        for _ in range(1000):
            if condition():
                return
            await asyncio.sleep(0.01)
        raise TimeoutError

    return wait


@pytest.fixture
def fire():
    """Does to an element what the browser tells of: `fire(element, "click", args)`."""
    from nicegui import events

    def send(element, kind, args=None):
        listeners = [each for each in element._event_listeners.values() if each.type == kind]
        assert listeners, f"nobody listens to {kind}"
        for listener in listeners:
            if listener.handler is not None:
                message = events.GenericEventArguments(
                    sender=element, client=element.client, args=args
                )
                events.handle_event(listener.handler, message)

    return send


@pytest.fixture
def downloads(monkeypatch):
    """What visitors are sent: (content, name, kind) each."""
    from nicegui import ui

    sent = []
    monkeypatch.setattr(ui.download, "content", lambda *args: sent.append(args))
    return sent


class Voice(voices.Voice):
    """Keeps what is said."""

    def __init__(self):
        self.said, self.complaints, self.whispered = [], [], []

    def say(self, text):
        self.said.append(text)

    def complain(self, error):
        self.complaints.append(str(error))

    def whisper(self, text):
        self.whispered.append(text)


@pytest.fixture
def voice():
    return Voice()


@pytest.fixture
def elements(page):
    """Of the page, by their tag and class: `elements("button")`, `elements("div", "hint")`."""

    def of(tag, kind=None):
        every = page.elements.values()
        tagged = (each for each in every if each.props.get("tag", each.tag) == tag)
        return [each for each in tagged if kind is None or kind in each.classes]

    return of


@pytest.fixture(scope="session")
def read():
    """The pixels of a picture inside its own address."""

    def pixels(address):
        content = base64.b64decode(address.partition("base64,")[2])
        return np.asarray(Image.open(io.BytesIO(content)))

    return pixels
