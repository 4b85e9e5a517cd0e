"""`utkface schema`: proposals, exit codes, and files that stay as they are."""

import json
from pathlib import Path

import pandas as pd
import pytest
import tensorflow_data_validation as tfdv
from click.testing import CliRunner, Result
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

from pipeline.cli import main
from pipeline.tools.schema.files import load_schema

SCHEMA = """
# A comment, which no tool may lose.
feature { name: "race" type: INT presence { min_fraction: 1 } int_domain { min: 0 max: 4 } }
feature { name: "age" type: INT presence { min_fraction: 1 } int_domain { min: 0 max: 116 } }
feature { name: "image" type: BYTES }
"""


@pytest.fixture
def curated(tmp_path: Path) -> Path:
    path = tmp_path / "curated.pbtxt"
    path.write_text(SCHEMA, encoding="utf-8")
    return path


def write_statistics(folder: Path, **ages: list[int]) -> Path:
    """Writes an artifact of StatisticsGen with the splits and their ages."""
    for split, values in ages.items():
        table = pd.DataFrame({"age": values, "race": [2] * len(values)})
        statistics = tfdv.generate_statistics_from_dataframe(table)
        path = folder / f"Split-{split}" / "FeatureStats.pb"
        path.parent.mkdir(parents=True)
        path.write_bytes(statistics.SerializeToString())
    return folder


@pytest.fixture
def good(tmp_path: Path) -> Path:
    return write_statistics(tmp_path / "good", train=[1, 90], eval=[20])


@pytest.fixture
def strange(tmp_path: Path) -> Path:
    return write_statistics(tmp_path / "strange", train=[1, 90], eval=[120])


def schema(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["schema", *map(str, arguments)])


def refusal(*arguments: object) -> str:
    result = schema(*arguments)
    assert result.exit_code == 2, result.output
    assert result.stdout == "" and "Traceback" not in result.stderr
    return result.stderr.partition("Error: ")[2]


def test_a_schema_that_fits_is_exit_code_0(curated: Path, good: Path) -> None:
    result = schema("diff", good, "--schema", curated)
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "the schema fits these statistics",
        f"schema      {curated}",
        f"statistics  {good}",
    ]


def test_proposals_are_exit_code_1_and_leave_the_curated_file(curated, strange) -> None:
    before = curated.read_bytes()
    result = schema("diff", strange, "--schema", curated)
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "age: maximum value 116 -> 120",
        "",
        f"--- {curated}",
        f"+++ proposed for {strange}",
        "@@ -3,7 +3,7 @@",
        "   type: INT",
        "   int_domain {",
        "     min: 0",
        "-    max: 116",
        "+    max: 120",
        "   }",
        "   presence {",
        "     min_fraction: 1.0",
    ]
    assert f"No file was changed. Edit {curated} where you agree." in result.stderr
    assert curated.read_bytes() == before


def test_json_has_changes_and_diff(curated: Path, strange: Path, good: Path) -> None:
    result = schema("diff", strange, "--schema", curated, "--json")
    assert result.exit_code == 1
    told = json.loads(result.stdout)
    assert told.keys() == {"changes", "diff"}
    assert told["diff"].startswith(f"--- {curated}\n")
    assert told["changes"] == [
        {
            "feature": "age",
            "field": "int_domain.max",
            "before": 116,
            "after": 120,
            "words": "age: maximum value 116 -> 120",
        }
    ]
    result = schema("diff", good, "--schema", curated, "--json")
    assert (result.exit_code, json.loads(result.stdout)) == (0, {"changes": [], "diff": ""})


def test_one_file_is_one_split(curated: Path, strange: Path) -> None:
    train, evaluation = (strange / f"Split-{split}" for split in ("train", "eval"))
    assert schema("diff", train / "FeatureStats.pb", "--schema", curated).exit_code == 0
    assert schema("diff", evaluation / "FeatureStats.pb", "--schema", curated).exit_code == 1
    assert schema("diff", evaluation, "--schema", curated).exit_code == 1


def test_of_a_root_the_newest_statistics_count(curated: Path, tmp_path: Path) -> None:
    root = tmp_path / "root"
    artifacts = root / "artifacts" / "StatisticsGen" / "statistics"
    write_statistics(artifacts / "9", train=[120])
    assert schema("diff", "--root", root, "--schema", curated).exit_code == 1
    write_statistics(artifacts / "10", train=[20])
    # Of a run that is under way.
    (artifacts / "11" / "Split-train").mkdir(parents=True)
    result = schema("diff", "--root", root, "--schema", curated)
    assert result.exit_code == 0
    assert f"statistics  {artifacts / '10'}" in result.stdout


def test_the_settings_name_the_schema_and_the_root(curated: Path, tmp_path: Path) -> None:
    root = tmp_path / "root"
    write_statistics(root / "artifacts" / "StatisticsGen" / "statistics" / "3", train=[120])
    settings = tmp_path / "settings.yaml"
    settings.write_text(f"root: {root}\nschema_file: {curated}\nspan: 3\n", encoding="utf-8")
    result = schema("diff", "--config", settings)
    assert result.exit_code == 1
    assert f"--- {curated}\n" in result.stdout


