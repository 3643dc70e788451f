import os
import pickle

import pytest
import tensorflow as tf

from input_pipeline import prepare
from input_pipeline.photos import Rejected
from input_pipeline.sources import folder
from input_pipeline.sources.folder import Folder
from interface.command_line import UserError

LATIN = os.fsdecode(b"na\xefve.png")  # no UTF-8


def fill(top, *names):
    for name in names:
        path = top / os.fsdecode(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def test_all_files_below_are_listed_in_order_whatever_their_names_end_in(tmp_path):
    fill(tmp_path, "b.jpg", "a", "sub/deep/a.PNG", "sub/b.jpg", "a.txt")
    names = ["a", "a.txt", "b.jpg", "sub/b.jpg", "sub/deep/a.PNG"]
    assert Folder(str(tmp_path)).names() == names


def test_names_that_are_not_utf_8_are_names_as_any_other(tmp_path, photo):
    (tmp_path / os.fsdecode(b"\xe9t\xe9")).mkdir()
    name = os.path.join(os.fsdecode(b"\xe9t\xe9"), LATIN)
    photo.save(tmp_path / name)
    fill(tmp_path, "z")
    source = Folder(str(tmp_path))
    assert source.names() == ["z", name]
    assert source.photo(name).image.tobytes() == photo.tobytes()


def test_a_folder_whose_own_name_is_not_utf_8_is_read(tmp_path, photo):
    top = tmp_path / LATIN
    top.mkdir()
    photo.save(top / "face.png")
    source = Folder(str(top))
    assert source.names() == ["face.png"]
    assert source.photo("face.png").image.tobytes() == photo.tobytes()


def test_equal_names_in_two_folders_are_two_photos(tmp_path, photo):
    for name, image in (("a", photo), ("b", photo.rotate(180))):
        (tmp_path / name).mkdir()
        image.save(tmp_path / name / "face.png")
    source = Folder(str(tmp_path))
    assert source.names() == ["a/face.png", "b/face.png"]
    assert source.photo("b/face.png").image.tobytes() == photo.rotate(180).tobytes()


def test_hidden_files_and_folders_are_left_out(tmp_path):
    fill(tmp_path, "a.jpg", ".DS_Store", "._a.jpg", ".thumbnails/a.jpg", "sub/.b.jpg", "sub/b.jpg")
    assert Folder(str(tmp_path)).names() == ["a.jpg", "sub/b.jpg"]


def test_links_are_followed_and_one_to_nothing_is_rejected_by_its_name(tmp_path, photo):
    photos, elsewhere = tmp_path / "photos", tmp_path / "elsewhere"
    fill(photos, "a.jpg")
    elsewhere.mkdir()
    photo.save(elsewhere / "face.png")
    (photos / "link.png").symlink_to(elsewhere / "face.png")
    (photos / "folder").symlink_to(elsewhere)
    (photos / "circle").symlink_to(photos)
    (photos / "broken.png").symlink_to(elsewhere / "absent.png")
    source = Folder(str(photos))
    assert source.names() == ["a.jpg", "broken.png", "folder/face.png", "link.png"]
    for name in ("link.png", "folder/face.png"):
        assert source.photo(name).image.tobytes() == photo.tobytes()
    with pytest.raises(Rejected, match="unreadable: No such file or directory"):
        source.photo("broken.png")


def test_what_is_no_file_is_left_out(tmp_path):
    fill(tmp_path, "a.jpg")
    os.mkfifo(tmp_path / "pipe")  # opening it would wait for ever
    assert Folder(str(tmp_path)).names() == ["a.jpg"]


@pytest.mark.parametrize("mark", ["dataset.json", "unfinished/plan.json"])
def test_a_data_set_inside_is_passed_over(tmp_path, mark):
    fill(tmp_path, "a.jpg", "records/preview.png", "records/x.tfrecords", f"records/{mark}")
    fill(tmp_path, "sub/b.jpg")
    assert Folder(str(tmp_path)).names() == ["a.jpg", "sub/b.jpg"]


def test_a_link_to_a_folder_may_be_named_itself(tmp_path):
    fill(tmp_path, "photos/a.jpg")
    (tmp_path / "link").symlink_to(tmp_path / "photos")
    assert Folder(str(tmp_path / "link")).names() == ["a.jpg"]


@pytest.mark.parametrize(
    "photos", ["CelebA-HQ-img/1.jpg", "data1024x1024/1.jpg", "1.jpg", "other/1.jpg"]
)
def test_celeba_hqs_photos_are_found_in_each_of_its_layouts(tmp_path, photos):
    fill(tmp_path, photos)
    inside = photos.split("/")[0] in ("CelebA-HQ-img", "data1024x1024")
    if inside:  # the masks beside them are no photos
        fill(tmp_path, "CelebAMask-HQ-mask-anno/0/00001_hair.png", "README.txt")
    assert folder.celeba_hq(str(tmp_path)).names() == ["1.jpg" if inside else photos]


def test_a_folder_behind_a_url_has_the_names_and_photos_of_the_local_one(tmp_path, photo):
    fill(tmp_path, "b.jpg", ".hidden", "sub/a.jpg", "records/dataset.json", "records/c.png")
    fill(tmp_path, "celeba/CelebA-HQ-img/1.jpg")
    photo.save(tmp_path / "sub" / "face.png")
    local, remote = Folder(str(tmp_path)), Folder(f"file://{tmp_path}/")
    assert (
        remote.names()
        == local.names()
        == [
            "b.jpg",
            "celeba/CelebA-HQ-img/1.jpg",
            "sub/a.jpg",
            "sub/face.png",
        ]
    )
    assert remote.photo("sub/face.png").image.tobytes() == photo.tobytes()
    assert folder.celeba_hq(f"file://{tmp_path}/celeba").names() == ["1.jpg"]
    with pytest.raises(Rejected, match="unreadable: No such file"):
        remote.photo("absent.png")


def test_photos_in_another_file_system_of_tensorflows_are_read(tmp_path, photo):
    photo.save(tmp_path / "face.png")
    tf.io.gfile.makedirs("ram://photos/sub")
    tf.io.gfile.copy(str(tmp_path / "face.png"), "ram://photos/sub/face.png", overwrite=True)
    source = Folder("ram://photos")
    assert source.names() == ["sub/face.png"]
    assert source.photo("sub/face.png").image.tobytes() == photo.tobytes()


@pytest.mark.parametrize("scheme", ["", "file://"])
@pytest.mark.parametrize(
    "name, message", [("absent", "no such folder"), ("empty", "no file"), ("a.jpg", "not a folder")]
)
def test_where_there_are_no_photos_nothing_is_written(tmp_path, scheme, name, message):
    (tmp_path / "empty").mkdir()
    fill(tmp_path, "a.jpg")
    place = f"{scheme}{tmp_path / name}"
    with pytest.raises(UserError, match=f"^--images {place}: {message}") as error:
        prepare.main([f"--images={place}", f"--out={tmp_path / 'out'}"])
    assert "\n" not in str(error.value)
    assert not (tmp_path / "out").exists()


def test_the_message_names_the_flag_that_was_given(tmp_path):
    place = tmp_path / "absent"
    with pytest.raises(UserError, match=f"^--celeba_hq {place}: no such folder"):
        prepare.main([f"--celeba_hq={place}", f"--out={tmp_path / 'out'}"])


def test_it_travels_to_other_processes(tmp_path):
    source = Folder(str(tmp_path))
    assert pickle.loads(pickle.dumps(source)) == source
