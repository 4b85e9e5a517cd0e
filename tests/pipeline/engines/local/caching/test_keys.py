"""What TFX's cache key gets from us, and what is left out of it."""

import os
from pathlib import Path
from typing import Any

import pytest
from tfx.components.example_gen import utils
from tfx.proto.orchestration import executable_spec_pb2
from tfx.types import standard_artifacts
from tfx.types import standard_component_specs as specs
from tfx.utils import proto_utils

from components.ingest.plan import PLAN_PROPERTY, IngestPlan
from components.ingest.settings import IngestSettings
from components.utkface_example_gen import spans
from pipeline.engines.local.caching import keys
from pipeline.engines.local.caching.keys import CacheKeys


def key_of(
    component: str,
    *beam: str,
    parameters: dict[str, Any] | None = None,
    examples: standard_artifacts.Examples | None = None,
) -> str:
    """Returns all that TFX makes a key of."""
    found: dict[str, Any] = {}
    spec = executable_spec_pb2.BeamExecutableSpec(beam_pipeline_args=beam)
    spec.python_executor_spec.class_path = component
    CacheKeys(lambda **arguments: found.update(arguments)).get_cache_context(
        executor_spec=spec,
        output_artifacts={"examples": [examples or standard_artifacts.Examples()]},
        parameters=parameters,
    )
    outputs = [
        str(artifact.mlmd_artifact) for artifact in found.pop("output_artifacts")["examples"]
    ]
    return f"{found} {outputs}"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "faces").mkdir()
    (tmp_path / "faces" / "1_0_0_20170109142408075.jpg").write_bytes(b"one")
    return tmp_path / "faces"


def ingest_key(data: Path, *, fingerprint: str = "", **settings: Any) -> str:
    inputs = spans.resolve(str(data), spans.NEWEST)
    plan = IngestPlan.of(IngestSettings(**settings), {"train": 1})
    examples = standard_artifacts.Examples()
    examples.set_string_custom_property(utils.FINGERPRINT_PROPERTY_NAME, fingerprint)
    return key_of(
        "components.utkface_example_gen.executor.Executor",
        parameters={
            specs.INPUT_BASE_KEY: inputs.input_base,
            specs.INPUT_CONFIG_KEY: proto_utils.proto_to_json(inputs.input_config),
            PLAN_PROPERTY: plan.to_json(),
            utils.FINGERPRINT_PROPERTY_NAME: fingerprint,
        },
        examples=examples,
    )


def test_the_class_counts_and_the_options_of_beam_do_not() -> None:
    name = "tfx.components.statistics_gen.executor.Executor"
    assert key_of(name, "--direct_num_workers=2") == key_of(name)
    assert key_of("tfx.components.transform.executor.Executor") != key_of(name)


def test_the_code_behind_a_dotted_path_in_a_property_counts() -> None:
    name = "tfx.components.trainer.executor.GenericExecutor"
    first, second = (
        key_of(name, parameters={"run_fn": path}).replace(path, "")
        for path in ("trainer.run_fn.run_fn", "trainer.features.KEYS")
    )
    assert first != second


def test_who_runs_a_component_counts_if_it_records_the_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gate, statistics = "components.data_gate.component.X", "components.utkface_statistics_gen.X"
    before = key_of(gate), key_of(statistics)
    monkeypatch.setitem(keys._ENVIRONMENT, "components.user", lambda: "somebody else")
    assert key_of(gate) != before[0]
    assert key_of(statistics) == before[1]


def test_the_content_of_the_data_counts_and_its_times_and_the_workers_do_not(data: Path) -> None:
    before = ingest_key(data, fingerprint="a time")
    (path,) = data.iterdir()
    os.utime(path, (1, 1))
    assert ingest_key(data, fingerprint="another time", workers=2) == before
    assert ingest_key(data, max_bad_fraction=0.5) != before
    path.write_bytes(b"One")
    os.utime(path, (1, 1))
    assert ingest_key(data) != before
