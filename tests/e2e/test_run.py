"""`utkface run` from files to a pushed model."""

import json
import math
import os
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path

import pytest
import tensorflow as tf
import yaml
from ml_metadata import MetadataStore
from PIL import Image
from tfx.orchestration.metadata import sqlite_metadata_connection_config

from components.fairness.judge.evaluator import slice_name
from trainer import features
from trainer.measures.registry import MEASURES
from trainer.tasks import GENDER, RACE, TASKS

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

COMPONENTS = {
    "BaselineBulkInferrer",
    "BulkInferrer",
    "DataGate",
    "DistributionPlots",
    "DriftValidator",
    "Evaluator",
    "ExampleValidator",
    "FairnessReport",
    "GateKeeper",
    "HistoryLookup",
    "ImportSchemaGen",
    "ModelCard",
    "ModelRecorder",
    "Pusher",
    "SkewValidator",
    "StatisticsGen",
    "StatisticsRecorder",
    "Trainer",
    "Transform",
    "UtkFaceExampleGen",
}


def _digests(run) -> list[dict]:
    return [
        json.loads(path.read_text())["splits"]
        for path in sorted(run.root.glob("artifacts/UtkFaceExampleGen/ledger/*/summary.json"))
    ]


def _records(folder: Path) -> list[bytes]:
    paths = sorted(map(str, folder.glob("*.gz")))
    return list(tf.data.TFRecordDataset(paths, "GZIP").as_numpy_iterator())


def _files(folder: Path) -> dict[str, bytes]:
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


@pytest.mark.smoke
def test_the_run_ends_with_a_pushed_model(finished_run):
    assert finished_run.command.returncode == 0, finished_run.command.stderr
    assert "Blessed and pushed" in finished_run.command.stdout
    (version,) = (finished_run.root / "serving").glob("[0-9]*")
    assert str(version) in finished_run.command.stdout.replace("\n", "")


def test_the_console_reports_each_component_and_no_other(finished_run):
    done = [line.split() for line in finished_run.command.stdout.splitlines() if "done" in line]
    assert {words[1] for words in done} == COMPONENTS
    assert all(words[3] == "s" and float(words[2]) >= 0 for words in done)
    assert "training on" in finished_run.command.stdout
    assert finished_run.command.stderr == ""


def test_every_listed_file_has_one_row_in_the_ledger(finished_run):
    folder = finished_run.one("artifacts/UtkFaceExampleGen/ledger/*")
    summary = json.loads((folder / "summary.json").read_text())
    rows = [json.loads(line) for line in (folder / "ledger.jsonl").read_text().splitlines()]
    assert summary["listed"] == len(rows) == 150 + 10 + 6
    assert len({row["name"] for row in rows}) == len(rows)
    counts = Counter(row["status"] for row in rows)
    assert counts == {"accepted": 140, "quarantined": 20 + 6}
    assert [summary[key] for key in ("accepted", "repaired", "quarantined", "ignored")] == [
        140,
        0,
        26,
        1,
    ]
    reasons = {Path(row["name"]).name: row["reason"] for row in rows if row["reason"]}
    conflicts = {name for name, reason in reasons.items() if reason == "label-conflict"}
    assert len(conflicts) == 20
    assert {name: reasons[name] for name in reasons.keys() - conflicts} == finished_run.bad_files
    examples = Counter(row["split"] for row in rows if row["split"])
    assert examples == {name: split["examples"] for name, split in summary["splits"].items()}


def test_identical_images_are_never_in_two_splits(finished_run):
    examples = finished_run.one("artifacts/UtkFaceExampleGen/examples/*")
    splits = defaultdict(set)
    for split in features.SPLITS:
        for record in _records(examples / f"Split-{split}"):
            feature = tf.train.Example.FromString(record).features.feature
            splits[feature["image"].bytes_list.value[0]].add(split)
    assert len(splits) == 140
    assert all(len(found) == 1 for found in splits.values())


def test_materialized_examples_are_small(finished_run):
    transformed = finished_run.one("artifacts/Transform/transformed_examples/*")
    files = list(transformed.glob("Split-*/*.gz"))
    count = sum(len(_records(folder)) for folder in transformed.glob("Split-*"))
    pixels = count * features.IMAGE_SIZE**2 * features.CHANNELS
    assert count > 100
    assert sum(path.stat().st_size for path in files) <= 1.3 * pixels


def test_the_run_folder_has_the_log_the_settings_and_the_reports(finished_run):
    run = finished_run.one("runs/*")
    assert {path.name for path in run.iterdir()} == {"run.log", "config.yaml", "reports"}
    resolved = yaml.safe_load((run / "config.yaml").read_text())
    assert resolved["data"] == [str(finished_run.data)]
    assert resolved["trainer"]["epochs"] == 2
    assert resolved["trainer"]["learning_rate"] == 0.002
    assert {path.name for path in (run / "reports").iterdir()} == {
        "report.json",
        "report.txt",
        "age.svg",
        "gender.svg",
        "race.svg",
        "model_card.md",
        "model_card.html",
    }
    assert "Component Pusher is finished" in (run / "run.log").read_text()


