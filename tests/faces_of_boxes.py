"""A face's label map that is drawn of rectangles."""

import numpy as np

from input_pipeline.label_maps.label_sets import CELEBAMASK

SIDE = 60
IDS = CELEBAMASK.by_name()


def face():
    """Uint8 [60, 60]."""
    label = np.zeros([SIDE, SIDE], np.uint8)
    boxes = {
        "hair": (4, 16, 8, 52),
        "skin": (16, 52, 12, 48),
        "r_brow": (20, 22, 18, 26),
        "l_brow": (20, 22, 34, 42),
        "r_eye": (26, 28, 18, 26),
        "l_eye": (26, 28, 34, 42),
        "nose": (28, 36, 28, 32),
        "u_lip": (40, 42, 24, 36),
        "l_lip": (42, 44, 24, 36),
        "cloth": (52, 60, 4, 56),
    }
    for name, (top, bottom, left, right) in boxes.items():
        label[top:bottom, left:right] = IDS[name]
    return label