def test_without_settings_the_schema_is_the_curated_one(good: Path) -> None:
    result = schema("diff", good)
    assert result.exit_code == 1
    # These statistics have no gender; the image is left out on purpose.
    assert "gender: it would be retired" in result.stdout
    assert "image: " not in result.stdout and "file_name: " not in result.stdout


def test_infer_prints_a_schema(strange: Path) -> None:
    result = schema("infer", strange)
    assert result.exit_code == 0
    inferred = text_format.Parse(result.stdout, schema_pb2.Schema())
    assert {feature.name: feature.type for feature in inferred.feature} == {
        "age": schema_pb2.INT,
        "race": schema_pb2.INT,
    }


def test_infer_writes_a_new_file_and_overwrites_none(good: Path, curated: Path, tmp_path: Path):
    out = tmp_path / "inferred.pbtxt"
    assert schema("infer", good, "--out", out).stdout == f"schema inferred: {out}\n"
    assert len(load_schema(str(out)).feature) == 2
    for kept in (out, curated):
        before = kept.read_bytes()
        told = refusal("infer", good, "--out", kept)
        assert told == (
            f"{kept}: expected a new file; it exists, and is not overwritten. Choose "
            "another path.\n"
        )
        assert kept.read_bytes() == before
    told = refusal("infer", good, "--out", tmp_path / "none" / "schema.pbtxt")
    assert "expected a path in an existing folder" in told
    assert not (tmp_path / "none").exists()


def _slices(*names: str) -> bytes:
    statistics = statistics_pb2.DatasetFeatureStatisticsList()
    for name in names:
        statistics.datasets.add(name=name, num_examples=1)
    return statistics.SerializeToString()


def _twice() -> bytes:
    statistics = tfdv.generate_statistics_from_dataframe(pd.DataFrame({"age": [1]}))
    (dataset,) = statistics.datasets
    dataset.features.add().CopyFrom(dataset.features[0])
    return statistics.SerializeToString()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "the file does not exist. Name a FeatureStats.pb, or the folder of"),
        (b"", "expected statistics of at least one example; found none in 0 bytes."),
        (b"feature { name: 'age' }", "found 23 bytes that are not statistics, or are truncated."),
        (b"\xff" * 1000, "found 1,000 bytes that are not statistics, or are truncated."),
        (_slices("All Examples"), "expected statistics of at least one example"),
        (_slices("race_0", "race_1"), "found 2 datasets: 'race_0', 'race_1'."),
        (_twice(), "or with the name of another: the file is damaged."),
    ],
    ids=["missing", "empty", "text", "noise", "no-features", "slices-alone", "twice"],
)
@pytest.mark.parametrize("command", ["diff", "infer"])
def test_bad_statistics_are_named(command, content, message, tmp_path: Path) -> None:
    path = tmp_path / "FeatureStats.pb"
    if content is not None:
        path.write_bytes(content)
    told = refusal(command, path)
    assert told.startswith(f"{path}: expected ")
    assert message in told


def test_statistics_that_were_cut_off_are_refused(good: Path) -> None:
    path = good / "Split-eval" / "FeatureStats.pb"
    path.write_bytes(path.read_bytes()[:-100])
    assert refusal("diff", good).startswith(f"{path}: expected statistics as StatisticsGen writes")


def test_a_folder_without_statistics_says_what_it_holds(curated: Path, tmp_path: Path) -> None:
    told = refusal("diff", tmp_path)
    assert (
        f"{tmp_path}: expected Split-train/FeatureStats.pb in the folder; found curated.pbtxt."
        in told
    )


def test_a_root_without_runs_says_what_to_run(tmp_path: Path) -> None:
    told = refusal("diff", "--root", tmp_path)
    assert "expected the statistics of a run; there are none." in told
    assert f"utkface run --data PATH --root {tmp_path}" in told


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("feature { name: 'age' typ: INT }", 'found at 1:23 : Message type "tensorflow.metadata'),
        ("feature {", "found at 1:9 : "),
        ("", "expected a schema of at least one feature; found none."),
        ("feature { name: 'a' } feature { name: 'a' }", "expected each feature once; found 'a'"),
        (None, "expected a text file; reading it failed with FileNotFoundError"),
    ],
    ids=["unknown", "cut-off", "empty", "twice", "missing"],
)
def test_a_bad_schema_is_named(text: str | None, message: str, good: Path, tmp_path: Path) -> None:
    path = tmp_path / "mine.pbtxt"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    told = refusal("diff", good, "--schema", path)
    assert told.startswith(f"{path}: expected ")
    assert message in told


def test_statistics_and_a_root_are_too_much(good: Path, tmp_path: Path) -> None:
    for command in ("diff", "infer"):
        told = refusal(command, good, "--root", tmp_path)
        assert told == "Expected STATISTICS or --root; found both. Leave one out.\n"


def test_bad_settings_are_named(good: Path, tmp_path: Path) -> None:
    told = refusal("diff", good, "--config", tmp_path / "none.yaml")
    assert told.startswith(f"{tmp_path}/none.yaml: expected a YAML file; No such file")


def test_the_command_says_nothing_of_tensorflow(utkface, curated: Path, strange: Path) -> None:
    ended = utkface("schema", "diff", strange, "--schema", curated)
    assert ended.returncode == 1
    assert ended.stderr == f"\nNo file was changed. Edit {curated} where you agree.\n"
