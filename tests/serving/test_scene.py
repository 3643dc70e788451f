import numpy as np
import pytest

from interface.command_line import UserError
from serving.scene import Scene

LABELS = np.array([[7, 7, 26], [7, 23, 26]], np.uint8)
IDS = np.array([[7, 7, 26000], [7, 23, 26001]], np.int32)


def test_a_scene_is_not_changed_from_outside():
    labels, ids, styles = LABELS.copy(), IDS.copy(), {26000: 3}
    scene = Scene(labels, ids, styles)
    labels[:], ids[:] = 0, 0
    styles[7] = 2
    np.testing.assert_array_equal(scene.label, LABELS)
    np.testing.assert_array_equal(scene.instance, IDS)
    assert scene.styles == {26000: 3}
    with pytest.raises(ValueError, match="read-only"):
        scene.label[0, 0] = 1
    with pytest.raises(TypeError):
        scene.styles[7] = 2


def test_objects_are_instances_or_else_labels():
    assert Scene(LABELS).objects.tobytes() == LABELS.tobytes()
    assert Scene(LABELS, IDS).objects.tobytes() == IDS.tobytes()
    assert [Scene(LABELS, IDS).has(id) for id in (7, 26, 26001, 8)] == [True, True, True, False]


def test_scenes_are_alike_whose_pixels_and_styles_are():
    one = Scene(LABELS, IDS, {7: 1})
    assert one.is_like(one) and one.is_like(Scene(LABELS.copy(), IDS.copy(), {7: 1}))
    for other in (
        Scene(LABELS, IDS),
        Scene(LABELS, None, {7: 1}),
        Scene(LABELS, np.where(IDS == 23, 7, IDS), {7: 1}),
        Scene(np.where(LABELS == 23, 7, LABELS).astype(np.uint8), IDS, {7: 1}),
    ):
        assert not one.is_like(other) and not other.is_like(one)


@pytest.mark.parametrize(
    "label, more, told",
    [
        (IDS, (), "label: int32 2x3; wanted uint8 HxW"),
        (LABELS[0], (), "label: uint8 3; wanted uint8 HxW"),
        (LABELS[:0], (), "label: uint8 0x3; wanted uint8 HxW"),
        (LABELS, (IDS[1:],), "instance: int32 1x3; wanted int32 2x3"),
        (LABELS, (-IDS,), "instance: id -26001; wanted ids from 0 on"),
        (LABELS, (None, {9: 0}), "region 9: not in the scene; wanted one of 7, 23, 26"),
        (LABELS, (None, {7: -1}), "style of region 7: -1; wanted a whole number from 0"),
    ],
)
def test_mistakes_are_told_in_one_line(label, more, told):
    with pytest.raises(UserError) as caught:
        Scene(label, *more)
    assert told in str(caught.value) and "\n" not in str(caught.value)
