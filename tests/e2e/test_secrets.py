"""Secrets of every place that has one stay out of everything that a run and its errors leave."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.lanes import only_in
from tests.listening import watched
from tests.webhooks import receiving

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

SECRET = "xyzzy42"
# Variables that a run or the libraries read; only one of the two passwords may be set.
ENVIRONMENT = {
    name: f"{SECRET}-{name}"
    for name in (
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "UTKFACE_METADATA_PASSWORD",
        "UTKFACE_WEBHOOK",
        "GOOGLE_API_KEY",
        "SOME_TOKEN",
    )
}
SETTINGS = """\
trainer: {architecture: shared, epochs: 1, steps_per_epoch: 1}
gate: {train_cells: {warn: 0, stop: 0}}
thresholds: {max_age_mae: 1000, min_gender_accuracy: 0, min_race_accuracy: 0}
fairness: {min_examples: 1000000}
"""


@only_in("legacy", "a run with secrets is tested")
def test_a_run_leaks_no_secret_and_listens_to_nobody_else(faces: Path, tmp_path: Path) -> None:
    root, config = tmp_path / "root", tmp_path / "settings.yaml"
    with receiving() as receiver:
        url = receiver.url.replace("secret-token", SECRET)
        config.write_text(f"{SETTINGS}notify: {{webhook: '{url}'}}\n")
        command = [Path(sys.executable).parent / "utkface", "run", "--data", faces]
        before = os.umask(0)
        try:
            process = subprocess.Popen(
                [*map(str, command), "--root", str(root), "--config", str(config)],
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                env={**os.environ, **ENVIRONMENT},
            )
        finally:
            os.umask(before)
        with process, watched(process.pid) as seen:
            assert process.stdout is not None
            shown = process.stdout.read()
        assert process.returncode == 0, shown
        (summary,) = receiver.got
    assert SECRET not in shown + str(summary) + str(seen.commands)
    written = [path for path in root.rglob("*") if path.is_file()]
    assert {"metadata.db", "config.yaml"} <= {path.name for path in written}
    assert not [path for path in written if SECRET.encode() in path.read_bytes()]
    assert not [path for path in root.rglob("*") if SECRET in path.name]
    assert not [path for path in written if path.suffix in (".pkl", ".pickle", ".dill")]
    assert seen.commands and seen.open_to_others == set()
    open_to_all = [
        str(path.relative_to(root))
        for path in (root, *root.rglob("*"))
        if path.lstat().st_mode & stat.S_IWOTH and not path.is_symlink()
    ]
    assert open_to_all == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "--data", f"s3://AKIA:{SECRET}@bucket/faces"],
        ["run", "--data", f"https://host/faces.zip?X-Amz-Signature={SECRET}"],
        ["retrain", "--data", f"s3://AKIA:{SECRET}@bucket/{{SPAN}}"],
        ["inspect", f"s3://AKIA:{SECRET}@bucket/faces"],
        ["run", "--data", ".", "--set", f"artifacts=s3://k:{SECRET}@b/x"],
        ["run", "--data", ".", "--set", f"ingest.labels.manifest=s3://k:{SECRET}@b/x.csv"],
        ["run", "--data", ".", "--set", f"trainer.warm_start=s3://k:{SECRET}@b/x"],
        ["run", "--data", ".", "--set", f"metadata=mysql://me:{SECRET}@host/db"],
        ["run", "--data", ".", "--set", f"notify.webhook=http://example.org/{SECRET}"],
        ["runs", "--engine", "kubeflow", "--endpoint", f"http://me:{SECRET}@127.0.0.1:9"],
    ],
    ids=lambda arguments: arguments[-1].partition(SECRET)[0],
)
def test_a_refusal_shows_no_secret(arguments: list[str], tmp_path: Path) -> None:
    ended = subprocess.run(
        [Path(sys.executable).parent / "utkface", *arguments],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={**os.environ, **ENVIRONMENT},
    )
    assert ended.returncode in (1, 2) and "Error: " in ended.stderr
    assert SECRET not in ended.stdout + ended.stderr
    assert not any(tmp_path.iterdir())
