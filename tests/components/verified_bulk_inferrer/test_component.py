"""A model whose files changed after it was written is not evaluated."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tfx.components.bulk_inferrer import executor as tfx_executor
from tfx.types import standard_artifacts

from components.errors import InputError
from components.model_digests import DIGESTS, record_digests
from components.verified_bulk_inferrer.component import Executor, VerifiedBulkInferrer

GRAPH = "Format-Serving/saved_model.pb"


@pytest.fixture
def model(tmp_path: Path) -> standard_artifacts.Model:
    (tmp_path / "Format-Serving").mkdir()
    (tmp_path / GRAPH).write_text("graph")
    artifact = standard_artifacts.Model()
    artifact.uri = str(tmp_path)
    record_digests(artifact)
    return artifact


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The models that TFX's executor is given."""
    uris: list[str] = []

    def do(self: object, inputs: dict, outputs: dict, properties: dict) -> None:
        uris.extend(model.uri for model in inputs["model"])

    monkeypatch.setattr(tfx_executor.Executor, "Do", do)
    return uris


def predict(model: standard_artifacts.Model) -> None:
    assert VerifiedBulkInferrer.EXECUTOR_SPEC.executor_class is Executor
    Executor().Do({"model": [model]}, {}, {})


def test_a_model_as_it_was_written_is_loaded(
    model: standard_artifacts.Model, loaded: list[str]
) -> None:
    predict(model)
    # Models of earlier releases have no digests, nor has the absent model before the first.
    model.set_string_custom_property(DIGESTS, "")
    predict(model)
    assert loaded == [model.uri, model.uri]


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (lambda folder: (folder / GRAPH).write_text("Graph"), f"{GRAPH} has the SHA-256 "),
        (lambda folder: (folder / GRAPH).write_text("grap"), f"{GRAPH} has the SHA-256 "),
        (lambda folder: (folder / GRAPH).unlink(), f"{GRAPH} is missing"),
        (lambda folder: (folder / "more.so").touch(), "more.so was not there when the files"),
    ],
)
def test_a_changed_model_is_refused_by_name(
    model: standard_artifacts.Model,
    loaded: list[str],
    damage: Callable[[Path], object],
    problem: str,
) -> None:
    damage(Path(model.uri))
    with pytest.raises(InputError) as caught:
        predict(model)
    assert f"expected the model as it was written; {model.uri}/{problem}" in str(caught.value)
    assert loaded == []
