"""A run in which a third of the ages are years and the rest are ranges; no year is invented."""

import collections
import csv
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

# Imported before TFMA; see pipeline.eval_config.
import tfx.components  # noqa: F401

# isort: split
import tensorflow_model_analysis as tfma

from tests.e2e.conftest import SETTINGS
from tests.lanes import only_in
from trainer import run_fn  # noqa: F401 - registers what the model is made of
from trainer.features import UNKNOWN_LABEL
from trainer.groups import AGE_BAND
from trainer.preprocessing import normalized_images
from trainer.state.training_state import read_training_state
from trainer.tasks import AGE, GENDER, RACE

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    only_in("legacy", "a run whose ages are ranges is tested"),
]

SIZE = 32
_ENDS = list(
    zip(
        (0, *(bound + 1 for bound in AGE_BAND.upper_bounds)),
        (*AGE_BAND.upper_bounds, AGE.maximum),
        strict=True,
    )
)


@dataclass(frozen=True)
class RangedRun:
    """A finished run and the ages in its manifest.

    Attributes:
      root: the root of the run.
      cells: the age cell of the manifest, by file name.
      bands: the band that contains the age or range, by file name; None if it spans two.
    """

    root: Path
    cells: dict[str, str]
    bands: dict[str, str | None]

    def one(self, pattern: str) -> Path:
        (found,) = self.root.glob(f"artifacts/{pattern}")
        return found

    def examples(self, pattern: str) -> list:
        """Returns the features of the examples in the matching folders."""
        paths = sorted(map(str, self.root.glob(f"artifacts/{pattern}/*")))
        records = tf.data.TFRecordDataset(paths, compression_type="GZIP")
        return [tf.train.Example.FromString(one.numpy()).features.feature for one in records]

    def tested(self) -> list[tuple[str, float]]:
        """Returns the name and the predicted age of each file in the test split."""
        return [
            (
                one["file_name"].bytes_list.value[0].decode(),
                one[AGE.output_key].float_list.value[0],
            )
            for one in self.examples("BulkInferrer/output_examples/*/Split-test")
        ]

    def is_range(self, name: str) -> bool:
        return "-" in self.cells[name] or "more" in self.cells[name]


