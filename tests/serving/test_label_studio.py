import asyncio
import io

import numpy as np
import pytest
from PIL import Image

from interface.command_line import UserError
from serving.batching import Batcher
from serving.hands import Hands
from serving.label_studio import LabelStudio
from serving.limits import Limits
from serving.models import Models
from serving.scene import Scene
from tests.serving.label_models import PALETTE

IDS = np.random.default_rng(0).integers(0, 3, (8, 12)).astype(np.uint8)


def png(ids):
    content = io.BytesIO()
    Image.fromarray(ids).save(content, "PNG")
    return content.getvalue()


@pytest.fixture(scope="module")
def served(free_model, styled_model, edited_model, segmenter_model):
    paths = dict(free=free_model, styled=styled_model, edited=edited_model, telling=segmenter_model)
    return Models(paths)


@pytest.fixture
def studio(served):
    limits = Limits(pixels=100)
    return LabelStudio(served, Batcher(8, 100, 0.0, limits.images), limits, Hands())


def test_label_maps_are_painted_with_what_a_model_takes(served, studio):
    free, styled = served.get("free"), served.get("styled")
    numbers = (IDS * 9 + 1).astype(np.uint8)
    scene = asyncio.run(studio.scene(free.about, png(IDS)))
    np.testing.assert_array_equal(asyncio.run(studio.painted(free, scene, [3])), PALETTE[IDS][None])
    scene = asyncio.run(studio.scene(styled.about, png(IDS), png(numbers)))
    wanted = [PALETTE[IDS] + (numbers + seed)[..., None] for seed in (3, 4)]
    np.testing.assert_array_equal(asyncio.run(studio.painted(styled, scene, [3, 4])), wanted)
    large = png(np.zeros([12, 12], np.uint8))
    for files in ((large, png(numbers)), (png(IDS), large)):
        with pytest.raises(UserError, match="height 12, width 12: limit 100 pixels"):
            asyncio.run(studio.scene(styled.about, *files))


def test_a_label_map_of_another_size_is_scaled_where_that_is_asked_for(served, studio):
    about = served.get("free").about  # multiples of 4
    odd = IDS[:7, :9]
    with pytest.raises(UserError, match="7x9 pixels; wanted multiples of 4, as 8x8"):
        asyncio.run(studio.scene(about, png(odd)))
    scene = asyncio.run(studio.scene(about, png(odd), scaled=True))
    wanted = np.asarray(Image.fromarray(odd).resize((8, 8), Image.Resampling.NEAREST))
    np.testing.assert_array_equal(scene.label, wanted)
    np.testing.assert_array_equal(
        asyncio.run(studio.scene(about, png(IDS), scaled=True)).label, IDS
    )


def test_a_photo_without_a_label_map_gets_one_from_a_segmenter_that_is_served(served, studio):
    edited = served.get("edited")
    given = asyncio.run(studio.reference(edited, png(PALETTE[IDS]), png(IDS)))
    np.testing.assert_array_equal(given.photo, PALETTE[IDS])
    made = asyncio.run(studio.reference(edited, png(PALETTE[IDS])))
    np.testing.assert_array_equal(made.label, IDS)
    pictures = [
        asyncio.run(studio.painted(edited, Scene(IDS), [0], each)) for each in (given, made)
    ]
    np.testing.assert_array_equal(*pictures)
    with pytest.raises(UserError, match="photo: missing; this model paints in the style of one"):
        asyncio.run(studio.painted(edited, Scene(IDS), [0]))
