"""The grammar of file names: accepted names, rejected names, and messages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.ingest.labels.names import (
    GRAMMAR,
    Labels,
    OutOfRange,
    labels_of,
    out_of_range,
    own_name,
    parse,
    read,
)
from components.ingest.pictures.formats import FORMATS
from components.ingest.rejection import RejectedFile
from trainer.tasks import RACE

STAMP = "20170116174525125"
AGES, GENDERS, RACES = range(117), range(2), range(5)


def rejection(name: str) -> RejectedFile:
    with pytest.raises(RejectedFile) as caught:
        parse(name)
    return caught.value


# All name endings in the data set and in copies of it.
SUFFIXES = (
    *(".jpg", ".jpg.chip.jpg", " .jpg", " .jpg.chip.jpg", "jpg", "jpg.chip.jpg", "JPG"),
    *(".pg", ".pg.chip.jpg", ".jpeg", ".png", ".png.chip.png", ".JPG", ".JPG.CHIP.JPG"),
    *(".webp", ".WEBP.chip.webp", ".jpg.chip.gif", ".bmp", ".jfif", ".heic", ".avif", ".tiff"),
    *(".jpeg.chip.jpg", ".PNG", ".jpg.chip.png", ".jpg.chip.jpeg", " .png", " .pg", "jpeg"),
)
names = st.builds(
    "{}_{}_{}_{}{}".format,
    st.sampled_from(AGES),
    st.sampled_from(GENDERS),
    st.sampled_from(RACES),
    st.text("0123456789", min_size=16, max_size=18),
    st.sampled_from(SUFFIXES),
)


def labels_or_rejection(name: str) -> Labels | RejectedFile:
    try:
        return parse(name)
    except RejectedFile as error:
        return error


# Suffixes of all formats, in lower case.
ENDINGS = {ending for known in FORMATS.values() for ending in known.suffixes}
BEFORE_CHIP = {
    *("jpg", "jpeg"),
    *(space + ending for space in ("", " ") for ending in (*ENDINGS, ".pg")),
}


def says(name: str, labels: Labels) -> bool:
    """Returns whether a name follows the grammar and has these labels, without a regex."""
    head = "{}_{}_{}_".format(*labels.values())
    rest = name.removeprefix(head)
    suffix = rest.lstrip("0123456789")
    before, chip, ending = suffix.casefold().partition(".chip")
    return (
        name.startswith(head)
        and 16 <= len(rest) - len(suffix) <= 18
        and suffix.isascii()
        and before in BEFORE_CHIP
        and (ending in ENDINGS if chip else not ending)
    )


@given(
    labels=st.tuples(*map(st.sampled_from, (AGES, GENDERS, RACES))).map(labels_of),
    stamp=st.text("0123456789", min_size=16, max_size=18),
    suffix=st.sampled_from(SUFFIXES),
)
def test_every_name_of_the_grammar_gives_its_labels(
    labels: Labels, stamp: str, suffix: str
) -> None:
    assert parse("{}_{}_{}_{}{}".format(*labels.values(), stamp, suffix)) == labels


@given(
    st.text(st.characters())
    | st.from_regex(r"[0-9]{0,4}_[0-9]{0,2}_([0-9]{0,2}_)?[0-9]{15,19} ?\.?jpg(\.chip\.jpg)?")
    | st.lists(
        st.sampled_from(["0", "1", "9", "116", "_", STAMP, ".jpg", ".chip", " ", "\n", "/", "٣"])
    ).map("".join)
)
def test_any_text_gives_valid_labels_or_a_rejection_with_the_text(name: str) -> None:
    outcome = labels_or_rejection(name)
    if isinstance(outcome, RejectedFile):
        assert outcome.reason in {"name-grammar", "label-missing", "label-out-of-range"}
        assert repr(name) in outcome.detail
        return
    age, gender, race = outcome.values()
    assert age in AGES
    assert gender in GENDERS
    assert race in RACES
    assert name.startswith(f"{age}_{gender}_{race}_")


@given(name=names, data=st.data())
def test_a_typo_is_rejected_or_gives_another_valid_name(name: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(name) - 1))
    typed = data.draw(st.sampled_from(["", *"0123456789_"]))
    cut = place if typed and data.draw(st.booleans()) else place + 1
    slip = name[:place] + typed + name[cut:]
    outcome = labels_or_rejection(slip)
    assert isinstance(outcome, RejectedFile) or says(slip, outcome)


@given(name=names, empty=st.sets(st.integers(0, 2), min_size=1), dropped=st.booleans())
def test_missing_labels_of_a_name_are_never_guessed(
    name: str, empty: set[int], dropped: bool
) -> None:
    places = name.split("_")
    lacking = ["" if number in empty else place for number, place in enumerate(places)]
    if dropped:
        lacking = [place for number, place in enumerate(places) if number not in empty]
    outcome = labels_or_rejection("_".join(lacking))
    assert isinstance(outcome, RejectedFile)
    # A name with dropped fields may not match the grammar at all.
    assert outcome.reason in {"label-missing", "name-grammar"}
    assert outcome.reason == "label-missing" or dropped


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("24_0_1_20170116220224657 .jpg.chip.jpg", (24, 0, 1)),
        ("55_0_0_20170116232725357jpg.chip.jpg", (55, 0, 0)),
        ("55_0_0_20170116232725357JPG", (55, 0, 0)),
        ("44_1_4_20170116235150272.pg.chip.jpg", (44, 1, 4)),
        (f"39_1_1_{STAMP[:16]}.jpg", (39, 1, 1)),
    ],
)
def test_unusual_names_of_the_data_set_are_read(name: str, labels: tuple[int, ...]) -> None:
    assert parse(name) == dict(zip(("age", "gender", "race"), labels, strict=True))


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("61_1_20170109142408075.jpg.chip.jpg", "only 61 and 1 (it is unclear which labels)"),
        ("61_3_20170109150557335.jpg.chip.jpg", "only age 61 and race 3"),
        ("39_1_20170116174525125.jpg", "only 39 and 1 (it is unclear which labels)"),
        ("53__0_20170116184028385.jpg", "only age 53 and race 0"),
        (f"53_0__{STAMP}.jpg", "only age 53 and gender 0"),
        (f"_1_1_{STAMP}.jpg", "only gender 1 and race 1"),
        (f"53___{STAMP}.jpg", "only age 53"),
        (f"53_{STAMP}.jpg", "only age 53"),
        (f"4_{STAMP}.jpg", "only 4 (it is unclear which labels)"),
        (f"1_1_{STAMP}.jpg", "only 1 and 1 (it is unclear which labels)"),
        (f"391_1_{STAMP}.jpg", "only 391 and 1 (it is unclear which labels)"),
        (f"___{STAMP}.jpg", "none"),
    ],
)
def test_a_missing_label_is_reported_with_the_labels_found(name: str, found: str) -> None:
    error = rejection(name)
    assert error.reason == "label-missing"
    assert error.detail == f"expected age, gender and race; found {found} in {name!r}"


@pytest.mark.parametrize(
    ("labels", "found"),
    [
        ("117_0_0", "expected age from 0 to 116; found 117 in "),
        ("999_1_4", "expected age from 0 to 116; found 999 in "),
        ("39_2_1", "expected gender from 0 to 1; found 2 in "),
        ("39_1_5", "expected race from 0 to 4; found 5 in "),
        # Only the first label out of range is reported.
        ("117_9_9", "expected age from 0 to 116; found 117 in "),
    ],
)
def test_a_label_out_of_range_is_reported_with_the_range(labels: str, found: str) -> None:
    name = f"{labels}_{STAMP}.jpg"
    error = rejection(name)
    assert error.reason == "label-out-of-range"
    assert error.detail == found + repr(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        f"039_1_1_{STAMP}.jpg",
        f"00_1_1_{STAMP}.jpg",
        f"39_01_1_{STAMP}.jpg",
        f"1000_1_1_{STAMP}.jpg",
        f"-1_1_1_{STAMP}.jpg",
        f"+9_1_1_{STAMP}.jpg",
        f"3.5_1_1_{STAMP}.jpg",
        f"٣٩_1_1_{STAMP}.jpg",
        f"39_1_1_{STAMP[:-1]}٣.jpg",
        f"3²_1_1_{STAMP}.jpg",
        f"39_1_1_{STAMP}.jpg\n",
        f"\n39_1_1_{STAMP}.jpg",
        f" 39_1_1_{STAMP}.jpg",
        f"39_1_1_{STAMP}.jpg ",
        f"39 _1_1_{STAMP}.jpg",
        f"39-1-1-{STAMP}.jpg",
        f"39_1_1_{STAMP}",
        f"39_1_1_{STAMP}.jpg.chip",
        f"39_1_1_{STAMP}.jpg.chip.jpg.chip.jpg",
        f"39_1_1_{STAMP}.jpg.ch\u0131p.jpg",
        f"39_1_1_{STAMP}.txt",
        f"39_1_1_{STAMP}.jg",
        f"39_1_1_{STAMP}png",
        f"39_1_1_{STAMP}  .jpg",
        f"39_1_1_{STAMP}\t.jpg",
        f"39_1_1_{STAMP} jpg",
        f"39_1_1_{STAMP}..jpg",
        f"39_1_1_{STAMP}.jpg .chip.jpg",
        f"39_1_1_{STAMP}.jpgchip.jpg",
        f"39_11_{STAMP}.jpg",
        f"39__{STAMP}.jpg",
        f"{STAMP}.jpg",
        f"39_1_1_{STAMP}xjpg",
        f"39_1_1_{STAMP[:15]}.jpg",
        f"39_1_1_{STAMP}12.jpg",
        f"39_1_1__{STAMP}.jpg",
        f"39_1_1_1_{STAMP}.jpg",
        f"._39_1_1_{STAMP}.jpg",
        f"folder/39_1_1_{STAMP}.jpg",
        f"39_1_1_{STAMP}.jpg\0",
    ],
)
def test_names_that_almost_follow_the_grammar_are_rejected(name: str) -> None:
    error = rejection(name)
    assert error.reason == "name-grammar"
    assert error.detail == f"expected a name like {GRAMMAR}; found {name!r}"


def test_the_grammar_has_one_field_per_task() -> None:
    assert GRAMMAR == "[age]_[gender]_[race]_[yyyymmddHHMMSSFFF].jpg.chip.jpg"


def test_a_label_out_of_range_is_read_and_named_with_its_task() -> None:
    labels = read(f"39_1_7_{STAMP}.jpg")
    assert labels == {"age": 39, "gender": 1, "race": 7}
    assert out_of_range(labels) == OutOfRange(RACE, 7)
    assert out_of_range({**labels, "race": 4}) is None
    # Labels of only some tasks.
    assert out_of_range({"gender": 1}) is None


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("a.jpg", "a.jpg"),
        ("d/e/a.jpg", "a.jpg"),
        ("x.zip!a.jpg", "a.jpg"),
        ("x.zip!d/a.jpg", "a.jpg"),
    ],
)
def test_own_name_is_the_last_part_of_a_path(path: str, name: str) -> None:
    assert own_name(path) == name
