import dataclasses

import numpy as np
import pytest

from input_pipeline.label_maps import label_sets
from input_pipeline.label_maps.label_sets import LabelSet
from input_pipeline.label_maps.record_files import Records
from interface.command_line import UserError
from siblings.pix2pixhd import phases
from siblings.pix2pixhd.config import from_flags

CITYSCAPES = ((1024, 2048),)


def records(count=2975, sizes=CITYSCAPES, instances=True):
    nowhere = np.zeros([count, 3], np.int64)
    return Records((), nowhere, label_sets.numbered(3), sizes, instances=instances)


def parts(*words):
    settings = from_flags([*words])
    return settings, phases.parts(settings)


@pytest.mark.parametrize(
    "words, stages",
    [
        # The release: 100 + 100 epochs, 10 of the enhancer alone with 50 + 50, again 100 + 100.
        (["--phase=1"], {"phase_1": (595_000, 297_500)}),
        (["--phase=2"], {"phase_2_outermost": (29_750, 0), "phase_2": (297_500, 148_750)}),
        (["--phase=3"], {"phase_3": (595_000, 297_500)}),
        (["--phase=2", "--fix_global_epochs=0"], {"phase_2": (297_500, 148_750)}),
        (["--phase=1", "--epochs=3", "--decay_epochs=1"], {"phase_1": (11_900, 2975)}),
        (["--phase=1", "--epochs=3", "--decay_epochs=0"], {"phase_1": (8925, 0)}),
        (["--phase=1", "--batch_size=8"], {"phase_1": (74_375, 37_188)}),
        (["--phase=1", "--epochs=1", "--decay_epochs=0", "--batch_size=8"], {"phase_1": (372, 0)}),
        # Steps of the phase, in the same parts; the enhancer's own epochs come before.
        (["--phase=1", "--steps=600"], {"phase_1": (600, 300)}),
        (["--phase=3", "--steps=8", "--epochs=3", "--decay_epochs=1"], {"phase_3": (8, 2)}),
        (["--phase=2", "--steps=8"], {"phase_2_outermost": (29_750, 0), "phase_2": (8, 4)}),
    ],
)
def test_stages_their_steps_and_those_in_which_the_rate_falls(words, stages):
    settings, each = parts(*words)
    steps = {part.name: part.steps(settings, 2975) for part in each}
    falling = {part.name: part.falling(steps[part.name]) for part in each}
    assert {name: (steps[name], falling[name]) for name in steps} == stages


@pytest.mark.parametrize(
    "words, after",
    [
        (["--phase=1"], [()]),
        (["--phase=2"], [("phase_1",), ("phase_2_outermost",)]),
        (["--phase=2", "--fix_global_epochs=0"], [("phase_1",)]),
        (["--phase=3"], [("phase_2",)]),
        (["--phase=3", "--enhancers=0"], [("phase_1",)]),
    ],
)
def test_what_each_stage_goes_on_from(words, after):
    assert [part.after for part in parts(*words)[1]] == after


def test_networks_of_a_stage_follow_from_what_it_has():
    shapes = {}
    for phase in (1, 2, 3):
        settings, (*_, part) = parts(f"--phase={phase}")
        shapes[phase] = {*part.networks(settings)}
    assert shapes[2] - shapes[1] == {"enhancers", "enhancer_blocks"}
    assert shapes[3] - shapes[2] == {*settings.encoder()}
    settings, (part,) = parts("--phase=3", "--enhancers=0")
    assert not {"enhancers", "enhancer_blocks"} & {*part.networks(settings)}


@pytest.mark.parametrize(
    "words, seen",
    [
        (["--phase=1"], (512, 1024)),
        (["--phase=1", "--enhancers=0"], (1024, 2048)),
        (["--phase=1", "--enhancers=2"], (256, 512)),
        (["--phase=2"], (1024, 2048)),
        (["--phase=3"], (1024, 2048)),
        (["--phase=2", "--resize=scale_width"], (512, 1024)),
        (["--phase=1", "--resize=scale_width"], (256, 512)),
        (["--phase=2", "--resize=crop"], (512, 512)),
        (["--phase=1", "--resize=crop"], (256, 256)),
        (["--phase=1", "--resize=crop", "--crop_size=512,1024"], (256, 512)),
        (["--phase=2", "--resize=scale_width_and_crop", "--crop_size=256,512"], (256, 512)),
        (["--phase=2", "--resize=resize_and_crop"], (512, 512)),
    ],
)
def test_the_size_that_is_seen(words, seen):
    settings, each = parts(*words)
    assert {phases.size(settings, part, records()) for part in each} == {seen}