def test_the_report_names_slices_and_notes_that_images_are_drawings(finished_run):
    report = finished_run.report()
    names = [row["name"] for row in report["slices"]]
    assert names[:3] == ["all", "White", "Black"]
    assert {"female", "Indian, female", "0-2", "70+"} <= set(names)
    assert report["slices"][0]["examples"] == report["ingest"]["splits"]["test"]["examples"]
    assert sum(map(sum, report["slices"][0]["race_confusion"])) == report["slices"][0]["examples"]
    # The slices of one attribute add up to the whole.
    by_name = {row["name"]: row["examples"] for row in report["slices"]}
    assert by_name["male"] + by_name["female"] == by_name["all"]
    assert sum(by_name.get(race, 0) for race in RACE.classes) == by_name["all"]
    assert "140 of the 166 images are drawings" in report["note"]


def test_both_signatures_agree_and_need_no_labels(finished_run):
    model = tf.saved_model.load(str(next((finished_run.root / "serving").glob("[0-9]*"))))
    images = [path.read_bytes() for path in sorted((finished_run.data / "part1").iterdir())[:4]]
    examples = [
        tf.train.Example(
            features=tf.train.Features(
                feature={"image": tf.train.Feature(bytes_list=tf.train.BytesList(value=[image]))}
            )
        ).SerializeToString()
        for image in images
    ]
    by_bytes = model.signatures["serving_bytes"](image_bytes=tf.constant(images))
    by_example = model.signatures["serving_default"](examples=tf.constant(examples))
    assert {name: value.shape.as_list() for name, value in by_bytes.items()} == {
        "age_output": [4, 1],
        "gender_output": [4, 1],
        "race_output": [4, 5],
    }
    for name, value in by_bytes.items():
        tf.debugging.assert_near(value, by_example[name], rtol=1e-5, atol=1e-5)
    tf.debugging.assert_near(tf.reduce_sum(by_bytes["race_output"], axis=1), tf.ones(4), atol=1e-5)


def test_predict_agrees_with_serving_bytes(finished_run, utkface, tmp_path):
    drawn = next(path for path in sorted(finished_run.data.glob("part1/*.jpg")))
    with Image.open(drawn) as face:
        turned = face.transpose(Image.Transpose.ROTATE_90)
        turned.save(tmp_path / "turned.png", exif=orientation(6))
        turned.save(tmp_path / "turned.jpg", exif=orientation(6), quality=98)
        clear = face.convert("RGBA")
        clear.putalpha(Image.linear_gradient("L").resize(face.size))
        clear.save(tmp_path / "clear.png")
    files = sorted(tmp_path.iterdir())
    ended = utkface("predict", *files, "--root", finished_run.root, "--json")
    model = tf.saved_model.load(str(finished_run.one("serving/[0-9]*")))
    served = model.signatures["serving_bytes"](
        image_bytes=tf.constant([path.read_bytes() for path in files])
    )
    assert [path.name for path in files] == ["clear.png", "turned.jpg", "turned.png"]
    for row, female, off in zip(
        json.loads(ended.stdout),
        served["gender_output"].numpy()[:, 0],
        (1e-3, 2e-2, 1e-5),
        strict=True,
    ):
        assert row["gender_probabilities"]["female"] == pytest.approx(float(female), abs=off)


