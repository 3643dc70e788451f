import concurrent.futures

import pytest

from input_pipeline.sharding import plans, shards
from tests.input_pipeline.sharding.letters import (
    ITEMS,
    Broken,
    Letters,
    dealt,
    made_whole,
    make_all,
    number,
    planned,
    records,
    tree,
)


def test_a_shard_holds_every_nth_item_of_the_shuffled_list_in_that_order(tmp_path):
    make_all(tmp_path)
    assert dealt(0) != ITEMS[::3]
    for shard in range(3):
        taken = [item for item in dealt(shard) if number(item) % 7 != 6]
        long = records(tmp_path / f"long-0000{shard}-of-00003.tfrecords")
        assert long == [item.encode() * 100 for item in taken]
        short = records(tmp_path / f"short-0000{shard}-of-00003.tfrecords")
        assert short == [item.encode() for item in taken if number(item) % 5]


def test_every_item_is_ticked_off_the_rejected_too(tmp_path):
    plan = planned(tmp_path, count=1)
    ticks = []
    with plans.at_work(str(tmp_path), plan):
        (job,) = plans.missing(plan, Letters(), str(tmp_path))
        shards.make(job, lambda: ticks.append(1))
    assert len(ticks) == 11


@pytest.mark.parametrize("error", [ZeroDivisionError, OSError, KeyboardInterrupt])
@pytest.mark.parametrize("ticks", [0, 2])
def test_a_shard_that_cannot_be_finished_leaves_nothing(tmp_path, error, ticks):
    plan = planned(tmp_path)
    left = [ticks]

    def fail_later():
        if not left[0]:
            raise error
        left[0] -= 1

    with plans.at_work(str(tmp_path), plan):
        job = plans.missing(plan, Letters(), str(tmp_path))[0]
        with pytest.raises(error):
            shards.make(job, fail_later)
        assert sorted(tree(tmp_path)) == ["unfinished/plan.json"]


def test_an_item_that_fails_without_a_reason_stops_the_shard(tmp_path):
    with pytest.raises(ZeroDivisionError):
        make_all(tmp_path, Broken())
    assert not [name for name in tree(tmp_path) if name.endswith(".partial")]
    shard = next(shard for shard in range(3) if "item 5" in dealt(shard))
    assert f"unfinished/0000{shard}.json" not in tree(tmp_path)
    # Mended, the same data set goes on.
    assert made_whole(tmp_path) == made_whole(tmp_path.with_name("whole"))


def test_two_that_make_the_same_shard_do_not_disturb_each_other(tmp_path):
    _, _ = make_all(tmp_path / "one")
    plan = planned(tmp_path / "many")
    with plans.at_work(str(tmp_path / "many"), plan):
        jobs = plans.missing(plan, Letters(), str(tmp_path / "many")) * 8
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            assert sorted(pool.map(shards.make, jobs)) == sorted([0, 1, 2] * 8)
    assert tree(tmp_path / "many") == tree(tmp_path / "one")
