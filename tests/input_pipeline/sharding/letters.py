"""A small task for tests of shards and plans."""

import collections
import dataclasses
import random

import tensorflow as tf

from input_pipeline.photos import Rejected
from input_pipeline.sharding import finished, plans, shards
from input_pipeline.sharding.shards import Outcome

ITEMS = [f"item {number}" for number in range(11)]
SETTINGS = {"seed": 3, "sizes": [8, 16]}


@dataclasses.dataclass(frozen=True)
class Letters:
    """Of every item a long record and, but for each fifth, a short one; of each seventh none."""

    stems: tuple = ("long", "short")

    def process(self, item):
        number = int(item.split()[-1])
        if number % 7 == 6:
            raise Rejected(f"number {number}, that is why")
        records = [("long", item.encode() * 100)]
        if number % 5:
            records.append(("short", item.encode()))
        tally = collections.Counter({"even": number % 2 == 0, "all": 1})
        return Outcome(records, [{"file": item, "number": number}], tally)


class Broken(Letters):
    """Fails at one item, not with a reason."""

    def process(self, item):
        if item == "item 5":
            raise ZeroDivisionError
        return super().process(item)


def planned(folder, items=ITEMS, count=3, packages=("numpy",), **changed):
    settings = {**SETTINGS, **changed}
    return plans.plan(str(folder), settings, packages, count, lambda: list(items))


def make_all(folder, task=None, items=ITEMS, count=3):
    """Make every shard; the plan and what became of all items."""
    plan = planned(folder, items, count)
    with plans.at_work(str(folder), plan):
        for job in plans.missing(plan, task or Letters(), str(folder)):
            shards.make(job)
    return plan, plans.reports(str(folder), plan)


def made_whole(folder, task=None, **how):
    plan, report = make_all(folder, task, **how)
    return finished.finish(str(folder), plan, report, {"said": 1}, {"extra.txt": lambda: b"extra"})


def records(path):
    return [record.numpy() for record in tf.data.TFRecordDataset([str(path)])]


def tree(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def dealt(shard, count=3, items=ITEMS, seed=3):
    """The items of a shard: every count-th of the shuffled list."""
    order = list(items)
    random.Random(seed).shuffle(order)
    return [item for place, item in enumerate(order) if place % count == shard]


def number(item):
    return int(item.split()[-1])