def test_photos_of_several_sizes_are_cropped_or_scaled_alike():
    sizes = ((512, 1024), (768, 512))
    settings, (part,) = parts("--phase=1", "--resize=crop")
    assert phases.size(settings, part, records(sizes=sizes)) == (256, 256)
    settings, (part,) = parts("--phase=1", "--resize=scale_width")
    assert phases.size(settings, part, records(sizes=((512, 1024), (256, 512)))) == (256, 512)


@pytest.mark.parametrize("enhancers", [0, 1])
def test_a_data_set_that_does_not_tell_its_sizes_is_cropped(enhancers):
    settings, (part,) = parts("--phase=1", "--resize=crop", f"--enhancers={enhancers}")
    assert phases.size(settings, part, records(sizes=())) == (512 // 2**enhancers,) * 2


NONE, CROP = "--resize=none", "--resize=crop"


@pytest.mark.parametrize(
    "words, sizes, told",
    [
        (
            ["--phase=1", NONE],
            ((512, 1024), (768, 512)),
            "--resize none: photos of 2 sizes; wanted one: take a --resize that crops, or prepare "
            "the records with --size",
        ),
        (
            ["--phase=1", NONE],
            (),
            "--resize none: photos of sizes that dataset.json does not tell; wanted one: take",
        ),
        (
            ["--phase=2", CROP, "--crop_size=512,1024"],
            ((1024, 1024), (512, 512)),
            "--crop_size 512,1024: larger than a photo, which --resize crop makes 512x512; wanted "
            "a smaller crop",
        ),
        (
            ["--phase=1", "--resize=scale_width_and_crop", "--load_size=480"],
            CITYSCAPES,
            "--crop_size 512: larger than a photo, which --resize scale_width_and_crop makes "
            "240x480",
        ),
        # Halved once by each enhancer and down of the generator; the encoder has four downs.
        (
            ["--phase=2", NONE],
            ((528, 1024),),
            "--resize none: photos of 528x1024: wanted height and width that are multiples of 32, "
            "which the networks halve again and again; crop, or prepare the records with such a "
            "--size",
        ),
        (["--phase=2", CROP, "--crop_size=48"], CITYSCAPES, "--crop_size 48: wanted height and"),
        (["--phase=1", NONE, "--downs=1"], ((18, 16),), "multiples of 4, which"),
        (["--phase=1", NONE, "--downs=1"], ((17, 16),), "photos of 17x16: wanted"),
        (["--phase=3", NONE, "--downs=1"], ((24, 16),), "multiples of 16, which"),
    ],
)
def test_sizes_that_networks_can_not_take_are_refused(words, sizes, told):
    settings, (part, *_) = parts(*words)
    with pytest.raises(UserError) as caught:
        phases.size(settings, part, records(sizes=sizes))
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_phase_1_takes_phase_2_takes_as_well():
    for side in range(8, 65):
        taken = []
        for phase in (1, 2):
            settings, each = parts(f"--phase={phase}", "--downs=2")
            try:
                taken.append(phases.size(settings, each[-1], records(sizes=((side, side),))))
            except UserError:
                taken.append(None)
        # Eight pixels would be halved to one, which has no neighbours to be padded with.
        wanted = None if side % 8 or side == 8 else [(side // 2,) * 2, (side,) * 2]
        assert taken == (wanted or [None, None])


@pytest.mark.parametrize(
    "words, without",
    [
        (["--phase=1"], "--noinstances"),
        (["--phase=3"], "--noinstances --features label"),
        (["--phase=3", "--features=label"], "--noinstances"),
        (["--phase=3", "--noinstances"], "--features label"),
    ],
)
def test_records_without_instances_are_refused_where_they_are_needed(words, without):
    settings, (part,) = parts(*words, "--data_dir=streets")
    assert part.reads_instances(settings)
    phases.check_records(settings, part, records())
    with pytest.raises(UserError) as caught:
        phases.check_records(settings, part, records(instances=False))
    assert str(caught.value) == (
        "--data_dir streets: its records have no maps of instances; prepare them with "
        f"--instances, or train with {without}"
    )
    settings, (part,) = parts(*words, *without.replace(" label", "=label").split())
    assert not part.reads_instances(settings)
    phases.check_records(settings, part, records(instances=False))


def test_styles_of_classes_are_refused_where_there_are_none():
    settings, (part,) = parts("--phase=3", "--data_dir=sketches")
    without = dataclasses.replace(records(), label_set=LabelSet(()))
    with pytest.raises(UserError, match="--data_dir sketches: its label maps are pictures"):
        phases.check_records(settings, part, without)
    settings, (part,) = parts("--phase=1", "--data_dir=sketches")
    phases.check_records(settings, part, without)
