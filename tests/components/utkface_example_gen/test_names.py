"""The grammar of file names: what is read, what is refused, and in what words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.utkface_example_gen.names import GRAMMAR, Labels, parse
from components.utkface_example_gen.rejection import RejectedFile

STAMP = "20170116174525125"
AGES, GENDERS, RACES = range(117), range(2), range(5)


def rejection(name: str) -> RejectedFile:
    with pytest.raises(RejectedFile) as caught:
        parse(name)
    return caught.value


@given(
    labels=st.tuples(*map(st.sampled_from, (AGES, GENDERS, RACES))),
    stamp=st.text("0123456789", min_size=16, max_size=18),
    suffix=st.sampled_from((".jpg", ".jpg.chip.jpg")),
)
def test_every_name_of_the_grammar_gives_its_labels(
    labels: tuple[int, int, int], stamp: str, suffix: str
) -> None:
    age, gender, race = labels
    assert parse(f"{age}_{gender}_{race}_{stamp}{suffix}") == Labels(age, gender, race)


@given(
    st.text()
    | st.from_regex(r"[0-9]{1,4}_[0-9]{1,2}_[0-9]{1,2}_[0-9]{15,19}\.jpg(\.chip\.jpg)?")
    | st.lists(
        st.sampled_from(["0", "1", "9", "116", "_", STAMP, ".jpg", ".chip", " ", "\n", "/", "٣"])
    ).map("".join)
)
def test_any_text_gives_labels_in_range_or_a_rejection_that_names_it(name: str) -> None:
    try:
        labels = parse(name)
    except RejectedFile as error:
        rejected = error
    else:
        rejected = None
    if rejected:
        assert rejected.reason in RejectedFile.REASONS[:2]
        assert repr(name) in rejected.detail
        return
    assert labels.age in AGES
    assert labels.gender in GENDERS
    assert labels.race in RACES
    assert name.startswith(f"{labels.age}_{labels.gender}_{labels.race}_")


@pytest.mark.parametrize(
    "name", ["61_1_20170109142408075.jpg.chip.jpg", "61_3_20170109150557335.jpg.chip.jpg"]
)
def test_the_data_sets_own_names_without_a_race_are_no_names(name: str) -> None:
    error = rejection(name)
    assert error.reason == "name-grammar"
    assert error.detail == f"expected a name like {GRAMMAR}; found {name!r}"


@pytest.mark.parametrize(
    ("labels", "found"),
    [
        ("117_0_0", "expected age from 0 to 116; found 117 in "),
        ("999_1_4", "expected age from 0 to 116; found 999 in "),
        ("39_2_1", "expected gender from 0 to 1; found 2 in "),
        ("39_1_5", "expected race from 0 to 4; found 5 in "),
        # The first label out of its range is the one that is told.
        ("117_9_9", "expected age from 0 to 116; found 117 in "),
    ],
)
def test_a_label_out_of_its_range_is_told_with_the_range(labels: str, found: str) -> None:
    name = f"{labels}_{STAMP}.jpg"
    error = rejection(name)
    assert error.reason == "label-out-of-range"
    assert error.detail == found + repr(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "39_1_20170116174525125.jpg.chip.jpg",
        f"039_1_1_{STAMP}.jpg",
        f"00_1_1_{STAMP}.jpg",
        f"39_01_1_{STAMP}.jpg",
        f"1000_1_1_{STAMP}.jpg",
        f"-1_1_1_{STAMP}.jpg",
        f"+9_1_1_{STAMP}.jpg",
        f"3.5_1_1_{STAMP}.jpg",
        f"_1_1_{STAMP}.jpg",
        f"٣٩_1_1_{STAMP}.jpg",
        f"39_1_1_{STAMP[:-1]}٣.jpg",
        f"3²_1_1_{STAMP}.jpg",
        f"39_1_1_{STAMP}.jpg\n",
        f"\n39_1_1_{STAMP}.jpg",
        f"39_1_1_{STAMP}.JPG",
        f"39_1_1_{STAMP}.jpg.CHIP.jpg",
        f" 39_1_1_{STAMP}.jpg",
        f"39_1_1_{STAMP}.jpg ",
        f"39 _1_1_{STAMP}.jpg",
        f"39-1-1-{STAMP}.jpg",
        f"39_1_1_{STAMP}.jpeg",
        f"39_1_1_{STAMP}.png",
        f"39_1_1_{STAMP}",
        f"39_1_1_{STAMP}.jpg.chip",
        f"39_1_1_{STAMP}.jpg.chip.jpg.chip.jpg",
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
def test_what_only_resembles_a_name_is_refused(name: str) -> None:
    assert rejection(name).reason == "name-grammar"
