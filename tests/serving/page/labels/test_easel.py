import asyncio

import numpy as np
import pytest

from serving.page.frame import Frame
from serving.page.labels.canvas import Canvas
from serving.page.labels.easel import Easel
from serving.page.labels.edits import Area
from serving.page.labels.hand import Hand
from serving.page.labels.styles import Styles
from serving.page.labels.tools import Tools
from serving.page.labels.variations import Variations
from serving.scene import Reference, Scene
from tests.serving import label_models
from tests.serving.label_models import PALETTE
from tests.serving.page.labels.conftest import LABELS

PHOTO = np.random.default_rng(0).integers(0, 256, [*LABELS.shape, 3], np.uint8)


@pytest.fixture
def easel_of(page, state_of, voice):
    """An easel at a model, which notes what it has painted: `easel.asked`."""

    def make(model):
        state = state_of(model)
        canvas, frame = Canvas(Hand(state, Tools(state, voice), voice)), Frame("Your picture")
        easel = Easel(state, frame, canvas, Styles(state, voice), Variations(state, voice), voice)
        easel.asked, paint = [], state.studio.labels.painted

        async def noting(version, scene, seeds, reference=None):
            easel.asked.append((scene, seeds[0]))
            return await paint(version, scene, seeds, reference)

        state.studio.labels.painted = noting
        return easel

    return make


@pytest.fixture
def rest(until):
    """Until all is painted."""

    async def rest(easel):
        await until(lambda: easel.latest._task is None or easel.latest._task.done())

    return rest


async def test_the_picture_follows_the_map_and_is_painted_once(easel_of, rest, read, voice):
    easel = easel_of("free")
    for _ in range(2):
        easel.latest.ask()
        await rest(easel)
    np.testing.assert_array_equal(easel.frame.image, PALETTE[LABELS])
    assert len(easel.asked) == 1 and voice.whispered == ["painted"]
    easel.canvas._fade(50)
    np.testing.assert_array_equal(read(easel.canvas.under.props["src"]), PALETTE[LABELS])
    easel.state.edit(Area(((0.1, 0.1), (0.9, 0.9)), 2))
    await rest(easel)
    np.testing.assert_array_equal(easel.frame.image, PALETTE[easel.state.scene.label])
    before = read(easel.frame._over.props["src"])  # the picture of the map that it began with
    np.testing.assert_array_equal(before, PALETTE[LABELS])
    easel.state.go(-1)
    await rest(easel)
    np.testing.assert_array_equal(easel.frame.image, PALETTE[LABELS])


async def test_while_a_stroke_is_drawn_the_newest_state_wins(easel_of, rest):
    easel = easel_of("styled")
    easel.variations.seeds = [*range(8)]
    hand = easel.canvas.hand
    hand.tools.size = 1
    hand.down((0.1, 0.1))
    await asyncio.sleep(0)  # the first one is under way
    for step in range(20):
        hand.move([(0.1 + step / 30, 0.1)])
    await rest(easel)
    assert len(easel.asked) == 2 and not easel.state.history.settled  # no variations yet
    assert (easel.asked[-1][0].label == easel.state.scene.label).all()
    hand.up()
    await rest(easel)
    assert [seed for _, seed in easel.asked[-8:]] == [*range(8)]


async def test_between_pictures_of_a_stroke_the_model_rests_until_the_hand_does(
    easel_of, rest, monkeypatch
):
    from serving.page.labels import easel as module

    easel = easel_of("free")
    monkeypatch.setattr(module, "REST", 10_000)  # for longer than this test
    hand = easel.canvas.hand
    hand.down((0.1, 0.1))
    for step in range(5):
        await asyncio.sleep(0.05)
        hand.move([(0.2 + step / 10, 0.1)])
    assert len(easel.asked) == 1
    hand.up()
    await rest(easel)
    assert len(easel.asked) == 2
    np.testing.assert_array_equal(easel.frame.image, PALETTE[easel.state.scene.label])


async def test_a_selected_object_is_shown_in_its_classes_styles(easel_of, rest, read):
    easel = easel_of("clusters")
    easel.state.begin(easel.state.as_scene(np.repeat([[0], [1]], 8, 0).repeat(24, 1).astype("u1")))
    easel.state.select((0.5, 0.9))
    await rest(easel)
    shown = [read(tile.picture.props["src"]) for _, tile in easel.styles._tiles[:2]]
    assert shown[0].shape == (10, 24, 3)  # the lower half and a quarter of it more
    features = np.zeros([2, 16, 24, 3])
    features[1, 8:, :, 1] = 200  # the second cluster of class 1
    wanted = features / 2 + features.mean((1, 2), keepdims=True) / 4
    for picture, want in zip(shown, wanted[:, 6:]):
        assert np.abs(picture - want).max() <= 1
    count = len(easel.asked)
    easel.state.tell()
    await rest(easel)
    assert len(easel.asked) == count


async def test_eight_seeds_and_the_visitors_own(easel_of, rest, read):
    easel = easel_of("styled")
    easel.variations._renew()
    await rest(easel)
    for seed, tile in enumerate(easel.variations._tiles):
        wanted = PALETTE[LABELS] + (LABELS + seed)[..., None]
        np.testing.assert_array_equal(read(tile.picture.props["src"]), wanted)
    easel.state.choose_seed(5)
    await rest(easel)
    np.testing.assert_array_equal(easel.frame.image, PALETTE[LABELS] + (LABELS + 5)[..., None])
    assert easel.frame.caption.content == "Picture 5"


async def test_a_model_of_photos_styles_waits_for_one(easel_of, rest):
    easel = easel_of("editor")
    easel.latest.ask()
    await rest(easel)
    assert easel.asked == [] and "Waits for a photo" in easel.frame.caption.content
    easel.state.copy_style(Reference(PHOTO, LABELS))
    await rest(easel)
    painted = label_models.edited(LABELS, PHOTO, LABELS)
    np.testing.assert_array_equal(easel.frame.image, painted)
    easel.state.begin(Scene(LABELS), Reference(PHOTO, LABELS))  # its own photo, which is kept
    await rest(easel)
    np.testing.assert_array_equal(easel.frame.image, PHOTO)
    easel.state.keeps_photo = False
    easel.state.tell()
    await rest(easel)
    np.testing.assert_array_equal(easel.frame.image, painted)


async def test_what_can_not_be_painted_is_said_once(easel_of, rest, voice):
    easel = easel_of("free")
    easel.state.begin(Scene(np.zeros([9000, 9000], np.uint8)))
    await rest(easel)
    easel.state.tell()
    await rest(easel)
    assert len(voice.complaints) == 1 and "count as" in voice.complaints[0]
    assert not easel.frame.is_busy


async def test_a_mistake_of_ours_is_logged_and_said(easel_of, rest, voice, monkeypatch, caplog):
    easel = easel_of("free")

    async def broken(*args):
        raise ZeroDivisionError

    easel.state.studio.labels.painted = broken
    easel.latest.ask()
    await rest(easel)
    assert "the server's log says why" in voice.complaints[0] and "ZeroDivision" in caplog.text
