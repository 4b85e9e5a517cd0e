"""FairnessReport as a run executes it: it gives or withholds the blessing."""

import dataclasses
import json
import re
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from ml_metadata import MetadataStore
from ml_metadata.proto import metadata_store_pb2 as mlmd
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
from components.fairness.reason import THRESHOLD, Reason
from components.fairness.settings import FairnessSettings
from components.history.artifact import ENTRY, FOUND, MeasuredModels
from tests.components.fairness.drawn import make_predictions

COUNT = 800


def outputs_of(wrong_race: int = -1, nonsense: bool = False) -> dict[str, np.ndarray]:
    """Outputs of a good model, of one that misclassifies the women of a race, or NaN ages."""
    people, noise = make_predictions(COUNT), np.random.default_rng(0).normal(size=(COUNT, 2))
    score = 1.5 * (people.gender * 2 - 1 + noise[:, 0])
    flipped = (people.race == wrong_race) & (people.gender == 1)
    age = people.age + 5 * noise[:, 1] + (np.nan if nonsense else 0)
    return {
        "age_output": age[:, np.newaxis],
        "gender_output": 1 / (1 + np.exp(-np.where(flipped, -score, score)))[:, np.newaxis],
        "race_output": np.eye(5)[people.race] * 0.9 + 0.02,
    }


def write_examples(
    folder: Path, counts: dict[str, int], outputs: dict[str, np.ndarray]
) -> standard_artifacts.Examples:
    people = make_predictions(COUNT)
    for split, count in counts.items():
        (folder / f"Split-{split}").mkdir()
        with tf.io.TFRecordWriter(str(folder / f"Split-{split}" / "data.gz"), "GZIP") as writer:
            for row in range(count):
                example = tf.train.Example()
                feature = example.features.feature
                feature["file_name"].bytes_list.value.append(b"%d.jpg" % row)
                feature["image"].bytes_list.value.append(b"picture %d" % row)
                for key, labels in people.labels.items():
                    feature[key].int64_list.value.append(labels[row])
                for key, values in outputs.items():
                    feature[key].float_list.value.extend(values[row])
                writer.write(example.SerializeToString())
    artifact = standard_artifacts.Examples()
    artifact.uri = str(folder)
    artifact.split_names = artifact_utils.encode_split_names(list(counts))
    return artifact


