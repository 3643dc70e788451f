import json
import subprocess
import sys

import numpy as np
import pytest

from input_pipeline.faces import record_files, schema, shape, traits
from interface.command_line import UserError

TRAITS = ["turn", "nod", "tilt", "smile", "mouth_open", "eyes", "brows", "width", "chin", "nose"]
# Changes that each move one trait in proportion to their amount, and what moves none.
GAP = {(65, 66, 67): (0, 0.02)}
LIDS = {(37, 38, 43, 44): (0, -0.005), (40, 41, 46, 47): (0, 0.005)}
CORNERS = {(48, 54): (0, -0.02)}
TIP = {(30,): (0.03, 0)}
CHEEKS = {(5, 6, 7): (-0.02, 0), (9, 10, 11): (0.02, 0)}


def change(moves):
    offsets = np.zeros([68, 2])
    for points, offset in moves.items():
        offsets[list(points)] = offset
    return offsets


def faces_of(face, amounts, *changes):
    """float64 [N, 68, 2]: a face for each row of amounts of changes."""
    return face + np.tensordot(amounts, [change(moves) for moves in changes], axes=1)


def mixed(count, strengths, seed=0):
    """float64 [count, T]: amounts that depend on each other; their mean is 0."""
    drawn = np.random.default_rng(seed).normal(size=[count, len(strengths)])
    return (drawn - drawn.mean(axis=0)) @ strengths


def assert_same(found, wanted, atol=0.0):
    assert found.names == wanted.names
    for name in ("mean", "directions", "components"):
        np.testing.assert_allclose(getattr(found, name), getattr(wanted, name), atol=atol)


def test_sliders_are_the_changes_that_the_faces_were_made_by(face):
    # However the changes depend on each other.
    amounts = mixed(500, [[1, 0.4, 0], [0, 1, -0.3], [0, 0, 2]])
    found = shape.fit(faces_of(face, amounts, CORNERS, GAP, LIDS))
    np.testing.assert_allclose(found.mean, face)
    assert found.names == ("smile", "mouth_open", "eyes")
    for direction, moves, spread in zip(
        found.directions, (CORNERS, GAP, LIDS), amounts.std(axis=0)
    ):
        np.testing.assert_allclose(direction, change(moves) * spread, atol=1e-12)
    assert len(found.components) == 3


def test_what_no_slider_is_about_goes_along_as_it_does_on_average(face):
    amounts = mixed(500, [[1, 0.8], [0, 0.6]])
    found = shape.fit(faces_of(face, amounts, GAP, CHEEKS))
    assert found.names == ("mouth_open",)
    (both, _), (_, alone) = np.cov(amounts.T, bias=True)
    assert both != alone
    along = np.cov(amounts.T, bias=True)[0, 1] / both  # the regression line's slope
    wanted = (change(GAP) + along * change(CHEEKS)) * np.sqrt(both)
    np.testing.assert_allclose(found.directions[0], wanted, atol=1e-12)


def test_mirror_images_count_as_faces(face):
    amounts = np.random.default_rng(0).uniform(1, 2, [100, 1])  # all of them turned to the right
    found = shape.fit(faces_of(face, amounts, TIP))
    np.testing.assert_allclose(found.mean, face)
    assert found.names == ("turn",)
    wanted = change(TIP) * np.sqrt((amounts**2).mean())
    np.testing.assert_allclose(found.directions[0], wanted, atol=1e-12)


def test_components_are_those_of_numpys_singular_values(people):
    found = shape.fit(people)
    both = np.concatenate([people, traits.mirrored(people)])
    offsets = both - both.mean(axis=0)
    spread = np.sqrt(offsets.var(axis=0).sum(axis=1))
    scaled = (offsets / spread[:, None]).reshape(len(both), -1)
    _, values, axes = np.linalg.svd(scaled, full_matrices=False)
    share, count = np.cumsum(values**2) / 68 / len(both), len(found.components)
    assert share[count - 2] < 0.95 <= share[count - 1]
    for component, axis, value in zip(found.components, axes, values):
        wanted = axis.reshape(68, 2) * spread[:, None] * value / np.sqrt(len(both))
        sign = np.sign((component * wanted).sum())
        np.testing.assert_allclose(component, sign * wanted, atol=1e-9)
        assert (component / spread[:, None]).sum() > 0


@pytest.mark.parametrize("amount", [-1, 1])
def test_each_slider_moves_its_trait_by_a_standard_deviation_and_no_other(people, amount):
    found = shape.fit(people)
    assert found.names == tuple(TRAITS)
    measured = traits.measured(np.concatenate([people, traits.mirrored(people)]))
    spread = np.array([measured[name].std() for name in TRAITS])
    for row, name in enumerate(TRAITS):
        for one in (found.mean, *people[:20]):
            pair = np.stack([one, found.changed(one, {name: amount})])
            before, after = np.array(list(traits.measured(pair).values())).T
            moved = (after - before) / spread
            np.testing.assert_allclose(moved, amount * np.eye(10)[row], atol=0.15)


def test_sliders_add_up(people):
    found = shape.fit(people)
    changed = found.changed(people[3], {"nose": -2, "turn": 0.5})
    wanted = people[3] - 2 * found.directions[-1] + 0.5 * found.directions[0]
    np.testing.assert_allclose(changed, wanted)
    np.testing.assert_array_equal(found.changed(people[3], {}), people[3])
    with pytest.raises(ValueError, match="no slider beard; there are turn, nod, "):
        found.changed(people[3], {"beard": 1})


