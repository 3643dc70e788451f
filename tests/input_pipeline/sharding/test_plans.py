import dataclasses
import os

import pytest

from input_pipeline.sharding import plans, shards
from interface.command_line import UserError
from tests.input_pipeline.sharding.letters import (
    ITEMS,
    SETTINGS,
    Letters,
    dealt,
    made_whole,
    make_all,
    planned,
    tree,
)

LATIN = os.fsdecode(b"na\xefve")


def test_another_seed_deals_in_another_order(tmp_path):
    plans = [planned(tmp_path / str(seed), seed=seed) for seed in (3, 4, 3)]
    assert plans[0].items == plans[2].items != plans[1].items
    assert sorted(plans[1].items) == sorted(ITEMS)


def test_there_are_no_more_shards_than_items(tmp_path):
    assert planned(tmp_path, ITEMS[:2], 16).shards == 2


def test_nothing_is_written_before_the_work_begins(tmp_path):
    planned(tmp_path / "new")
    assert list(tmp_path.iterdir()) == []


def test_the_list_is_fixed_when_the_data_set_is_begun(tmp_path):
    begun = planned(tmp_path)
    with plans.at_work(str(tmp_path), begun):
        pass

    def list_again():
        raise AssertionError("listed again")

    again = plans.plan(str(tmp_path), SETTINGS, ("numpy",), 3, list_again)
    assert again == begun
    assert begun.items == [
        item for place in range(11) for item in dealt(place % 3)[place // 3 :][:1]
    ]


def test_names_that_are_no_text_keep_their_bytes_in_the_plan(tmp_path):
    with plans.at_work(str(tmp_path), planned(tmp_path, [LATIN])):
        pass
    assert planned(tmp_path).items == [LATIN]


@pytest.mark.parametrize(
    "change, told",
    [
        ({"sizes": [8]}, "made with --sizes=8,16, now it is 8; use what it was made with, or"),
        ({"seed": 4}, "made with --seed=3, now it is 4; "),
        ({"new": True}, "made with --new=None, now it is --new; "),
        ({"packages": ()}, "made with package numpy="),
        ({"packages": ("numpy", "pillow")}, "made with package pillow=None, now it is "),
    ],
)
def test_other_settings_or_packages_than_at_the_start_are_refused(tmp_path, change, told):
    with plans.at_work(str(tmp_path), planned(tmp_path)):
        pass
    before = tree(tmp_path)
    with pytest.raises(UserError) as caught:
        planned(tmp_path, **change)
    assert str(caught.value).startswith(f"--out {tmp_path}: {told}")
    assert "\n" not in str(caught.value)
    assert tree(tmp_path) == before


def test_packages_that_are_not_installed_have_no_version(tmp_path):
    assert list(planned(tmp_path, packages=("numpy", "no-such-package")).versions) == ["numpy"]


@pytest.mark.parametrize("name", ["mine.txt", "celeba-r8-00000-of-00001.tfrecords"])
def test_a_folder_of_something_else_is_left_alone(tmp_path, name):
    (tmp_path / name).touch()
    with pytest.raises(UserError, match="already there and not empty; name a new folder"):
        planned(tmp_path)


def test_only_one_process_may_be_at_work_in_a_folder(tmp_path):
    plan, folder = planned(tmp_path), str(tmp_path)
    with plans.at_work(folder, plan):
        with pytest.raises(UserError, match="another process"), plans.at_work(folder, plan):
            pass
        assert sorted(tree(tmp_path)) == ["unfinished/plan.json"]
    with plans.at_work(folder, plan):
        pass


def test_what_a_killed_process_was_writing_makes_room_when_the_work_goes_on(tmp_path):
    plan, _ = make_all(tmp_path)
    whole = tree(tmp_path)
    (tmp_path / "unfinished" / "00001-0123-long.partial").write_bytes(bytes(1000))
    with plans.at_work(str(tmp_path), plan):
        assert tree(tmp_path) == whole


def test_settings_are_the_flags_but_those_that_do_not_matter():
    @dataclasses.dataclass
    class Options:
        out: str = "somewhere"
        sizes: tuple = (8, 16)
        seed: int = 3

    assert plans.settings(Options(), ["out"]) == SETTINGS


def test_what_became_of_all_items_is_added_up(tmp_path):
    _, report = make_all(tmp_path)
    assert report.items == 11
    assert report.rejected == [("item 6", "number 6, that is why")]
    order = [item for shard in range(3) for item in dealt(shard) if item != "item 6"]
    assert [row["file"] for row in report.rows] == order
    assert report.tally == {"even": 5, "all": 10}
    assert (report.records("long"), report.records("short")) == (10, 7)


def test_only_shards_without_a_report_are_made(tmp_path):
    plan, _ = make_all(tmp_path)
    assert plans.missing(plan, Letters(), str(tmp_path)) == []
    before = {path: path.stat() for path in tmp_path.rglob("*")}
    (tmp_path / "unfinished" / "00001.json").unlink()
    (job,) = plans.missing(plan, Letters(), str(tmp_path))
    assert (job.shard, job.shards, job.items) == (1, 3, dealt(1))
    written = tree(tmp_path)
    assert shards.make(job) == 1
    after = {path: path.stat() for path in tmp_path.rglob("*")}
    assert {name: content for name, content in tree(tmp_path).items() if name in written} == written
    changed = {path.name for path in before if before[path] != after[path] and path.is_file()}
    assert changed == {f"{stem}-00001-of-00003.tfrecords" for stem in ("long", "short")} | {
        "00001.json"
    }


def test_reports_without_a_plan_are_not_believed(tmp_path):
    make_all(tmp_path)
    for path in tmp_path.glob("*.tfrecords"):  # a kill while all of it was removed
        path.unlink()
    (tmp_path / "unfinished" / "plan.json").unlink()
    items = ITEMS[2:9]
    assert made_whole(tmp_path, items=items) == made_whole(tmp_path.with_name("new"), items=items)