def orientation(number: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = number
    return exif


def test_predict_returns_one_row_per_image(finished_run, utkface):
    images = sorted((finished_run.data / "part1").iterdir())[:2]
    ended = utkface("predict", *images, "--root", finished_run.root, "--json")
    assert (ended.returncode, ended.stderr) == (0, "")
    rows = json.loads(ended.stdout)
    assert [row["image"] for row in rows] == list(map(str, images))
    assert all(row["gender"] in GENDER.classes and row["race"] in RACE.classes for row in rows)
    assert all(isinstance(row["age"], int) and row["age"] >= 0 for row in rows)


def test_fairness_figures_agree_with_the_evaluator(finished_run):
    # Imported after tfx.components, which the module of slice_name loads: some releases of TFMA
    # otherwise lack EvalConfig.
    import tensorflow_model_analysis as tfma

    document = json.loads(
        finished_run.one("artifacts/FairnessReport/figures/*/figures.json").read_text()
    )
    figures = {one["slice"]: one for one in document["slices"]}
    compared = [measure for measure in MEASURES if measure.tfma]
    assert {"age_bias", "gender_auc", "gender_fnr", "race_accuracy"} < {one.key for one in compared}
    evaluation = finished_run.one("artifacts/Evaluator/evaluation/*")
    slices = tfma.load_eval_result(str(evaluation)).slicing_metrics
    assert len(slices) > 20
    for key, metrics in slices:
        found = figures[slice_name(key)]
        for measure in compared:
            output = metrics[measure.task.output_key][""]
            ours = found["measures"][measure.key]["value"]
            theirs, *less = (float(output[name]["doubleValue"]) for _, name in measure.tfma)
            expected = theirs - sum(less)
            if ours is None:
                # For a single class TFMA reports an AUC of 0.
                assert math.isnan(expected) or measure.key == "gender_auc", (key, measure.key)
            else:
                # TFMA approximates the AUC with 10,000 thresholds.
                slack = 0.01 if measure.key == "gender_auc" else 1e-4
                assert ours == pytest.approx(expected, abs=slack), (key, measure.key)


def test_the_test_split_is_predicted_once(finished_run):
    """BulkInferrer adds the outputs to the examples; there is no baseline model yet."""
    (predicted,) = finished_run.root.glob("artifacts/BulkInferrer/output_examples/*")
    examples = finished_run.one("artifacts/UtkFaceExampleGen/examples/*")
    records = _records(predicted / "Split-test")
    assert [path.name for path in predicted.iterdir()] == ["Split-test"]
    assert len(records) == len(_records(examples / "Split-test"))
    feature = tf.train.Example.FromString(records[0]).features.feature
    assert [len(feature[task.output_key].float_list.value) for task in TASKS] == [1, 1, 5]
    (nothing,) = finished_run.root.glob("artifacts/BaselineBulkInferrer/output_examples/*")
    assert list(nothing.iterdir()) == []


def test_figures_count_each_group_and_start_the_history(finished_run):
    document = json.loads(
        finished_run.one("artifacts/FairnessReport/figures/*/figures.json").read_text()
    )
    ingest = finished_run.report()["ingest"]["splits"]
    for by in (["race"], ["gender"], ["age_band"], ["race", "gender"]):
        rows = [row["examples"] for row in document["composition"] if row["by"] == by]
        for split, found in ingest.items():
            assert sum(row[split] for row in rows) == found["examples"], (by, split)
    (headline,) = document["trend"]
    assert headline["blessed"] and headline["examples"] == document["examples"]
    kept = finished_run.one("history/measured_model/*/files/headline.json")
    assert json.loads(kept.read_text()) == headline


def test_the_console_prints_the_path_of_the_fairness_page(finished_run):
    page = finished_run.one("artifacts/FairnessReport/figures/*/fairness.html")
    assert str(page) in finished_run.command.stdout.replace("\n", "")
    assert "The model is blessed: it misses no bound" in page.read_text()
    card = finished_run.one("runs/*/reports/model_card.md").read_text()
    assert card.startswith("# Model card") and "It is published" in card


def test_the_tfx_command_runs_the_same_pipeline_with_the_same_splits(finished_run, tmp_path):
    """The second run on a root has identical splits and doubles the metadata."""
    config = tmp_path / "settings.yaml"
    settings = yaml.safe_load(finished_run.config.read_text())
    settings |= {"data": str(finished_run.data), "root": str(finished_run.root)}
    # Each step runs again.
    settings["cache"] = False
    config.write_text(yaml.safe_dump(settings))
    scripts = Path(sys.executable).parent
    environment = {
        **os.environ,
        "PATH": f"{scripts}:{os.environ['PATH']}",
        "UTKFACE_CONFIG": str(config),
        "LOCAL_HOME": str(tmp_path / "home"),
    }
    runner = Path(__file__).parents[2] / "pipeline" / "local_runner.py"
    runs_before = len(list((finished_run.root / "runs").iterdir()))

    def tfx(*arguments: object) -> str:
        command = [str(scripts / "tfx"), *map(str, arguments)]
        ended = subprocess.run(
            command,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout

    created = tfx("pipeline", "create", "--engine", "local", "--pipeline_path", runner)
    assert 'Pipeline "utkface" created successfully.' in created
    assert len(list((finished_run.root / "runs").iterdir())) == runs_before
    ran = tfx("run", "create", "--engine", "local", "--pipeline_name", "utkface")
    assert "Blessed and pushed" in ran

    first, second = _digests(finished_run)[0], _digests(finished_run)[-1]
    assert first == second
    assert {name: len(split["digest"]) for name, split in first.items()} == {
        "train": 64,
        "eval": 64,
        "test": 64,
    }
    store = MetadataStore(sqlite_metadata_connection_config(str(finished_run.root / "metadata.db")))
    assert len(store.get_executions()) == 2 * len(COMPONENTS)
    runs = {context.name for context in store.get_contexts_by_type("pipeline_run")}
    assert runs == {path.name for path in (finished_run.root / "runs").iterdir()}
    assert len(runs) == 2
    assert len(list((finished_run.root / "serving").glob("[0-9]*"))) == 2
    # The run found the model of the first run and recorded its own.
    (first_model, second_model) = sorted((finished_run.root / "history/blessed_model").iterdir())
    assert finished_run.report()["verdict"]["blessed_before"] == first_model.name
    found = finished_run.one("artifacts/HistoryLookup/model/*")
    trained = sorted(finished_run.root.glob("artifacts/Trainer/model/*"), key=lambda p: int(p.name))
    assert _files(found) == _files(trained[0]) == _files(first_model / "files")
    assert _files(second_model / "files") == _files(trained[1])
