import dataclasses
import json

import pytest

from input_pipeline.label_maps import checks, labels
from input_pipeline.photos import Rejected
from interface.command_line import UserError


@dataclasses.dataclass(frozen=True)
class Files:
    """A source of items, of which some are wrong or alone."""

    count: int
    wrong: tuple = ()
    alone: tuple = ()
    splits: tuple = ("train",)

    def items(self):
        pairs = [json.dumps([f"{n}.png", "train", []]) for n in range(self.count)]
        return pairs + [labels.left_out(name, "no counterpart") for name in self.alone]

    def sample(self, item):
        name = json.loads(item)[0]
        if name in self.wrong:
            raise Rejected(f"{name}: not an image")


@pytest.mark.parametrize("workers", [1, 3])
def test_all_items_are_given_where_every_file_can_be_used(workers):
    source = Files(40)
    assert checks.checked(labels.Labels(source), workers) == source.items()


@pytest.mark.parametrize("count, shown", [(1, "0"), (6, "0, 1, 2, 3, 4, …")])
def test_files_left_alone_are_told_and_no_mistake(capsys, count, shown):
    source = Files(1, alone=tuple(map(str, range(count))))
    assert len(checks.checked(labels.Labels(source), 1)) == 1 + count
    told = f"left out, without counterpart: {count} files ({shown}); see rejected.csv"
    assert told in capsys.readouterr().out


@pytest.mark.parametrize(
    "wrong, told", [(1, ""), (3, " (and 2 more files with mistakes)"), (40, " (and 39 more files")]
)
def test_the_first_of_several_mistakes_is_told_last(capsys, wrong, told):
    source = Files(50, tuple(f"{n}.png" for n in range(wrong)))
    with pytest.raises(UserError) as caught:
        checks.checked(labels.Labels(source), 2)
    assert str(caught.value).startswith(f"0.png: not an image{told}")
    lines = [line for line in capsys.readouterr().err.splitlines() if line.endswith("an image")]
    assert lines == [f"{n}.png: not an image" for n in range(1, min(wrong, 20))]
