"""Extends TFX's cache key by all that TFX leaves out: code, files, data and contents of inputs."""

import copy
import functools
import hashlib
import json
import platform
from collections.abc import Callable, Mapping, Sequence
from importlib import metadata
from typing import Any

from google.protobuf.message import Message
from ml_metadata.proto import metadata_store_pb2
from tfx import types
from tfx.components.example_gen import utils
from tfx.proto import example_gen_pb2
from tfx.types import standard_component_specs as specs
from tfx.utils import proto_utils

from components.ingest.plan import PLAN_PROPERTY, IngestPlan
from components.user import user_name
from components.utkface_example_gen import spans
from pipeline.engines.local.caching.content import digest_data, digest_named_files
from pipeline.engines.local.caching.own_code import OwnCode, names_in
from pipeline.engines.local.caching.seals import CONTENT

_KEY = "utkface_key"
# Modules that read something from the environment, and what they read.
_ENVIRONMENT: dict[str, Callable[[], Any]] = {"components.user": user_name}
# What identifies an artifact in a store, but not its content.
_IDENTITY = (
    *("id", "uri", "name", "external_id"),
    *("create_time_since_epoch", "last_update_time_since_epoch"),
)


class CacheKeys:
    """The cache keys of the components of a run."""

    def __init__(self, stock: Callable[..., metadata_store_pb2.Context]) -> None:
        """Creates the keys.

        Args:
          stock: tfx.orchestration.portable.cache_utils.get_cache_context.
        """
        self._code = OwnCode()
        self._stock = stock

    def get_cache_context(
        self,
        *,
        executor_spec: Message | None = None,
        input_artifacts: Mapping[str, Sequence[types.Artifact]] | None = None,
        output_artifacts: Mapping[str, Sequence[types.Artifact]] | None = None,
        parameters: Mapping[str, Any] | None = None,
        **others: Any,
    ) -> metadata_store_pb2.Context:
        """Returns the context of a key; the arguments are those of TFX's function of this name.

        An input counts by its content, not by its number: a component whose inputs were made
        again, and are the same, need not run again. Beam's options and the number of workers do not
        count, because they change no result.
        """
        properties = dict(parameters or {})
        # TFX's own digest of the data is made of times and sizes.
        properties.pop(utils.FINGERPRINT_PROPERTY_NAME, None)
        properties[_KEY] = self._key(executor_spec, properties)
        if PLAN_PROPERTY in properties:
            properties[PLAN_PROPERTY] = _without_workers(properties[PLAN_PROPERTY])
        return self._stock(
            executor_spec=_without_beam(executor_spec),
            input_artifacts=_map(_by_content, input_artifacts),
            output_artifacts=_map(_without_fingerprint, output_artifacts),
            parameters=properties,
            **others,
        )

    def _key(self, executor_spec: Message | None, properties: Mapping[str, Any]) -> str:
        names = [*names_in(str(executor_spec)), *names_in(str(properties))]
        modules = self._code.reach(names)
        key = {
            "code": self._code.digest(modules),
            "versions": installed_versions(),
            "files": digest_named_files(properties),
            "environment": {name: _ENVIRONMENT[name]() for name in modules & {*_ENVIRONMENT}},
        }
        if PLAN_PROPERTY in properties:
            key["data"] = _digest_data_of(properties)
        return hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()


@functools.cache
def installed_versions() -> str:
    """Returns the SHA-256 of the versions of Python and of all installed distributions."""
    found = {f"{each.name}=={each.version}" for each in metadata.distributions()}
    text = "\n".join([platform.python_version(), *sorted(found)])
    return hashlib.sha256(text.encode()).hexdigest()


def _digest_data_of(properties: Mapping[str, Any]) -> str:
    config = example_gen_pb2.Input()
    proto_utils.json_to_proto(properties[specs.INPUT_CONFIG_KEY], config)
    plan = IngestPlan.from_json(properties[PLAN_PROPERTY])
    sources = spans.sources_of(properties[specs.INPUT_BASE_KEY], config)
    return digest_data(sources, follow_links=plan.settings.follow_links)


def _without_workers(plan: str) -> str:
    document = json.loads(plan)
    del document["settings"]["workers"]
    return json.dumps(document, sort_keys=True)


def _without_beam(executor_spec: Message | None) -> Message | None:
    """Returns the specification of a component that runs in this process, without Beam's options.

    The class of a Beam component is then all that is left.
    """
    return getattr(executor_spec, "python_executor_spec", executor_spec)


def _by_content(artifact: types.Artifact) -> types.Artifact:
    if not artifact.get_string_custom_property(CONTENT):
        return artifact
    stand_in = _without_fingerprint(artifact)
    for field in _IDENTITY:
        stand_in.mlmd_artifact.ClearField(field)
    return stand_in


def _without_fingerprint(artifact: types.Artifact) -> types.Artifact:
    stand_in = copy.deepcopy(artifact)
    stand_in.mlmd_artifact.custom_properties.pop(utils.FINGERPRINT_PROPERTY_NAME, None)
    return stand_in


def _map(
    function: Callable[[types.Artifact], types.Artifact],
    artifacts: Mapping[str, Sequence[types.Artifact]] | None,
) -> dict[str, list[types.Artifact]]:
    return {key: [*map(function, each)] for key, each in (artifacts or {}).items()}
