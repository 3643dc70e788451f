"""The classes of well-known data sets, by the words that --classes has for them."""

from __future__ import annotations

import re

from input_pipeline.label_maps import label_sets
from input_pipeline.label_maps.label_sets import CELEBAMASK, Label, LabelSet, numbered

Pairs = tuple[tuple[str, str], ...]


def _listed(table: str, mirrored: Pairs = ()) -> LabelSet:
    """Classes by their names.

    Args:
      table: names in the order of their ids, commas between; behind each its colour as six hex
        digits, or else all have those of `numbered`.
      mirrored: names that a mirror makes of each other.
    """
    entries = [" ".join(entry.split()) for entry in table.split(",")]
    found = [re.fullmatch(r"(.+?)(?: ([0-9a-f]{6}))?", entry) for entry in entries]
    told = [match.groups() for match in found if match]
    names = [name for name, _ in told]
    others = {names.index(a): names.index(b) for pair in mirrored for a, b in (pair, pair[::-1])}
    default = numbered(len(told)).labels
    return LabelSet(
        tuple(
            Label(name, _colour(code) if code else default[id].colour, others.get(id, id))
            for id, (name, code) in enumerate(told)
        )
    )


def _colour(code: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(code)
    return red, green, blue


# Ids as *_labelIds.png has them. There license plates have the id -1 and are not drawn; they are
# the last of the 35 channels that pix2pixHD has for these maps.
CITYSCAPES = _listed(
    """
unlabeled 000000, ego vehicle 000000, rectification border 000000, out of roi 000000,
static 000000, dynamic 6f4a00, ground 510051, road 804080, sidewalk f423e8, parking faaaa0,
rail track e6968c, building 464646, wall 66669c, fence be9999, guard rail b4a5b4, bridge 966464,
tunnel 96785a, pole 999999, polegroup 999999, traffic light faaa1e, traffic sign dcdc00,
vegetation 6b8e23, terrain 98fb98, sky 4682b4, person dc143c, rider ff0000, car 00008e,
truck 000046, bus 003c64, caravan 00005a, trailer 00006e, train 005064, motorcycle 0000e6,
bicycle 770b20, license plate 00008e
"""
)

# Ids as the annotations of ADEChallengeData2016 have them; colours as its authors show them, of
# which roads and skyscrapers have the same.
ADE20K = _listed(
    """
other 000000, wall 787878, building b47878, sky 06e6e6, floor 503232, tree 04c803, ceiling 787850,
road 8c8c8c, bed cc05ff, windowpane e6e6e6, grass 04fa07, cabinet e005ff, sidewalk ebff07,
person 96053d, earth 787846, door 08ff33, table ff0652, mountain 8fff8c, plant ccff04,
curtain ff3307, chair cc4603, car 0066c8, water 3de6fa, painting ff0633, sofa 0b66ff,
shelf ff0747, house ff09e0, sea 0907e6, mirror dcdcdc, rug ff095c, field 7009ff, armchair 08ffd6,
seat 07ffe0, fence ffb806, desk 0aff47, rock ff290a, wardrobe 07ffff, lamp e0ff08, bathtub 6608ff,
railing ff3d06, cushion ffc207, base ff7a08, box 00ff14, column ff0829, signboard ff0599,
chest of drawers 0633ff, counter eb0cff, sand a09614, sink 00a3ff, skyscraper 8c8c8c,
fireplace fa0a0f, refrigerator 14ff00, grandstand 1fff00, path ff1f00, stairs ffe000,
runway 99ff00, case 0000ff, pool table ff4700, pillow 00ebff, screen door 00adff, stairway 1f00ff,
river 0bc8c8, bridge ff5200, bookcase 00fff5, blind 003dff, coffee table 00ff70, toilet 00ff85,
flower ff0000, book ffa300, hill ff6600, bench c2ff00, countertop 008fff, stove 33ff00,
palm 0052ff, kitchen island 00ff29, computer 00ffad, swivel chair 0a00ff, boat adff00, bar 00ff99,
arcade machine ff5c00, hovel ff00ff, bus ff00f5, towel ff0066, light ffad00, truck ff0014,
tower ffb8b8, chandelier 001fff, awning 00ff3d, streetlight 0047ff, booth ff00cc,
television receiver 00ffc2, airplane 00ff52, dirt track 000aff, apparel 0070ff, pole 3300ff,
land 00c2ff, bannister 007aff, escalator 00ffa3, ottoman ff9900, bottle 00ff0a, buffet ff7000,
poster 8fff00, stage 5200ff, van a3ff00, ship ffeb00, fountain 08b8aa, conveyer belt 8500ff,
canopy 00ff5c, washer b800ff, plaything ff001f, swimming pool 00b8ff, stool 00d6ff, barrel ff0070,
basket 5cff00, waterfall 00e0ff, tent 70e0ff, bag 46b8a0, minibike a300ff, cradle 9900ff,
oven 47ff00, ball ff00a3, food ffcc00, step ff008f, tank 00ffeb, trade name 85ff00,
microwave ff00eb, pot f500ff, animal ff007a, bicycle fff500, lake 0abed4, dishwasher d6ff00,
screen 00ccff, blanket 1400ff, sculpture ffff00, hood 0099ff, sconce 0029ff, vase 00ffcc,
traffic light 2900ff, tray 29ff00, ashcan ad00ff, fan 00f5ff, pier 4700ff, crt screen 7a00ff,
plate 00ffb8, monitor 005cff, bulletin board b8ff00, shower 0085ff, radiator ffd600, glass 19c2c2,
clock 66ff00, flag 5c00ff
"""
)

# Helen's photos with the labels of Smith et al. (CVPR 2013), in the order of their files.
HELEN = _listed(
    """
background, face skin, left brow, right brow, left eye, right eye, nose, upper lip, inner mouth,
lower lip, hair
""",
    (("left brow", "right brow"), ("left eye", "right eye")),
)

# NYUv2, in the 40 classes that Gupta et al. (CVPR 2013) made of its 894.
NYU = _listed(
    """
unlabelled, wall, floor, cabinet, bed, chair, sofa, table, door, window, bookshelf, picture,
counter, blinds, desk, shelves, curtain, dresser, pillow, mirror, floor mat, clothes, ceiling,
books, refrigerator, television, paper, towel, shower curtain, box, whiteboard, person,
night stand, toilet, sink, lamp, bathtub, bag, otherstructure, otherfurniture, otherprop
"""
)

PICTURES = "pictures"  # of any colours, instead of label maps: they have no classes
KNOWN = {
    "celebamask": CELEBAMASK,
    "cityscapes": CITYSCAPES,
    "ade20k": ADE20K,
    "helen": HELEN,
    "nyu": NYU,
    PICTURES: LabelSet(()),
}


def read(told: str) -> LabelSet:
    """The classes of one of these words, or of a file. Raises UserError where it is neither."""
    return KNOWN.get(told) or label_sets.read(told, [*KNOWN])
