import numpy as np
import pytest
from PIL import Image

from input_pipeline.label_maps import labels
from input_pipeline.photos import Rejected
from input_pipeline.sources import celebamask
from interface.command_line import UserError

# Ids of CelebAMask-HQ's merged label maps, by the data set's own description.
IDS = {
    "skin": 1,
    "nose": 2,
    "eye_g": 3,
    "l_eye": 4,
    "r_eye": 5,
    "l_brow": 6,
    "r_brow": 7,
    "l_ear": 8,
    "r_ear": 9,
    "mouth": 10,
    "u_lip": 11,
    "l_lip": 12,
    "hair": 13,
    "hat": 14,
    "ear_r": 15,
    "neck_l": 16,
    "neck": 17,
    "cloth": 18,
}
HEADER = "idx\torig_idx\torig_file\n"


@pytest.fixture
def data(tmp_path):
    """CelebAMask-HQ's folder, empty, and a writer of its files."""
    folder = tmp_path / "CelebAMask-HQ"
    (folder / "CelebA-HQ-img").mkdir(parents=True)
    (folder / "CelebAMask-HQ-mask-anno").mkdir()
    return Data(folder)


class Data:
    def __init__(self, folder):
        self.folder, self.lines = folder, HEADER

    def add(self, number, parts, original=1):
        """A photo of 16×16 with masks {part: bool [H, W]}."""
        photo = np.full([16, 16, 3], number % 256, np.uint8)
        Image.fromarray(photo).save(self.folder / "CelebA-HQ-img" / f"{number}.jpg")
        for part, mask in parts.items():
            self.mask(number, part, Image.fromarray(mask))
        self.lines += f"{number}        {original - 1}      {original:06d}.jpg\n"

    def mask(self, number, part, image):
        folder = self.folder / "CelebAMask-HQ-mask-anno" / str(number // 2000)
        folder.mkdir(exist_ok=True)
        image.save(folder / f"{number:05d}_{part}.png")

    def source(self):
        (self.folder / "CelebA-HQ-to-CelebA-mapping.txt").write_text(self.lines)
        return celebamask.CelebAMask(str(self.folder))


ALL = np.ones([8, 8], bool)


def samples(source):
    items = source.items()
    return {
        sample.source: sample
        for sample in map(source.sample, (i for i in items if labels.unpaired(i) is None))
    }


def alone(source):
    return dict(labels.unpaired(item) for item in source.items() if labels.unpaired(item))


def test_disjoint_masks_give_back_the_label_map_they_were_cut_from(data):
    label = np.random.default_rng(0).integers(0, 19, (8, 8)).astype(np.uint8)
    data.add(5, {part: label == number for part, number in IDS.items()})
    (sample,) = samples(data.source()).values()
    np.testing.assert_array_equal(sample.label, label)
    assert (sample.label.dtype, sample.instance) == (np.uint8, None)


def test_a_later_part_covers_the_earlier_ones(data):
    # Column k belongs to part k and to all parts before it.
    masks = {part: np.tile(np.arange(1, 19) >= number, (2, 1)) for part, number in IDS.items()}
    data.add(5, dict(reversed(masks.items())))
    (sample,) = samples(data.source()).values()
    assert sample.label.tolist() == [list(range(1, 19))] * 2


def test_masks_in_colour_are_read_as_the_grey_ones(data):
    # As distributed, they are RGB.
    mask = np.random.default_rng(0).random((8, 8)) < 0.5
    data.add(5, {"skin": ALL})
    data.mask(5, "hair", Image.fromarray(mask).convert("RGB"))
    data.mask(5, "hat", Image.fromarray(~mask).convert("L"))
    (sample,) = samples(data.source()).values()
    np.testing.assert_array_equal(sample.label, np.where(mask, 13, 14))


def test_the_photo_keeps_its_number_and_its_own_size(data):
    data.add(123, {"skin": ALL})
    data.add(2000, {"hair": ALL})
    found = samples(data.source())
    assert sorted(found) == ["CelebA-HQ-img/123.jpg", "CelebA-HQ-img/2000.jpg"]
    for number, first in ((123, 1), (2000, 13)):
        sample = found[f"CelebA-HQ-img/{number}.jpg"]
        assert sample.photo.path == str(data.folder / sample.source)
        assert (sample.photo.size, sample.label.shape) == ((16, 16), (8, 8))
        assert (sample.label == first).all()


def test_the_split_is_that_of_the_photo_in_celeba(data):
    splits = {1: "train", 162770: "train", 162771: "validation", 182637: "validation"}
    splits.update({182638: "test", 202599: "test"})
    # Numbers in CelebA-HQ run the other way, so that they can't be what decides.
    for number, original in enumerate(reversed(splits)):
        data.add(number, {"skin": ALL}, original)
    source = data.source()
    found = {name: sample.split for name, sample in samples(source).items()}
    wanted = dict(enumerate(splits[original] for original in reversed(splits)))
    assert found == {f"CelebA-HQ-img/{number}.jpg": split for number, split in wanted.items()}
    assert source.splits == ("train", "validation", "test")


def test_files_without_counterpart_are_told(data):
    data.add(1, {"skin": ALL})
    data.add(2, {})
    Image.new("RGB", (4, 4)).save(data.folder / "CelebA-HQ-img" / "3.jpg")
    Image.new("RGB", (4, 4)).save(data.folder / "CelebA-HQ-img" / "a.png")
    for number, part in ((3, "hair"), (4, "hair"), (1, "tail")):
        data.mask(number, part, Image.fromarray(ALL))
    (data.folder / "CelebAMask-HQ-mask-anno" / "1").mkdir()
    Image.fromarray(ALL).save(data.folder / "CelebAMask-HQ-mask-anno" / "1" / "00001_hat.png")
    found = {name.split("/", 1)[1]: reason for name, reason in alone(data.source()).items()}
    not_mask = "its name or folder is not that of a mask, as 0/00123_hair.png"
    assert found == {
        "2.jpg": "no mask of it in CelebAMask-HQ-mask-anno",
        "3.jpg": "no line in CelebA-HQ-to-CelebA-mapping.txt",
        "a.png": "its name is not that of a photo, as 123.jpg",
        "0/00004_hair.png": "no photo of it in CelebA-HQ-img",
        "0/00001_tail.png": not_mask,
        "1/00001_hat.png": not_mask,
    }
    assert list(samples(data.source())) == ["CelebA-HQ-img/1.jpg"]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_the_mapping_file_may_lack_its_header_and_have_any_spaces(data, newline):
    data.add(1, {"skin": ALL})
    data.add(2, {"skin": ALL})
    data.lines = newline.join(["1 4 000005.jpg", "", " 2\t 9  182638.jpg "])
    found = samples(data.source())
    assert [sample.split for sample in found.values()] == ["train", "test"]


@pytest.mark.parametrize("line", ["7", "1 2 3", "1 2 a.jpg", "a 2 000003.jpg", "1 2 000003.jpg 4"])
def test_a_line_that_is_no_mapping_is_told(data, line):
    data.add(1, {"skin": ALL})
    data.lines += f"{line}\n"
    with pytest.raises(UserError, match=f"mapping.txt: line 3 is '{line}'; wanted"):
        data.source().items()


@pytest.mark.parametrize(
    "missing", ["CelebA-HQ-img", "CelebAMask-HQ-mask-anno", "CelebA-HQ-to-CelebA-mapping.txt"]
)
def test_a_folder_that_lacks_something_is_refused(data, missing):
    data.source()
    (data.folder / missing).rename(data.folder / "other")
    with pytest.raises(UserError, match=f"--celebamask {data.folder}: no {missing} in it; wanted"):
        celebamask.CelebAMask(str(data.folder)).items()


def test_a_folder_without_a_whole_sample_is_refused(data):
    data.add(1, {})
    with pytest.raises(UserError, match="no photo with masks and a split in it"):
        data.source().items()


def test_masks_of_two_sizes_are_told(data):
    data.add(1, {"skin": ALL, "hair": np.ones([8, 4], bool)})
    with pytest.raises(Rejected) as caught:
        samples(data.source())
    masks = data.folder / "CelebAMask-HQ-mask-anno" / "0"
    assert str(caught.value) == (
        f"{masks}/00001_hair.png: height 8, width 4; {masks}/00001_skin.png has height 8, width 8"
    )


@pytest.mark.parametrize("name", ["CelebA-HQ-img/1.jpg", "CelebAMask-HQ-mask-anno/0/00001_hat.png"])
def test_a_file_that_cannot_be_read_is_told(data, name):
    data.add(1, {"skin": ALL, "hat": ALL})
    (data.folder / name).write_bytes(b"a letter")
    with pytest.raises(Rejected, match=f"^{data.folder / name}: not an image$"):
        samples(data.source())
