import numpy as np

from serving.asked.landmarks import Asked
from serving.page.landmarks.desk import EXAMPLES, Desk
from serving.page.landmarks.sketch import Drawing
from serving.page.landmarks.start import Start


def test_examples_and_nothing_are_begun_with(studio, voice, on_page, elements, fire):
    def visit():
        desk = Desk(studio)
        start = Start(desk, voice)
        buttons = {button.text: button for button in elements("q-btn")}
        assert [*buttons] == ["Photo", "Nothing", *EXAMPLES]
        fire(buttons["Narrow"], "click")
        assert desk.now.sliders == EXAMPLES["Narrow"]
        fire(buttons["Nothing"], "click")
        assert not desk.mask().any() and voice.said == ["Begun anew: narrow", "Begun anew: nothing"]
        desk.choose("plain")
        start.build()
        assert [button.text for button in elements("q-btn")] == ["Photo", "Nothing"]

    on_page(visit)


def test_a_photo_becomes_landmarks_with_the_photo_beside(studio, voice, on_page, face):
    photo = np.zeros([32, 32, 3], np.uint8)

    async def of_photo(version, content):
        assert (version.name, content) == ("faces", b"jpeg")
        return Asked(np.zeros([16, 16], bool), photo, face)

    async def visit():
        studio.of_photo = of_photo
        desk = Desk(studio)
        await Start(desk, voice)._take_photo(b"jpeg")
        assert desk.now.landmarks is face and desk.now.photo is photo
        assert desk.now.sliders == Drawing().sliders

    on_page(visit)
