import json

import numpy as np
import pytest
import tensorflow as tf

from input_pipeline import people
from input_pipeline.faces import landmarks, schema
from interface.command_line import UserError

RNG = np.random.default_rng(0)


def test_close_pairs_are_those_of_a_loop(monkeypatch):
    monkeypatch.setattr(people, "BLOCK", 7)
    points = RNG.normal(size=[30, 3]).astype(np.float32)
    wanted = [
        (a, b)
        for a in range(30)
        for b in range(a + 1, 30)
        if np.linalg.norm(points[a] - points[b]) < 0.9
    ]
    assert 20 < len(wanted) < 200
    assert sorted(people.close(points, 0.9)) == wanted


def test_people_are_what_a_flood_from_each_name_reaches():
    names = [f"{n:02d}" for n in range(40)]
    pairs = [tuple(pair) for pair in RNG.integers(0, 40, [25, 2]).tolist()]
    neighbours = {
        n: {b for a, b in pairs if a == n} | {a for a, b in pairs if b == n} for n in range(40)
    }

    def flood(seen):
        more = set().union(seen, *(neighbours[n] for n in seen))
        return seen if more == seen else flood(more)

    wanted = sorted({tuple(sorted(names[n] for n in flood({start}))) for start in range(40)})
    assert [tuple(group) for group in people.grouped(names, pairs)] == wanted
    assert 10 < len(wanted) < 40


def test_a_name_that_occurs_twice_is_one_photo():
    assert people.grouped(["a", "b", "a", "c"], [(2, 3)]) == [["a", "c"], ["b"]]


def test_equal_ids_hang_together():
    ids = ["x", "y", "x", "z", "x", "y"]
    names = [f"{n}" for n in range(6)]
    assert people.grouped(names, people.equal(ids)) == [["0", "2", "4"], ["1", "5"], ["3"]]


def test_faces_of_one_person_and_of_two_are_so_far_from_each_other():
    """The second and the fourth row have the first one's name, the others their own."""
    faces = np.array([[0.0, 0], [0, 0.2], [3, 4], [0, 0.4], [3, 10]])
    told = people.apart(faces, people.equal(["a", "a", "b", "a", "c"]))
    assert told == (
        "descriptors' mean distance: 0.30 of one person's photos (2 pairs of equal file names), "
        "5.50 of two people's"
    )
    assert "unknown of one person's photos (0 pairs" in people.apart(faces, people.equal("abcde"))


def test_the_part_held_out_follows_from_the_seed():
    one = people.chosen(200, 0.1, seed=0)
    assert one == people.chosen(200, 0.1, seed=0) == sorted(set(one))
    assert len(one) == 20 and max(one) < 200
    assert one != people.chosen(200, 0.1, seed=1)
    assert people.chosen(5, 0.0, 0) == [] and people.chosen(5, 1.0, 0) == [0, 1, 2, 3, 4]


@pytest.fixture
def pairs_of_faces(monkeypatch):
    """Of twelve faces the descriptors of each two neighbours are close, so there are six people."""

    def descriptors(images, points):
        centres = np.repeat(10 * np.eye(6, 128), 2, axis=0)
        return (centres + RNG.normal(0, 0.01, centres.shape)).astype(np.float32)

    monkeypatch.setattr(landmarks, "descriptors", descriptors)


def read(folder):
    return {part: (folder / f"{part}.txt").read_text().split() for part in ("training", "held_out")}


def test_every_photo_is_in_one_list_and_nobody_is_in_both(records_dir, tmp_path, pairs_of_faces):
    people.main([f"--data_dir={records_dir}", f"--out={tmp_path}", "--size=16", "--held_out=0.34"])
    lists = read(tmp_path)
    assert sorted(lists["training"] + lists["held_out"]) == sorted(f"{n}.png" for n in range(12))
    assert len(lists["held_out"]) == 4  # two people of six
    for names in lists.values():
        assert names == sorted(names)
        numbers = {int(name[:-4]) for name in names}
        assert {n ^ 1 for n in numbers} == numbers  # the neighbour is in the same list
    noted = json.loads((tmp_path / "people.json").read_text())
    assert sorted(map(sorted, noted["held_out"])) == noted["held_out"]
    assert sorted(sum(noted["held_out"], [])) == lists["held_out"]
    assert noted["protocol"]["distance"] == 0.5


def test_equal_file_names_count_unless_told_otherwise(tmp_path, monkeypatch):
    far_apart = lambda images, points: 10 * np.eye(len(images), 128, dtype=np.float32)  # noqa: E731
    monkeypatch.setattr(landmarks, "descriptors", far_apart)
    with tf.io.TFRecordWriter(str(tmp_path / "celeba-r16.tfrecords")) as writer:
        for name in ("a/x.jpg", "b/x.png", "b/y.png"):
            image = np.zeros([16, 16, 3], np.uint8)
            writer.write(schema.encode(image, image[..., 0], RNG.uniform(size=[68, 2]), name))
    flags = [f"--data_dir={tmp_path}", "--size=16", "--held_out=1"]
    people.main([*flags, f"--out={tmp_path / 'named'}"])
    people.main([*flags, f"--out={tmp_path / 'faces'}", "--nosame_names"])
    held_out = [
        json.loads((tmp_path / out / "people.json").read_text())["held_out"]
        for out in ("named", "faces")
    ]
    assert held_out == [
        [["a/x.jpg", "b/x.png"], ["b/y.png"]],
        [["a/x.jpg"], ["b/x.png"], ["b/y.png"]],
    ]


def test_records_that_name_no_photo_are_refused_before_anything_is_described(tmp_path, monkeypatch):
    with tf.io.TFRecordWriter(str(tmp_path / "celeba-r16.tfrecords")) as writer:
        image = np.zeros([16, 16, 3], np.uint8)
        writer.write(schema.encode(image, image[..., 0], np.zeros([68, 2]), ""))
    monkeypatch.setattr(landmarks, "descriptors", lambda *given: pytest.fail("described"))
    with pytest.raises(UserError, match="name no photos"):
        people.main([f"--data_dir={tmp_path}", f"--out={tmp_path / 'out'}", "--size=16"])
    assert not (tmp_path / "out").exists()


def test_a_side_that_no_record_has_is_refused(tmp_path):
    with pytest.raises(UserError, match="--size 100: wanted one of 8, 16"):
        people.main([f"--out={tmp_path}", "--size=100"])
