import importlib.util
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from input_pipeline.faces import outline
from interface.command_line import UserError

installed = pytest.mark.skipif(
    importlib.util.find_spec("mediapipe") is None, reason="there is no wheel for this Python"
)


@installed
def test_a_person_is_told_from_what_is_behind(astronaut):
    """Places in the photo that anybody can see: her forehead and chest, the flag, the shuttle."""
    with Image.open(astronaut) as photo:
        shown = outline.person(np.asarray(photo.convert("RGB")))
    assert (shown.shape, shown.dtype) == ((512, 512), np.float32)
    assert 0 <= shown.min() < shown.max() <= 1
    for x, y in ((225, 90), (225, 250), (220, 450)):
        assert shown[y, x] > 0.9
    for x, y in ((30, 200), (420, 60)):
        assert shown[y, x] < 0.1


@installed
def test_it_loads_none_of_what_the_package_brings_along(astronaut):
    code = (
        "import sys, numpy; from PIL import Image; from input_pipeline.faces import outline; "
        f"outline.person(numpy.asarray(Image.open({str(astronaut)!r}).convert('RGB'))); "
        "print({'tensorflow', 'jax', 'cv2', 'matplotlib'} & {*sys.modules})"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (run.stdout, run.stderr) == ("set()\n", "")


def test_without_the_package_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UserError, match="mediapipe is not installed; pip install --no-deps mediap"):
        outline.check()
