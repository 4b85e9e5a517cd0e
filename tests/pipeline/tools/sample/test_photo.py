"""What sample pictures look like: the labels change them, and so does chance."""

import random
from dataclasses import replace
from itertools import pairwise

import pytest
from PIL import ImageStat
from PIL.ImageDraw import ImageDraw

from components.ingest.labels.names import Labels, labels_of
from pipeline.tools.sample import traits as traits_module
from pipeline.tools.sample.face import draw_face
from pipeline.tools.sample.layout import CANVAS, Layout, box
from pipeline.tools.sample.photo import SIZE, draw_image
from pipeline.tools.sample.traits import Traits, draw_traits, mix
from trainer.tasks import AGE, GENDER, RACE

ADULT = labels_of((30, 0, 0))


def looks(labels: Labels, count: int = 200) -> list[Traits]:
    return [draw_traits(labels, random.Random(f"look/{index}")) for index in range(count)]


def mean(values: list[float]) -> float:
    return sum(values) / len(values)


def lightness(traits: Traits) -> float:
    return mean([float(channel) for channel in traits.skin])


@pytest.mark.parametrize("race", range(len(RACE.classes)))
@pytest.mark.parametrize("gender", range(len(GENDER.classes)))
@pytest.mark.parametrize("age", [AGE.minimum, 17, AGE.maximum])
def test_every_label_can_be_drawn(age: int, gender: int, race: int) -> None:
    picture = draw_image(labels_of((age, gender, race)), random.Random(3))
    assert (picture.size, picture.mode) == ((SIZE, SIZE), "RGB")
    # Neither blank nor blown out.
    assert min(ImageStat.Stat(picture).stddev) > 15


def test_a_picture_depends_on_its_generator_alone() -> None:
    first, again, other = (
        draw_image(ADULT, random.Random(seed)).tobytes() for seed in ("a", "a", "b")
    )
    assert first == again
    assert first != other


def test_a_face_leaves_its_surroundings_transparent_and_covers_its_centre() -> None:
    rng = random.Random(0)
    face = draw_face(draw_traits(ADULT, rng), rng)
    assert (face.size, face.mode) == ((CANVAS, CANVAS), "RGBA")
    alpha = face.getchannel("A")
    assert alpha.getpixel((2, 2)) == 0
    assert alpha.getpixel((CANVAS // 2, CANVAS // 2)) == 255


def test_the_skin_colour_shows_in_the_picture() -> None:
    traits = draw_traits(ADULT, random.Random(0))
    light, dark = (
        draw_face(replace(traits, skin=skin), random.Random(0)).convert("L")
        for skin in ((250, 222, 204), (82, 54, 41))
    )
    assert ImageStat.Stat(light).mean[0] > ImageStat.Stat(dark).mean[0] + 20


def test_skin_tones_differ_between_races_and_overlap_between_neighbours() -> None:
    tones = [sorted(lightness(t) for t in looks(labels_of((30, 0, race)))) for race in range(5)]
    means = [mean(values) for values in tones]
    # White, Asian, Others, Indian, Black.
    order = [0, 2, 4, 3, 1]
    assert sorted(range(5), key=lambda race: -means[race]) == order
    for lighter, darker in pairwise(order):
        assert tones[lighter][0] < tones[darker][-1]


def test_gender_shows_in_hair_and_beards_but_not_without_fail() -> None:
    men, women = looks(labels_of((30, 0, 4))), looks(labels_of((30, 1, 4)))
    long_men, long_women = (
        mean([float(t.hair_length > 0.5) for t in group]) for group in (men, women)
    )
    assert 0 < long_men < 0.2
    assert 0.75 < long_women < 1
    assert 0.4 < mean([float(t.beard > 0) for t in men]) < 0.8
    assert all(t.beard == 0 and not t.moustache and t.baldness == 0 for t in women)
    assert mean([t.brow for t in men]) > mean([t.brow for t in women]) + 0.4


def test_age_shows_in_proportions_lines_and_grey_hair() -> None:
    infants, adults, old = (looks(labels_of((age, 0, 2))) for age in (1, 30, 80))
    assert all(t.maturity < 0.4 and t.wear == 0 and not t.glasses for t in infants)
    assert all(t.beard == 0 for t in infants)
    assert mean([t.wear for t in adults]) < 0.25
    assert mean([t.wear for t in old]) > 0.9
    grey = [mean([float(sum(t.hair)) for t in group]) for group in (adults, old)]
    assert grey[1] > grey[0] + 250
    infant, adult = Layout.of(infants[0]), Layout.of(adults[0])
    assert infant.eye_y > adult.eye_y
    assert infant.eye_radius > adult.eye_radius
    assert infant.width / infant.height > adult.width / adult.height


def test_a_further_label_shows_as_a_trait_and_as_an_overlay(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def wear_glasses(traits: Traits, label: int, rng: random.Random) -> Traits:
        def darken(draw: ImageDraw, layout: Layout) -> None:
            for side in (-1, 1):
                draw.ellipse(box(layout.x + side * layout.eye_dx, layout.eye_y, 20, 20), "black")

        overlays = (*traits.overlays, darken) if label == 2 else traits.overlays
        return replace(traits, glasses=label > 0, overlays=overlays)

    monkeypatch.setitem(traits_module.FURTHER, "glasses", wear_glasses)
    bare, clear, dark = (draw_traits({**ADULT, "glasses": n}, random.Random(0)) for n in range(3))
    assert [traits.glasses for traits in (bare, clear, dark)] == [False, True, True]
    layout = Layout.of(dark)
    eye = round(layout.x + layout.eye_dx), round(layout.eye_y + 15)
    lightnesses = [
        draw_face(traits, random.Random(0)).convert("L").getpixel(eye)
        for traits in (bare, clear, dark)
    ]
    assert lightnesses[2] == 0
    assert min(lightnesses[:2]) > 50


def test_mix_goes_from_the_first_colour_to_the_second_and_no_further() -> None:
    black, white = (0, 0, 0), (200, 100, 50)
    assert mix(black, white, -1) == black
    assert mix(black, white, 0.5) == (100, 50, 25)
    assert mix(black, white, 2) == white
