import numpy as np
import pytest

from input_pipeline.faces import pose, traits

EYES = 0.25  # sides between the eyes of `face`
NAMES = ["turn", "nod", "tilt", "smile", "mouth_open", "eyes", "brows", "width", "chin", "nose"]


def of(landmarks):
    """{name: number} of one face."""
    return {name: float(value[0]) for name, value in traits.measured(landmarks[None]).items()}


def rotated(landmarks, degrees):
    """Clockwise as one sees it: x to the right, y down."""
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return (landmarks - 0.5) @ [[cos, sin], [-sin, cos]] + 0.5


def test_a_face_of_known_measures(face):
    gap = 0.03 * (1 + 2 * np.sin(np.pi / 4)) / 3  # the inner lips are an ellipse of eight points
    brows = 0.41 - 0.02 * (1 + 2 * np.sin(np.pi / 4)) / 5
    jaw = 0.58 * (1 + np.cos(np.pi / 16) + np.cos(np.pi / 8)) / 3
    wanted = {
        "turn": 0,
        "nod": (0.45 - 0.61) / EYES,
        "tilt": 0,
        "smile": ((0.71 + 0.745) / 2 - 0.76) / EYES,
        "mouth_open": gap / EYES,
        "eyes": 0.03 / EYES,
        "brows": (0.47 - brows) / EYES,
        "width": jaw / (0.9 - brows),
        "chin": (0.9 - 0.81) / EYES,
        "nose": 0.205 / EYES,
    }
    assert list(wanted) == NAMES
    assert of(face) == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("name", "moves"),
    [
        ("turn", {(30,): (0.1, 0)}),
        ("nod", {(30,): (0, -0.1)}),
        ("smile", {(48, 54): (0, -0.1)}),
        ("mouth_open", {(65, 66, 67): (0, 0.1)}),
        ("eyes", {(37, 38, 43, 44): (0, -0.05), (40, 41, 46, 47): (0, 0.05)}),
        ("brows", {range(17, 27): (0, -0.1), (8, 57): (0, -0.1)}),  # the face is as high as before
        ("chin", {(57,): (0, -0.1)}),
        ("nose", {(33,): (0, 0.1)}),
    ],
)
def test_what_one_trait_is_about_moves_no_other(face, name, moves):
    moved = face.copy()
    for points, offset in moves.items():
        moved[list(points)] += np.array(offset) * EYES
    before = of(face)
    assert of(moved) == pytest.approx({**before, name: before[name] + 0.1})


def test_width_is_over_height(face):
    before = of(face)
    wider, higher = face.copy(), face.copy()
    wider[:17, 0] = 0.5 + (face[:17, 0] - 0.5) * 1.2
    higher[[8, 57], 1] += 0.9 - face[17:27, 1].mean()  # twice as high, the chin as long
    assert of(wider) == pytest.approx({**before, "width": before["width"] * 1.2})
    assert of(higher) == pytest.approx({**before, "width": before["width"] / 2})


@pytest.mark.parametrize("degrees", [-30, -1, 12])
def test_a_tilted_head_differs_in_its_tilt_alone(face, degrees):
    face = face + np.random.default_rng(0).normal(size=[68, 2]) * 0.01
    wanted = of(face)
    assert of(rotated(face, degrees)) == pytest.approx({**wanted, "tilt": wanted["tilt"] + degrees})
    assert pose.angles(rotated(face, degrees))[2] == pytest.approx(
        pose.angles(face)[2] + degrees, abs=1
    )


@pytest.mark.parametrize(("scale", "place"), [(64, (-0.5, -0.5)), (0.01, (3, 4))])
def test_size_and_place_do_not_matter(face, scale, place):
    face = face + np.random.default_rng(0).normal(size=[68, 2]) * 0.01
    assert of(face * scale + place) == pytest.approx(of(face))


def test_a_mirrored_face_has_the_opposite_turn_and_tilt_and_all_else_alike(face):
    np.testing.assert_allclose(traits.mirrored(face[None])[0], face)
    odd = face + np.random.default_rng(0).normal(size=[68, 2]) * 0.01
    wanted = of(odd)
    wanted.update(turn=-wanted["turn"], tilt=-wanted["tilt"])
    assert of(traits.mirrored(odd[None])[0]) == pytest.approx(wanted)
    np.testing.assert_allclose(traits.mirrored(traits.mirrored(odd[None]))[0], odd)


def test_without_a_distance_between_the_eyes_there_are_no_measures(face):
    together = np.stack([face, np.zeros([68, 2])])
    found = np.array(list(traits.measured(together).values()))
    assert np.isfinite(found[:, 0]).all()
    assert not np.isfinite(found[:, 1]).all()
