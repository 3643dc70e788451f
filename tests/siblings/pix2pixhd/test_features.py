import collections

import numpy as np
import pytest

from input_pipeline.label_maps.label_sets import numbered
from interface.command_line import UserError
from serving import styles
from siblings.pix2pixhd import features, restoring
from tests.siblings.pix2pixhd import tiny_runs
from tests.siblings.pix2pixhd.tiny_runs import COUNT, means, scene, write_run


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    return tiny_runs.write_records(tmp_path_factory.mktemp("streets") / "labels")


def rows_of(data_dir, restored, by):
    """{class: the means of its regions}, of the records as they were written."""
    rng, found = np.random.default_rng(0), collections.defaultdict(list)
    for number in range(COUNT):
        label, ids = scene(number)
        colours = rng.integers(0, 256, [4, 3])
        photo = colours[np.unique(ids, return_inverse=True)[1].reshape(ids.shape)]
        values = restored.encoder((photo[None] / 127.5 - 1).astype("f")).numpy()[0]
        regions = ids if by == "instance" else label
        told = means(values, regions)
        for region in np.unique(regions):
            found[int(label[regions == region][0])].append(told[regions == region][0])
    return {each: np.array(rows) for each, rows in found.items()}


@pytest.mark.parametrize("by", ["instance", "label"])
def test_styles_of_the_records_are_written_beside_the_checkpoints(data_dir, tmp_path, capsys, by):
    write_run(tmp_path, data_dir, features=by)
    features.main([f"--run_dir={tmp_path}", f"--data_dir={data_dir}"])
    path = tmp_path / "phase_3" / "styles.json"
    restored = restoring.restore(str(tmp_path))
    found, rows = styles.of_encoder(path, restored.digest), rows_of(data_dir, restored, by)
    assert (found.features, found.channels) == (by, 3)
    assert {each: len(centres) for each, centres in found.clusters.items()} == {
        each: min(10, len(of_class)) for each, of_class in sorted(rows.items())
    }
    for each, of_class in rows.items():
        # Each centre is the mean of the rows that are nearest to it.
        apart = np.linalg.norm(of_class[:, None] - found.clusters[each], axis=-1)
        nearest = [of_class[apart.argmin(axis=1) == k] for k in range(apart.shape[1])]
        wanted = [rows_there.mean(axis=0) for rows_there in nearest]
        np.testing.assert_allclose(found.clusters[each], wanted, atol=1e-3)
    counted = f"sky {COUNT}, left bank {10 if by == 'instance' else COUNT}, right bank {COUNT}"
    assert capsys.readouterr().out == f"{path}: {counted}\n"


def test_ids_of_no_class_and_small_regions_have_no_style(data_dir, tmp_path, monkeypatch):
    write_run(tmp_path, data_dir)
    restored, options = restoring.restore(str(tmp_path)), features.Options(str(data_dir))
    label, ids = scene(0)
    told = np.zeros([*ids.shape, 3], "f")
    label[ids == 1000], label[ids == 1001] = 255, 1
    ids[15, 15] = 5  # one pixel
    monkeypatch.setattr(features, "_encoded", lambda *_: [(told, label, ids)])
    assert [*features.styled(restored, options).clusters] == [0, 1, 2]
    label[:] = 255
    with pytest.raises(UserError, match="no region covers 1/64 of its picture"):
        features.styled(restored, options)


def test_mistakes_are_one_line(data_dir, tmp_path):
    with pytest.raises(UserError, match="no checkpoint in .*phase_3; train it first"):
        features.main([f"--run_dir={tmp_path}", f"--data_dir={data_dir}"])
    write_run(tmp_path, data_dir)
    others = tiny_runs.write_records(tmp_path / "others", numbered(5))
    flat = tiny_runs.write_records(tmp_path / "flat", instances=False)
    for folder, told in ((others, "5 classes"), (flat, "no maps of instances")):
        with pytest.raises(UserError, match=told):
            features.main([f"--run_dir={tmp_path}", f"--data_dir={folder}"])
    assert not (tmp_path / "phase_3" / "styles.json").exists()