def test_of_two_traits_that_move_together_the_first_has_a_slider(face):
    amounts = mixed(200, [[1]]) * [1, 1]
    found = shape.fit(faces_of(face, amounts, GAP, CORNERS))
    assert found.names == ("smile",)
    wanted = (change(GAP) + change(CORNERS)) * amounts[:, 0].std()
    np.testing.assert_allclose(found.directions[0], wanted, atol=1e-12)


def test_noise_has_no_sliders(face):
    noise = np.random.default_rng(0).normal(size=[2000, 68, 2])
    assert shape.fit(face + noise * 0.001) is None


def test_too_few_faces_or_one_face_many_times_have_no_shapes(people, face):
    assert shape.fit(people[:49]) is None
    assert shape.fit(people[:50]) is not None
    assert shape.fit(np.repeat(people[:1], 100, axis=0)) is None
    assert shape.fit(np.zeros([100, 68, 2])) is None
    assert shape.fit(np.zeros([0, 68, 2])) is None


def test_what_is_no_face_is_left_out(people):
    assert_same(shape.fit(np.concatenate([people, np.zeros([5, 68, 2])])), shape.fit(people))


def test_json_there_and_back(people):
    found = shape.fit(people)
    text = found.to_json()
    assert_same(shape.from_json(text), found, atol=5.1e-7)
    assert shape.from_json(text).to_json() == text
    assert list(json.loads(text)) == ["names", "mean", "directions", "components"]
    # The same file, in whichever order the faces are added up.
    assert shape.fit(people[::-1]).to_json() == text


DAMAGES = {
    "text": lambda content: "portrait",
    "nothing": lambda content: None,
    "list": lambda content: [content],
    "depth": lambda content: "[" * 10**5,
    "no names": lambda content: {**content, "names": []},
    "a name twice": lambda content: {**content, "names": ["turn"] * 10},
    "a number for a name": lambda content: {**content, "names": [*content["names"][1:], 7]},
    "a list for a name": lambda content: {**content, "names": [*content["names"][1:], []]},
    "a name less": lambda content: {**content, "names": content["names"][1:]},
    "no mean": lambda content: {k: v for k, v in content.items() if k != "mean"},
    "a point less": lambda content: {**content, "mean": content["mean"][1:]},
    "ragged": lambda content: {**content, "mean": [*content["mean"][1:], [0]]},
    "words": lambda content: {**content, "mean": [["x", "y"]] * 68},
    "an object": lambda content: {**content, "components": {"0": 1}},
    "no components": lambda content: {**content, "components": []},
    "flat": lambda content: {**content, "components": [0.0] * 136},
    "not finite": lambda content: {**content, "mean": [[0.5, float("nan")]] * 68},
    "large": lambda content: {**content, "mean": [[0.5, 1e9]] * 68},
    "too large": lambda content: {**content, "mean": [[0.5, 10**400]] * 68},
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_damaged_json_is_refused_in_one_line(people, damage):
    content = damage(json.loads(shape.fit(people).to_json()))
    with pytest.raises(ValueError, match="damaged: ") as error:
        shape.from_json(content if isinstance(content, str) else json.dumps(content))
    assert type(error.value) is ValueError
    assert "\n" not in str(error.value)


def written(folder, people, write_records):
    pixels = people * 16 - 0.5
    blank = np.zeros([16, 16, 3], np.uint8), np.zeros([16, 16], bool)
    records = [schema.encode(*blank, points, "a.png") for points in pixels]
    write_records(folder / "celeba-r16.tfrecords", records)
    return record_files.open_records(str(folder), 16)


def test_records_are_read_in_sides_of_the_picture(people, tmp_path, write_records):
    found = shape.of_records(written(tmp_path, people, write_records))
    assert_same(found, shape.fit(people), atol=1e-5)


def test_of_many_records_some_are_read_evenly_spread(people, tmp_path, write_records, monkeypatch):
    monkeypatch.setattr(shape, "MOST", 200)
    found = shape.of_records(written(tmp_path, people, write_records))
    assert_same(found, shape.fit(people[::3]), atol=1e-5)
    monkeypatch.setattr(shape, "MOST_BYTES", 100 * 1024 + 7)
    found = shape.of_records(written(tmp_path, people, write_records))
    assert_same(found, shape.fit(people[::6]), atol=1e-5)


def test_a_damaged_record_is_refused(people, tmp_path, write_records):
    records = written(tmp_path, people, write_records)
    _, place, length = records.places[7]
    with open(tmp_path / "celeba-r16.tfrecords", "r+b") as file:
        file.seek(place)
        file.write(b"\xff" * length)
    with pytest.raises(UserError, match="celeba-r16.tfrecords: the record at byte .*checksum"):
        shape.of_records(records)


def test_a_record_that_is_no_face_is_left_out(people, tmp_path, write_records):
    """Its checksum is right: somebody has written it so."""
    records = written(tmp_path, people, write_records)
    contents = records.read(np.arange(len(people)))
    contents[7] = b"\xff" * len(contents[7])
    write_records(tmp_path / "celeba-r16.tfrecords", contents)
    assert_same(shape.of_records(records), shape.fit(np.delete(people, 7, axis=0)), atol=1e-5)


def test_records_of_the_release_have_no_shapes(tmp_path, write_records, release_record):
    record = release_record(np.zeros([16, 16, 3], np.uint8), np.zeros([16, 16], bool))
    write_records(tmp_path / "celeba-r16.tfrecords", [record] * 60)
    assert shape.of_records(record_files.open_records(str(tmp_path), 16)) is None


def test_a_page_needs_numpy_and_nothing_else():
    heavy = ("tensorflow", "dlib", "absl", "google", "PIL")
    text = (
        f"import sys, input_pipeline.faces.shape; print([n for n in {heavy} if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("[]\n", "")