@pytest.fixture(scope="module")
def examples(tmp_path_factory) -> standard_artifacts.Examples:
    # Half as many train examples, and no eval examples.
    counts = {"train": COUNT // 2, "eval": 0, "test": COUNT}
    return write_examples(tmp_path_factory.mktemp("examples"), counts, {})


@pytest.fixture(scope="module")
def predictions(tmp_path_factory) -> dict[str, standard_artifacts.Examples]:
    """Predictions as BulkInferrer writes them, by name of the model."""
    return {
        name: write_examples(tmp_path_factory.mktemp(name), {"test": COUNT}, outputs)
        for name, outputs in {
            "fair": outputs_of(),
            "unfair": outputs_of(wrong_race=1),
            "nonsense": outputs_of(nonsense=True),
        }.items()
    }


@pytest.fixture
def report(examples, predictions, tmp_path, monkeypatch):
    earlier = MeasuredModels()
    earlier.uri = str(tmp_path / "earlier")

    def run(name, before=None, *, reason="", refused=(), **settings):
        monkeypatch.setattr(module, "read_failures", lambda *_: list(refused))
        evaluator = standard_artifacts.ModelBlessing()
        evaluator.set_int_custom_property("blessed", int(not refused))
        model, blessed = standard_artifacts.Model(), standard_artifacts.Model()
        model.uri, blessed.uri = f"/models/{name}", f"/models/{before}"
        nothing = standard_artifacts.Examples()
        nothing.uri = str(tmp_path / "nothing")
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
                "model": [model],
                "predictions": [predictions[name]],
                "baseline_predictions": [predictions[before] if before else nothing],
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


def record(store: MetadataStore, figures: FairnessFigures) -> dict[str, int | str]:
    """Returns the properties that a store has after TFX recorded the figures in it."""
    figures.type_id = store.put_artifact_type(figures.artifact_type)
    store.put_artifacts([figures.mlmd_artifact])
    newest = max(store.get_artifacts_by_type(FairnessFigures.TYPE_NAME), key=lambda one: one.id)
    return {
        name: getattr(value, value.WhichOneof("value"))
        for name, value in newest.custom_properties.items()
    }


def test_a_fair_first_model_is_blessed_without_a_baseline(report):
    figures, blessing = report("fair")
    assert model_utils.is_model_blessed(blessing)
    assert [path.name for path in Path(blessing.uri).iterdir()] == ["BLESSED"]
    assert figures.get_int_custom_property(MISSED) == 0
    assert verdict(figures)["reasons"] == [] and verdict(figures)["blessed_before"] is None
    page = Path(figures.uri, PAGE_FILE).read_text()
    assert (
        "The model is blessed: it misses no bound" in page and "No earlier model is blessed" in page
    )


def test_an_unfair_model_is_not_blessed_and_the_failing_group_is_named(report):
    figures, blessing = report("unfair", "fair")
    assert not model_utils.is_model_blessed(blessing)
    assert [path.name for path in Path(blessing.uri).iterdir()] == ["NOT_BLESSED"]
    first = figures.get_string_custom_property(FIRST_REASON)
    assert first.startswith("Black, female: gender accuracy: expected ")
    assert figures.get_int_custom_property(MISSED) == len(verdict(figures)["reasons"]) > 1
    assert verdict(figures)["blessed_before"] == "the entry before"


def test_an_unfair_model_can_be_accepted_and_the_reason_is_recorded(report):
    figures, blessing = report("unfair", reason=" for a trial ")
    assert model_utils.is_model_blessed(blessing)
    assert figures.get_string_custom_property(ACCEPTED_BECAUSE) == "for a trial"
    assert verdict(figures)["accepted_because"] == "for a trial" and verdict(figures)["accepted_by"]
    assert "<strong>Stop, accepted.</strong>" in Path(figures.uri, PAGE_FILE).read_text()


def test_a_model_that_the_evaluator_rejects_cannot_be_accepted(report):
    refusal = Reason(
        kind=THRESHOLD, slice="all", metric="age mean absolute error", bound=1.0, value=4.0
    )
    line = "all: age mean absolute error: expected at most 1; found 4"
    figures, blessing = report("unfair", reason="for a trial", refused=[refusal])
    assert not model_utils.is_model_blessed(blessing)
    assert verdict(figures)["reasons"][0] == line
    assert verdict(figures)["findings"][0] == dataclasses.asdict(refusal)
    assert figures.get_string_custom_property(FIRST_REASON) == line


def test_a_model_without_the_required_improvement_is_not_blessed(report):
    better = {"gender_accuracy": 0.01, "age_mae": -0.5}
    figures, blessing = report("fair", "fair", improvement=better)
    assert not model_utils.is_model_blessed(blessing)
    (line,) = verdict(figures)["reasons"]
    assert re.fullmatch(
        r"all: gender accuracy: expected at least 0\.01 above the model blessed last, (0\.\d+); "
        r"found \1 \(0\.\d+ to 0\.\d+\) in 800 examples",
        line,
    )
    # A first model needs no improvement. A sufficient improvement gives no reason.
    assert model_utils.is_model_blessed(report("fair", improvement=better)[1])
    assert model_utils.is_model_blessed(report("fair", "unfair", improvement=better)[1])
    accepted = report("fair", "fair", reason="a trial", improvement=better)[1]
    assert model_utils.is_model_blessed(accepted)


def test_the_store_has_the_misses_of_each_run_as_properties(report, monkeypatch):
    """`utkface runs` and queries of the store read them, without opening the figures."""
    monkeypatch.setattr(module, "user_name", lambda: "ana")
    config = mlmd.ConnectionConfig()
    config.fake_database.SetInParent()
    store = MetadataStore(config)
    figures, _ = report("unfair", reason="a trial")
    reasons = verdict(figures)["reasons"]
    assert record(store, figures) == {
        "missed": len(reasons),
        "first_reason": reasons[0],
        "first_reason_title": "Black, female: gender accuracy",
        "accepted_by": "ana",
        "accepted_because": "a trial",
    }
    # Nobody has accepted the newest model, nor needs to.
    figures, _ = report("fair", reason="a trial")
    assert record(store, figures) == {"missed": 0}
    assert len(store.get_artifacts()) == 2


def test_an_acceptance_reason_is_not_recorded_for_a_fair_model(report):
    figures, _ = report("fair", reason="to be sure")
    assert figures.get_string_custom_property(ACCEPTED_BECAUSE) == ""
    assert verdict(figures)["accepted_because"] == ""


def test_a_model_with_nan_outputs_is_named_in_the_error(report):
    expected = "^/models/nonsense: expected finite numbers for age_output; found NaN"
    with pytest.raises(InputError, match=expected):
        report("nonsense")


def test_the_figures_contain_the_settings_and_counts(report):
    figures, _ = report("fair")
    document = json.loads(Path(figures.uri, FIGURES_FILE).read_text())
    assert document["settings"] == json.loads(FairnessSettings().model_dump_json())
    assert document["examples"] == COUNT and document["resamples"] == 2000


def test_the_figures_list_changes_since_the_model_blessed_last(report):
    figures, _ = report("unfair", "fair")
    changes = read_document(f"{figures.uri}/{FIGURES_FILE}")["changes"]
    moved = {(row["slice"], row["measure"]): row for row in changes}
    hurt = moved["Black, female", "gender_accuracy"]
    assert hurt["before"] > 0.7 and hurt["now"] == pytest.approx(1 - hurt["before"])
    assert hurt["low"] < hurt["now"] - hurt["before"] < hurt["high"] < 0
    same = moved["Black, male", "gender_accuracy"]
    assert same["before"] == same["now"] and same["low"] == same["high"] == 0
    assert "Changes since the model blessed last" in Path(figures.uri, PAGE_FILE).read_text()


def test_the_figures_count_images_by_group_and_split(report):
    figures, _ = report("fair")
    document = read_document(f"{figures.uri}/{FIGURES_FILE}")
    found = {row["slice"]: row["examples"] for row in document["composition"]}
    people = make_predictions(COUNT)
    for name, chosen in {
        "Black": people.race == 1,
        "Black, male": (people.race == 1) & (people.gender == 0),
        "70+": people.age >= 70,
        "0-2": people.age <= 2,
    }.items():
        train = int(chosen[: COUNT // 2].sum())
        assert found[name] == {"train": train, "eval": 0, "test": int(chosen.sum())}
    assert "<h2>Images by group</h2>" in Path(figures.uri, PAGE_FILE).read_text()


def test_the_trend_lists_measured_models_oldest_first(report, tmp_path):
    first, _ = report("unfair")
    page = Path(first.uri, PAGE_FILE)
    assert "<h2>Trend</h2>" not in page.read_text()
    Path(first.uri, HEADLINE_FOLDER).rename(tmp_path / "earlier-one")
    (tmp_path / "earlier").mkdir()
    (tmp_path / "earlier-one").rename(tmp_path / "earlier" / "20260101T000000.000000Z-span1-0a")
    # An entry of another release is skipped.
    other = tmp_path / "earlier" / "20260102T000000.000000Z-span1-0b"
    other.mkdir()
    (other / "headline.json").write_text('{"format": 99}')
    second, _ = report("fair")
    trend = read_document(f"{second.uri}/{FIGURES_FILE}")["trend"]
    assert [run["blessed"] for run in trend] == [False, True]
    assert trend[0]["measures"]["gender_accuracy"]["worst"]["slice"] == "Black, female"
    gained = [run["measures"]["gender_accuracy"]["value"] for run in trend]
    assert gained[0] < gained[1]
    # Later runs read this run from its own headline.
    assert read_document(f"{second.uri}/{HEADLINE_FOLDER}/headline.json") == trend[-1]
    assert "The last 2 measured models" in page.read_text()
