import numpy as np

from input_pipeline.label_maps.record_files import open_records
from siblings.segmenter import watching


class Inverting:
    """Labels dark pixels as discs."""

    def labels(self, photos):
        return (photos.mean(-1) < 128).astype(np.uint8)


def test_a_sheet_shows_photo_map_and_what_the_network_makes_of_it(label_records_dir):
    records = open_records(str(label_records_dir))
    rows = watching.Sheet(records, (32, 32), 3, Inverting())()
    assert len(rows) == 3
    for photo, wanted, made in rows:
        disc = photo.mean(-1) > 120
        np.testing.assert_array_equal(wanted, np.where(disc[..., None], [128, 0, 0], 0))
        np.testing.assert_array_equal(made, np.where(disc[..., None], 0, [128, 0, 0]))


def test_what_config_json_keeps_of_the_records(label_records_dir):
    said = watching.said(open_records(str(label_records_dir)))
    assert (said["label_count"], len(said["classes"])) == (2, 2)
    assert "framing" not in said  # whole photos
