import json

import numpy as np
import pytest

from input_pipeline.faces import drawing
from serving.page.landmarks.sketch import MOST_POINTS, Drawing, Stroke

SIDE, DRAWN_AT = 64, 128


def distances(points, side):
    """Of each pixel's centre from a line through places, in pixels: float [side, side]."""
    centres = (np.stack(np.meshgrid(*[np.arange(side)] * 2), axis=-1) + 0.5)[:, :, None]
    start, end = np.array(points[:-1]) * side, np.array(points[1:]) * side
    along = ((centres - start) * (end - start)).sum(axis=-1) / ((end - start) ** 2).sum(axis=-1)
    nearest = start + np.clip(along, 0, 1)[..., None] * (end - start)
    return np.linalg.norm(centres - nearest, axis=-1).min(axis=-1)


def test_landmarks_are_drawn_as_in_training(face):
    large = drawing.draw(face * DRAWN_AT - 0.5, DRAWN_AT)
    wanted = large.reshape(SIDE, 2, SIDE, 2).any(axis=(1, 3))
    np.testing.assert_array_equal(Drawing(face).mask(SIDE, DRAWN_AT), wanted)


@pytest.mark.parametrize("width", [1, 2, 3, 4, 5, 8])
def test_a_stroke_is_as_wide_as_it_says(width):
    points = ((0.2, 0.3), (0.7, 0.35), (0.6, 0.8))
    mask = Drawing(strokes=(Stroke(points, width / SIDE),)).mask(SIDE, SIDE)
    away = distances(points, SIDE)
    # Its points are those of whole pixels, which are up to 0.7 pixels away.
    assert mask[away <= width / 2 - 1.2].all() and not mask[away > width / 2 + 1.2].any()
    assert abs(mask.sum() - (away <= width / 2).sum()) < 0.25 * mask.sum()


def test_a_touch_is_a_dot():
    mask = Drawing(strokes=(Stroke(((0.5, 0.25),), 1 / SIDE),)).mask(SIDE, SIDE)
    assert np.argwhere(mask).tolist() == [[16, 32]]
    wide = Drawing(strokes=(Stroke(((0.5, 0.5),), 6 / SIDE),)).mask(SIDE, SIDE)
    assert 20 <= wide.sum() <= 40  # a disc's area is 28


def test_strokes_lie_over_landmarks_and_over_each_other(face):
    across = Stroke(((0, 32.5 / SIDE), (1, 32.5 / SIDE)), 5 / SIDE, erases=True)
    line = Stroke(((0.5, 0), (0.5, 1)), 1 / SIDE)
    lines = Drawing(face).mask(SIDE, DRAWN_AT)
    wiped = Drawing(face).stroked(across)
    np.testing.assert_array_equal(
        wiped.mask(SIDE, DRAWN_AT), lines & (distances(across.points, SIDE) > 2.5)
    )
    redrawn = wiped.stroked(line).mask(SIDE, DRAWN_AT)
    assert redrawn[:, 32].all()
    crossed = Drawing(face).stroked(line).stroked(across).mask(SIDE, DRAWN_AT)
    assert not crossed[30:35].any()


def test_a_mask_that_was_opened_fits_other_resolutions():
    picture = np.random.default_rng(0).uniform(size=[32, 32]) < 0.1
    np.testing.assert_array_equal(Drawing(picture=picture).mask(32, 32), picture)
    halved = picture.reshape(16, 2, 16, 2).any(axis=(1, 3))
    np.testing.assert_array_equal(Drawing(picture=picture).mask(16, 16), halved)
    doubled = picture.repeat(2, axis=0).repeat(2, axis=1)
    np.testing.assert_array_equal(Drawing(picture=picture).mask(64, 64), doubled)


def test_nothing_drawn_is_nothing():
    assert not Drawing().mask(8, 8).any()


def test_the_nearest_landmark_is_found_within_reach(face):
    assert Drawing(face).nearest(face[30] + (0.004, -0.003), 0.01) == 30
    assert Drawing(face).nearest((0.01, 0.01), 0.05) is None
    assert Drawing().nearest((0.5, 0.5), 1.0) is None


def test_a_landmark_moves_alone_and_stays_inside(face):
    moved = Drawing(face).moved(8, (0.4, 1.7))
    assert moved.landmarks[8].tolist() == [0.4, 1.0]
    np.testing.assert_array_equal(np.delete(moved.landmarks, 8, axis=0), np.delete(face, 8, axis=0))


def test_sliders_add_their_directions_wherever_a_landmark_was_dragged(face, shapes):
    direction = shapes.directions[shapes.names.index("smile")]
    for first, second in ((1, 2), (2, 1)):
        steps = {
            1: lambda drawing: drawing.slid("smile", 1.5, shapes).slid("smile", -2.0, shapes),
            2: lambda drawing: drawing.moved(0, drawing.landmarks[0] + (0.1, 0.02)),
        }
        changed = steps[second](steps[first](Drawing(face)))
        wanted = face - 2 * direction
        wanted[0] += (0.1, 0.02)
        np.testing.assert_allclose(changed.landmarks, wanted, atol=1e-12)
        assert changed.sliders == {"smile": -2.0}
    still = Drawing(face)
    assert still.slid("smile", 0.0, shapes) is still
    assert Drawing().slid("smile", 1.0, shapes).landmarks is None


def test_strokes_have_an_end(face):
    many = Stroke(((0.5, 0.5),) * (MOST_POINTS - 1), 0.01)
    full = Drawing().stroked(many).stroked(Stroke(((0.1, 0.1), (0.2, 0.2)), 0.01))
    assert [len(stroke.points) for stroke in full.strokes] == [MOST_POINTS - 1, 1]
    assert full.stroked(many) is full


def test_landmarks_are_68_pairs_of_json_and_lose_nothing(face):
    np.testing.assert_array_equal(json.loads(Drawing(face).landmarks_json()), face)