@pytest.fixture(scope="module")
def run(faces: Path, utkface, tmp_path_factory: pytest.TempPathFactory) -> RangedRun:
    folder = tmp_path_factory.mktemp("ranged")
    cells, bands = {}, {}
    rows = [["file", "age", "gender", "race"]]
    for number, path in enumerate(sorted(faces.iterdir())):
        age, gender, race = map(int, path.name.split("_")[:3])
        code = AGE_BAND.code_of(age)
        least, greatest = _ENDS[code]
        cell, band = str(age), AGE_BAND.values[code]
        if number % 3 == 1:
            cell = f"{least}-{greatest}" if greatest < AGE.maximum else f"{least}+"
        elif number % 3 == 2:
            # This range spans two bands.
            cell = f"{max(0, least - 1)}-{greatest if least else greatest + 1}"
            band = None
        cells[path.name], bands[path.name] = cell.replace("+", " or more"), band
        rows.append([path.name, cell, gender, race])
    with (folder / "labels.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    (folder / "settings.yaml").write_text(f"{SETTINGS}image_size: {SIZE}\n")
    labels = {"manifest": str(folder / "labels.csv"), "tasks": {"age": {"ranges": "keep"}}}
    command = utkface(
        *("run", "--data", faces, "--root", folder / "root"),
        *("--config", folder / "settings.yaml", "--set", f"ingest.labels={json.dumps(labels)}"),
    )
    assert command.returncode == 0, command.stdout + command.stderr
    return RangedRun(folder / "root", cells, bands)


def test_all_files_are_used_and_ranges_have_no_age_year(run):
    summary = json.loads(run.one("UtkFaceExampleGen/ledger/*/summary.json").read_text())
    assert summary["accepted"] == 150
    records = [
        one
        for split in ("train", "eval", "test")
        for one in run.examples(f"UtkFaceExampleGen/examples/*/Split-{split}")
    ]
    for one in records:
        name = one["file_name"].bytes_list.value[0].decode()
        assert ("age" in one) != run.is_range(name)
        assert ("age_least" in one) == ("age_greatest" in one) == run.is_range(name)
        band = [value.decode() for value in one["age_band"].bytes_list.value]
        assert band == ([run.bands[name]] if run.bands[name] else [])
    assert sum("age" in one for one in records) == 50


def test_ranges_pass_the_gate_with_a_relaxed_schema_for_this_run(run):
    findings = json.loads(run.one("DataGate/report/*/findings.json").read_text())
    assert "stop" not in json.dumps(findings)
    curated = run.one("ImportSchemaGen/schema/*/schema.pbtxt").read_text()
    assert curated == (Path(__file__).parents[2] / "schema" / "schema.pbtxt").read_text()
    assert run.one("RelaxedSchema/relaxed/*/schema.pbtxt").read_text() != curated


def test_a_batch_of_unknown_ages_has_zero_age_loss_and_trains_other_tasks(run):
    unknown = [
        one
        for split in ("train", "eval")
        for one in run.examples(f"Transform/transformed_examples/*/Split-{split}")
        if one["age"].int64_list.value == [UNKNOWN_LABEL]
    ]
    tested = sum(run.is_range(name) for name, _ in run.tested())
    assert len(unknown) == 100 - tested
    columns = {
        key: tf.constant([list(getattr(one[key], kind).value) for one in unknown])
        for key, kind in (("channel_mean", "float_list"), ("channel_scale", "float_list"))
    }
    columns["pixels"] = tf.constant([one["pixels"].bytes_list.value[0] for one in unknown])
    labels = {
        task.output_key: np.array(
            [one[task.label_key].int64_list.value for one in unknown],
            np.int64 if task is RACE else np.float32,
        )
        for task in (AGE, GENDER, RACE)
    }
    model = read_training_state(str(run.one("Trainer/model_run/*")), "the run").model
    logs = model.evaluate(
        normalized_images(columns, SIZE),
        labels,
        batch_size=len(unknown),
        verbose=0,
        return_dict=True,
    )
    assert logs["age_output_loss"] == 0.0
    assert np.isnan(logs["age_output_mae"])
    assert logs["gender_output_loss"] > 0 and logs["race_output_loss"] > 0
    assert logs["loss"] == pytest.approx(
        logs["gender_output_loss"] + logs["race_output_loss"], rel=1e-4
    )


def test_training_measures_age_on_known_years(run):
    history = json.loads(run.one("Trainer/model_run/*/history.json").read_text())
    for epoch in history["epochs"]:
        assert 0 < epoch["age_output_mae"] < AGE.maximum
        assert 0 < epoch["val_age_output_mae"] < AGE.maximum
        assert epoch["age_output_loss"] > 0


def test_evaluator_and_figures_measure_age_only_on_known_years(run):
    tested = run.tested()
    errors = [abs(age - int(run.cells[name])) for name, age in tested if not run.is_range(name)]
    assert 0 < len(errors) < len(tested)
    result = tfma.load_eval_result(str(run.one("Evaluator/evaluation/*")))
    slices = {
        tuple((key, value) for key, value in where): metrics
        for where, metrics in result.slicing_metrics
    }
    overall = slices[()]
    found = overall[AGE.output_key][""]["mean_absolute_error"]["doubleValue"]
    assert found == pytest.approx(np.mean(errors), rel=1e-5)
    squared = overall[AGE.output_key][""]["root_mean_squared_error"]["doubleValue"]
    assert squared == pytest.approx(np.mean(np.square(errors)) ** 0.5, rel=1e-5)
    assert overall[GENDER.output_key][""]["example_count"]["doubleValue"] == len(tested)
    bands = collections.Counter(run.bands[name] for name, _ in tested)
    no_band = bands.pop(None)
    assert no_band > 0
    for band, count in bands.items():
        metrics = slices[((AGE_BAND.key, band),)]
        assert metrics[GENDER.output_key][""]["example_count"]["doubleValue"] == count

    figures = json.loads(run.one("FairnessReport/figures/*/figures.json").read_text())
    rows = {row["slice"]: row for row in figures["slices"]}
    assert rows["all"]["examples"] == len(tested)
    assert rows["all"]["measures"]["age_mae"]["examples"] == len(errors)
    assert rows["all"]["measures"]["age_mae"]["value"] == pytest.approx(np.mean(errors), rel=1e-5)
    assert "examples" not in rows["all"]["measures"]["race_accuracy"]
    assert {band: rows[band]["examples"] for band in AGE_BAND.values} == {
        band: bands[band] for band in AGE_BAND.values
    }
    composition = {row["slice"]: row["examples"] for row in figures["composition"]}
    known = collections.Counter(run.bands.values())
    for band in AGE_BAND.values:
        assert sum(composition[band].values()) == known[band]


def test_the_pushed_model_predicts_an_age_in_range(run, faces, utkface):
    picture = min(faces.iterdir())
    ended = utkface("predict", picture, "--root", run.root, "--json")
    assert ended.returncode == 0, ended.stderr
    (answer,) = json.loads(ended.stdout)
    assert AGE.minimum <= answer["age"] <= AGE.maximum
    card = next(run.root.glob("runs/*/reports/model_card.md")).read_text()
    assert "It is published" in card
