"""The component as a run would call it: models are asked, and the blessing is given or withheld."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from tfx.components.util import model_utils
from tfx.types import artifact_utils, standard_artifacts

from components.errors import InputError
from components.fairness import component as module
from components.fairness.artifact import (
    ACCEPTED_BECAUSE,
    FIGURES_FILE,
    FIRST_REASON,
    HEADLINE_FOLDER,
    MISSED,
    PAGE_FILE,
    FairnessFigures,
)
from components.fairness.document import read_document
from components.fairness.outcomes import Outcomes
from components.fairness.settings import FairnessSettings
from components.history.artifact import ENTRY, FOUND, MeasuredModels
from tests.components.fairness.drawn import make_outcomes
from trainer import features

COUNT = 800


class Answering(tf.Module):
    """A model that finds its answers in the example: those of a good one, or a wrong gender."""

    def __init__(self, wrong_race: int = -1, nonsense: bool = False):
        super().__init__()
        self._wrong = wrong_race
        self._age = np.nan if nonsense else 0.0

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="examples")])
    def serve(self, examples):
        spec = {key: tf.io.FixedLenFeature([], tf.int64) for key in features.LABEL_KEYS}
        spec["noise"] = tf.io.FixedLenFeature([2], tf.float32)
        found = tf.io.parse_example(examples, spec)
        right = tf.cast(found["gender"], tf.float32) * 2 - 1
        score = 1.5 * (right + found["noise"][:, 0])
        flipped = (found["race"] == self._wrong) & (found["gender"] == 1)
        female = tf.sigmoid(tf.where(flipped, -score, score))
        age = tf.cast(found["age"], tf.float32) + 5 * found["noise"][:, 1] + self._age
        return {
            "age_output": age[:, tf.newaxis],
            "gender_output": female[:, tf.newaxis],
            "race_output": tf.one_hot(found["race"], 5) * 0.9 + 0.02,
        }


def example_of(outcomes: Outcomes, noise: np.ndarray, row: int) -> bytes:
    feature = {
        key: tf.train.Feature(int64_list=tf.train.Int64List(value=[labels[row]]))
        for key, labels in zip(
            features.LABEL_KEYS, (outcomes.age, outcomes.gender, outcomes.race), strict=True
        )
    }
    floats = tf.train.FloatList(value=noise[row])
    feature["noise"] = tf.train.Feature(float_list=floats)
    return tf.train.Example(features=tf.train.Features(feature=feature)).SerializeToString()


@pytest.fixture(scope="module")
def examples(tmp_path_factory) -> standard_artifacts.Examples:
    folder = tmp_path_factory.mktemp("examples")
    outcomes = make_outcomes(COUNT)
    noise = np.random.default_rng(0).normal(size=(COUNT, 2))
    # Half as many to learn from, and none to choose by.
    for split, count in {"train": COUNT // 2, "eval": 0, "test": COUNT}.items():
        (folder / f"Split-{split}").mkdir()
        path = folder / f"Split-{split}" / "data.gz"
        with tf.io.TFRecordWriter(str(path), "GZIP") as writer:
            for row in range(count):
                writer.write(example_of(outcomes, noise, row))
    artifact = standard_artifacts.Examples()
    artifact.uri = str(folder)
    artifact.split_names = artifact_utils.encode_split_names(["train", "eval", "test"])
    return artifact


@pytest.fixture(scope="module")
def models(tmp_path_factory) -> dict[str, standard_artifacts.Model]:
    made = {}
    for name, model in {
        "fair": Answering(),
        "unfair": Answering(wrong_race=1),
        "nonsense": Answering(nonsense=True),
    }.items():
        made[name] = standard_artifacts.Model()
        made[name].uri = str(tmp_path_factory.mktemp(name))
        tf.saved_model.save(
            model, f"{made[name].uri}/Format-Serving", signatures={"serving_default": model.serve}
        )
    return made


@pytest.fixture
def report(examples, models, tmp_path, monkeypatch):
    earlier = MeasuredModels()
    earlier.uri = str(tmp_path / "earlier")

    def run(name, before=None, *, reason="", refused=(), **settings):
        monkeypatch.setattr(module, "read_failures", lambda *_: list(refused))
        evaluator = standard_artifacts.ModelBlessing()
        evaluator.set_int_custom_property("blessed", int(not refused))
        blessed = standard_artifacts.Model()
        blessed.uri = models[before].uri if before else str(tmp_path / "nothing")
        blessed.set_int_custom_property(FOUND, int(before is not None))
        if before:
            blessed.set_string_custom_property(ENTRY, "the entry before")
        figures, blessing = FairnessFigures(), standard_artifacts.ModelBlessing()
        figures.uri, blessing.uri = str(tmp_path / "figures"), str(tmp_path / "blessing")
        Path(figures.uri).mkdir(exist_ok=True)
        evaluation = standard_artifacts.ModelEvaluation()
        evaluation.uri = "evaluation"
        module.FairnessReport.EXECUTOR_SPEC.executor_class().Do(
            {
                "examples": [examples],
                "measured_before": [earlier],
                "model": [models[name]],
                "blessed_model": [blessed],
                "evaluation": [evaluation],
                "evaluator_blessing": [evaluator],
            },
            {"figures": [figures], "blessing": [blessing]},
            {
                "settings": FairnessSettings.model_validate(settings).model_dump_json(),
                "accepted_because": reason,
            },
        )
        return figures, blessing

    return run


def verdict(figures: FairnessFigures) -> dict:
    return read_document(f"{figures.uri}/{FIGURES_FILE}")["verdict"]


def test_a_fair_model_is_blessed_and_the_first_has_none_before_it(report):
    figures, blessing = report("fair")
    assert model_utils.is_model_blessed(blessing)
    assert [path.name for path in Path(blessing.uri).iterdir()] == ["BLESSED"]
    assert figures.get_int_custom_property(MISSED) == 0
    assert verdict(figures)["reasons"] == [] and verdict(figures)["blessed_before"] is None
    page = Path(figures.uri, PAGE_FILE).read_text()
    assert "<strong>Blessed.</strong>" in page and "No model was blessed before this one" in page


def test_an_unfair_model_is_not_and_the_first_reason_names_whom_it_fails(report):
    figures, blessing = report("unfair", "fair")
    assert not model_utils.is_model_blessed(blessing)
    assert [path.name for path in Path(blessing.uri).iterdir()] == ["NOT_BLESSED"]
    first = figures.get_string_custom_property(FIRST_REASON)
    assert first.startswith("Black, female: gender accuracy: expected ")
    assert figures.get_int_custom_property(MISSED) == len(verdict(figures)["reasons"]) > 1
    assert verdict(figures)["blessed_before"] == "the entry before"


def test_a_person_may_accept_it_and_that_is_recorded(report):
    figures, blessing = report("unfair", reason=" for a trial ")
    assert model_utils.is_model_blessed(blessing)
    assert figures.get_string_custom_property(ACCEPTED_BECAUSE) == "for a trial"
    assert verdict(figures)["accepted_because"] == "for a trial" and verdict(figures)["accepted_by"]
    assert "<strong>Blessed all the same.</strong>" in Path(figures.uri, PAGE_FILE).read_text()


def test_what_the_evaluator_refuses_nobody_accepts(report):
    line = "all: age mean absolute error: expected at most 1; found 4"
    figures, blessing = report("unfair", reason="for a trial", refused=[line])
    assert not model_utils.is_model_blessed(blessing)
    assert verdict(figures)["reasons"][0] == line
    assert figures.get_string_custom_property(FIRST_REASON) == line


def test_a_model_that_is_not_as_much_better_as_is_asked_is_not_blessed(report):
    better = {"gender_accuracy": 0.01, "age_mae": -0.5}
    figures, blessing = report("fair", "fair", improvement=better)
    assert not model_utils.is_model_blessed(blessing)
    (line,) = verdict(figures)["reasons"]
    assert re.fullmatch(
        r"all: gender accuracy: expected at least 0\.01 above the model blessed last, (0\.\d+); "
        r"found \1 \(0\.\d+ to 0\.\d+\) of 800 examples",
        line,
    )
    # Nothing is asked of the first, and what is met is not told.
    assert model_utils.is_model_blessed(report("fair", improvement=better)[1])
    assert model_utils.is_model_blessed(report("fair", "unfair", improvement=better)[1])
    accepted = report("fair", "fair", reason="a trial", improvement=better)[1]
    assert model_utils.is_model_blessed(accepted)


def test_a_reason_for_a_fair_model_is_not_recorded(report):
    figures, _ = report("fair", reason="to be sure")
    assert figures.get_string_custom_property(ACCEPTED_BECAUSE) == ""
    assert verdict(figures)["accepted_because"] == ""


def test_a_model_that_answers_nonsense_is_named(report, models):
    path = f"{models['nonsense'].uri}/Format-Serving"
    with pytest.raises(
        InputError, match=f"^{path}: expected numbers for age_output; found none of"
    ):
        report("nonsense")


def test_the_figures_hold_what_was_asked(report):
    figures, _ = report("fair")
    document = json.loads(Path(figures.uri, FIGURES_FILE).read_text())
    assert document["settings"] == json.loads(FairnessSettings().model_dump_json())
    assert document["examples"] == COUNT and document["resamples"] == 2000


def test_the_figures_say_what_changed_since_the_model_blessed_last(report):
    figures, _ = report("unfair", "fair")
    changes = read_document(f"{figures.uri}/{FIGURES_FILE}")["changes"]
    moved = {(row["slice"], row["measure"]): row for row in changes}
    hurt = moved["Black, female", "gender_accuracy"]
    assert hurt["before"] > 0.7 and hurt["now"] == pytest.approx(1 - hurt["before"])
    assert hurt["low"] < hurt["now"] - hurt["before"] < hurt["high"] < 0
    same = moved["Black, male", "gender_accuracy"]
    assert same["before"] == same["now"] and same["low"] == same["high"] == 0
    assert "Since the model blessed last" in Path(figures.uri, PAGE_FILE).read_text()


def test_the_figures_count_whom_the_pictures_show(report):
    figures, _ = report("fair")
    document = read_document(f"{figures.uri}/{FIGURES_FILE}")
    found = {row["slice"]: row["examples"] for row in document["composition"]}
    people = make_outcomes(COUNT)
    for name, chosen in {
        "Black": people.race == 1,
        "Black, male": (people.race == 1) & (people.gender == 0),
        "70+": people.age >= 70,
        "0-2": people.age <= 2,
    }.items():
        train = int(chosen[: COUNT // 2].sum())
        assert found[name] == {"train": train, "eval": 0, "test": int(chosen.sum())}
    assert "Whom the pictures show" in Path(figures.uri, PAGE_FILE).read_text()


def test_runs_are_told_side_by_side_the_oldest_first(report, tmp_path):
    first, _ = report("unfair")
    page = Path(first.uri, PAGE_FILE)
    assert "Run by run" not in page.read_text()
    Path(first.uri, HEADLINE_FOLDER).rename(tmp_path / "earlier-one")
    (tmp_path / "earlier").mkdir()
    (tmp_path / "earlier-one").rename(tmp_path / "earlier" / "20260101T000000.000000Z-span1-0a")
    # That of another release is passed over.
    other = tmp_path / "earlier" / "20260102T000000.000000Z-span1-0b"
    other.mkdir()
    (other / "headline.json").write_text('{"format": 99}')
    second, _ = report("fair")
    trend = read_document(f"{second.uri}/{FIGURES_FILE}")["trend"]
    assert [run["blessed"] for run in trend] == [False, True]
    assert trend[0]["measures"]["gender_accuracy"]["worst"]["slice"] == "Black, female"
    gained = [run["measures"]["gender_accuracy"]["value"] for run in trend]
    assert gained[0] < gained[1]
    assert "The last 2 models that were measured" in page.read_text()
