import io

import numpy as np
from PIL import Image

from serving.page.landmarks.blend import STEPS, Blend


async def test_the_way_is_shown_and_saved_when_there_are_two_ends(
    state, voice, elements, fire, read, downloads, until
):
    blend = Blend(state, voice)
    (hint,), (save,) = elements("div", "hint"), elements("q-btn")
    assert hint.text.startswith("Tick Blend") and not save.visible
    state.blend(3, True)
    assert not save.visible
    state.blend(7, True)
    assert hint.text == "From face 3 to face 7" and save.visible
    greys = np.linspace(0, 255, STEPS).astype(np.uint8)  # colours take a GIF seconds
    images = np.broadcast_to(greys[:, None, None, None], [STEPS, 4, 4, 3])
    blend.painted(images)
    np.testing.assert_array_equal([read(each.props["src"]) for each in elements("img")], images)
    fire(save, "click")
    await until(lambda: downloads)
    ((content, name, kind),) = downloads
    assert (name, kind) == ("faces_3_to_7.gif", "image/gif")
    with Image.open(io.BytesIO(content)) as gif:
        assert gif.n_frames == 2 * STEPS - 2
