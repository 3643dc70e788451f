import os

import pytest

from interface.command_line import UserError
from metrics.evaluation import cases


def test_more_images_than_memory_holds_are_refused_with_a_number_that_fits():
    there = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    cases.check_memory(16384, 64)  # 3 GB
    too_many = there // (2 * 3 * 1024**2) + 1
    with pytest.raises(UserError, match=f"--images {too_many}: .* of 1024 pixels") as refused:
        cases.check_memory(too_many, 1024)
    advised = int(str(refused.value).split("--images ")[-1])
    assert too_many // 3 < advised < too_many
    cases.check_memory(advised, 1024)
    with pytest.raises(UserError, match=f"--images {too_many}: .* of 512x1024 pixels would take"):
        cases.check_fits(too_many, (512, 1024), cases.READ)
