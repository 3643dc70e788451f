import json

import numpy as np
import pytest

from interface.command_line import UserError
from serving import styles
from serving.styles import Styles

CLUSTERS = {
    13: np.array([[0.1, -0.5], [1.0, 0.0], [-1.0, 0.25]], np.float32),
    2: np.array([[0.75, 0.5]], np.float32),
}
STYLES = Styles("abc", "label", 2, CLUSTERS)


@pytest.fixture
def path(tmp_path):
    STYLES.write(tmp_path / styles.FILE)
    return tmp_path / styles.FILE


def test_what_is_written_is_read(path):
    content = json.loads(path.read_text())
    assert {**content, "clusters": 0} == {
        "encoder": "abc",
        "features": "label",
        "channels": 2,
        "clusters": 0,
    }
    assert [*content["clusters"]] == ["2", "13"]
    np.testing.assert_allclose(content["clusters"]["13"], CLUSTERS[13])
    found = styles.read(path)
    assert (found.encoder, found.features, found.channels) == ("abc", "label", 2)
    for each, centres in CLUSTERS.items():
        assert found.clusters[each].dtype == np.float32
        np.testing.assert_array_equal(found.clusters[each], centres)


def test_a_table_has_zeros_for_classes_without_clusters():
    table, counts = STYLES.table(15)
    assert (table.shape, table.dtype, counts.dtype) == ((15, 10, 2), np.float32, np.int32)
    wanted = np.zeros([15, 10, 2], np.float32)
    wanted[13, :3], wanted[2, :1] = CLUSTERS[13], CLUSTERS[2]
    np.testing.assert_array_equal(table, wanted)
    assert counts.tolist() == [3 if each == 13 else 1 for each in range(15)]


@pytest.mark.parametrize(
    "changes",
    [
        {"channels": 3},
        {"clusters": {"road": [[0.0, 0.0]]}},
        {"clusters": {"2": [[0.0, 0.0], [0.0]]}},
        {"clusters": {"2": []}},
        {"clusters": {"2": [[0.0, 0.0]] * 11}},
        {"clusters": [[0.0, 0.0]]},
        {"more": 1},
    ],
)
def test_damaged_ones_are_told_in_a_line(path, changes):
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))
    with pytest.raises(UserError) as caught:
        styles.read(path)
    command = "python -m siblings.pix2pixhd.features --run_dir … --data_dir …"
    assert str(caught.value) == f"{path}: damaged; make it: {command}"


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"encoder": "abc"}'])
def test_so_are_those_that_hold_something_else(path, content):
    path.write_text(content)
    with pytest.raises(UserError, match="styles.json: damaged; make it"):
        styles.read(path)


def test_those_of_another_encoder_are_refused(path, tmp_path):
    assert styles.of_encoder(path, "abc").channels == 2
    with pytest.raises(UserError, match="styles.json: of another encoder than this checkpoint's"):
        styles.of_encoder(path, "abd")
    with pytest.raises(UserError, match="nowhere: no such file; make it: python -m siblings"):
        styles.of_encoder(tmp_path / "nowhere", "abc")
