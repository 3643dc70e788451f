import numpy as np

from serving.asked.landmarks import Asked
from serving.page.landmarks.sketch import Drawing
from serving.page.landmarks.start import Start
from serving.page.landmarks.state import EXAMPLES


def test_examples_and_nothing_are_begun_with(state, voice, elements, fire):
    start = Start(state, voice)
    buttons = {button.text: button for button in elements("q-btn")}
    assert [*buttons] == ["Photo", "Nothing", *EXAMPLES]
    fire(buttons["Narrow"], "click")
    assert state.now.sliders == EXAMPLES["Narrow"]
    fire(buttons["Nothing"], "click")
    assert not state.mask().any()
    assert voice.said == ["Begun anew: narrow", "Begun anew: nothing"]
    state.choose("plain")
    start.build()
    assert [button.text for button in elements("q-btn")] == ["Photo", "Nothing"]


def test_a_photo_becomes_landmarks_with_the_photo_beside(studio, state, voice, on_page, face):
    photo = np.zeros([32, 32, 3], np.uint8)

    async def of_photo(version, content):
        assert (version.name, content) == ("faces", b"jpeg")
        return Asked(np.zeros([16, 16], bool), photo, face)

    studio.of_photo = of_photo
    on_page(Start(state, voice)._take_photo(b"jpeg"))
    assert state.now.landmarks is face and state.now.photo is photo
    assert state.now.sliders == Drawing().sliders
