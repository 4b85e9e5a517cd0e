"""The state of the stand-in for Kubeflow Pipelines, and its answers.

Names, checks and messages are those of backend/src/apiserver of kubeflow/pipelines.
"""

import itertools
import json
import re
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import yaml

Json = dict[str, Any]

# Creation time of the first object; each later object is a second newer.
_START = datetime(2024, 5, 1, 12, tzinfo=timezone.utc)
_NUMBER = ("a number", lambda value: isinstance(value, int | float) and value is not True)
_TYPES: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "NUMBER_INTEGER": _NUMBER,
    "NUMBER_DOUBLE": _NUMBER,
    "STRING": ("a string", lambda value: isinstance(value, str)),
    "BOOLEAN": ("a bool", lambda value: isinstance(value, bool)),
    "LIST": ("a list", lambda value: isinstance(value, list)),
    "STRUCT": ("a struct", lambda value: isinstance(value, dict)),
}


class Refusal(Exception):
    """An answer other than 200."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


class MemoryApi:
    """Keeps pipelines, versions, experiments, runs and schedules in memory.

    Attributes:
      pipelines, versions, experiments, runs, recurring_runs: by id, oldest first.
      multi_user: whether the cluster has namespaces.
    """

    def __init__(self) -> None:
        self.pipelines: dict[str, Json] = {}
        self.versions: dict[str, Json] = {}
        self.experiments: dict[str, Json] = {}
        self.runs: dict[str, Json] = {}
        self.recurring_runs: dict[str, Json] = {}
        self.multi_user = False
        self._clock = itertools.count()
        self._routes = [
            (re.compile(pattern), getattr(self, f"_{name}")) for pattern, name in _ROUTES
        ]

    def answer(self, call: Any) -> tuple[int, Json]:
        """Answers a call as the server does."""
        for pattern, route in self._routes:
            if found := pattern.fullmatch(str(call)):
                try:
                    return 200, route(call, *found.groups())
                except Refusal as refusal:
                    return refusal.status, self._words(call, refusal)
        return 404, {"code": 5, "message": "Not Found", "details": []}

    def _words(self, call: Any, refusal: Refusal) -> Json:
        # The upload handler is not behind the gateway of the other calls.
        if call.path.startswith("/pipelines/upload"):
            return {"error_message": refusal.message, "error_details": refusal.message}
        return {"code": 3, "message": refusal.message, "error": refusal.message, "details": []}

    def _healthz(self, call: Any) -> Json:
        return {"multi_user": self.multi_user}

    def _list(self, call: Any, kind: str) -> Json:
        field = {"recurringruns": "recurring_runs"}.get(kind, kind)
        rows = list(getattr(self, field).values())
        for key in ("experiment_id", "namespace"):
            if key in call.query and (key != "namespace" or self.multi_user):
                rows = [row for row in rows if row.get(key, "") == call.query[key]]
        # The only field of the protocol that is not in snake case.
        return _page(rows, {"recurring_runs": "recurringRuns"}.get(field, field), call.query)

    def _list_versions(self, call: Any, pipeline_id: str) -> Json:
        return _page(self._versions_of(pipeline_id), "pipeline_versions", call.query)

    def _get(self, call: Any, kind: str, key: str) -> Json:
        return self._find(kind, key)

    def _get_version(self, call: Any, pipeline_id: str, key: str) -> Json:
        return self._find("versions", key)

    def _named(self, call: Any, name: str) -> Json:
        for pipeline in self.pipelines.values():
            if pipeline["display_name"] == name:
                return pipeline
        raise Refusal(404, f"Pipeline {name} not found")

    def _delete(self, call: Any, kind: str, key: str) -> Json:
        self._find(kind, key)
        if kind == "pipelines" and (versions := self._versions_of(key)):
            raise Refusal(
                400,
                f"Failed to delete pipeline with id {key} as it has existing pipeline versions "
                f"(e.g. {versions[0]['pipeline_version_id']})",
            )
        self._store(kind).pop(key)
        return {}

    def _delete_version(self, call: Any, pipeline_id: str, key: str) -> Json:
        self._find("versions", key)
        self.versions.pop(key)
        return {}

    def _upload(self, call: Any) -> Json:
        name = call.query["name"]
        spec = _read_package(call.body)
        if any(pipeline["display_name"] == name for pipeline in self.pipelines.values()):
            raise Refusal(409, "Failed to create a pipeline and a pipeline version")
        pipeline = self._add("pipelines", "pipeline_id", display_name=name, name=name)
        if "namespace" in call.query:
            pipeline["namespace"] = call.query["namespace"]
        self._add_version(pipeline["pipeline_id"], name, spec)
        return pipeline

    def _upload_version(self, call: Any) -> Json:
        pipeline_id, name = call.query["pipelineid"], call.query["name"]
        self._find("pipelines", pipeline_id)
        spec = _read_package(call.body)
        if any(version["display_name"] == name for version in self._versions_of(pipeline_id)):
            raise Refusal(409, "Failed to create a pipeline version")
        return self._add_version(pipeline_id, name, spec)

    def _create_experiment(self, call: Any) -> Json:
        if any(
            row["display_name"] == call.body["display_name"] for row in self.experiments.values()
        ):
            raise Refusal(409, "Already exist error: The name is already in use")
        return self._add("experiments", "experiment_id", **call.body, storage_state="AVAILABLE")

    def _create_run(self, call: Any) -> Json:
        self._check_runnable(call.body)
        return self._add("runs", "run_id", state="PENDING", **call.body)

    def _create_schedule(self, call: Any) -> Json:
        self._check_runnable(call.body)
        status = {"ENABLE": "ENABLED"}.get(call.body.get("mode"), "DISABLED")
        return self._add("recurring_runs", "recurring_run_id", status=status, **call.body)

    def _terminate(self, call: Any, key: str) -> Json:
        self._find("runs", key)["state"] = "CANCELING"
        return {}

    def _switch(self, call: Any, key: str, verb: str) -> Json:
        schedule = self._find("recurringruns", key)
        schedule["status"], schedule["mode"] = f"{verb.upper()}D", verb.upper()
        return {}

    def _check_runnable(self, body: Json) -> None:
        if unknown := body.keys() - _REQUEST:
            raise Refusal(400, f"unknown field {sorted(unknown)[0]}")
        if unknown := body.get("runtime_config", {}).keys() - {"parameters", "pipeline_root"}:
            raise Refusal(400, f"unknown field {sorted(unknown)[0]}")
        self._find("experiments", body.get("experiment_id", ""))
        reference = body["pipeline_version_reference"]
        version = self._find("versions", reference["pipeline_version_id"])
        spec = version["pipeline_spec"].get("pipeline_spec", version["pipeline_spec"])
        known = spec["root"].get("inputDefinitions", {}).get("parameters", {})
        given = body.get("runtime_config", {}).get("parameters", {})
        for name, definition in known.items():
            expected, fits = _TYPES[definition["parameterType"]]
            if name in given and not fits(given[name]):
                raise Refusal(400, f"input parameter {name} requires {expected}")
            if name not in given and not {"defaultValue", "isOptional"} & set(definition):
                raise Refusal(400, f"parameter {name} is not optional, yet has no value")
        if extra := sorted(set(given) - set(known)):
            raise Refusal(
                400, f"parameter(s) provided are not required by pipeline: {', '.join(extra)}"
            )

    def _add_version(self, pipeline_id: str, name: str, spec: Json) -> Json:
        fields = {"pipeline_id": pipeline_id, "display_name": name, "pipeline_spec": spec}
        return self._add("versions", "pipeline_version_id", **fields)

    def _add(self, kind: str, id_field: str, **fields: Any) -> Json:
        moment = _START + timedelta(seconds=next(self._clock))
        row = {id_field: str(uuid.uuid4()), "created_at": moment.isoformat(), **fields}
        self._store(kind)[row[id_field]] = row
        return row

    def _store(self, kind: str) -> dict[str, Json]:
        return getattr(self, {"recurringruns": "recurring_runs"}.get(kind, kind))

    def _find(self, kind: str, key: str) -> Json:
        if key not in self._store(kind):
            raise Refusal(404, f"{kind} {key} not found")
        return self._store(kind)[key]

    def _versions_of(self, pipeline_id: str) -> list[Json]:
        return [row for row in self.versions.values() if row["pipeline_id"] == pipeline_id]


# Fields that a request for a run or a recurring run may contain.
_REQUEST = {
    *("display_name", "description", "experiment_id", "pipeline_version_reference"),
    *("runtime_config", "service_account", "pipeline_spec"),
    *("trigger", "mode", "max_concurrency", "no_catchup", "namespace"),
}
_ID = r"([^/:]+)"
_ROUTES = [
    (r"GET /healthz", "healthz"),
    (r"GET /(pipelines|experiments|runs|recurringruns)", "list"),
    (rf"GET /pipelines/names/{_ID}", "named"),
    (r"POST /pipelines/upload", "upload"),
    (r"POST /pipelines/upload_version", "upload_version"),
    (rf"GET /pipelines/{_ID}/versions", "list_versions"),
    (rf"GET /pipelines/{_ID}/versions/{_ID}", "get_version"),
    (rf"DELETE /pipelines/{_ID}/versions/{_ID}", "delete_version"),
    (r"POST /experiments", "create_experiment"),
    (r"POST /runs", "create_run"),
    (r"POST /recurringruns", "create_schedule"),
    (rf"POST /runs/{_ID}:terminate", "terminate"),
    (rf"POST /recurringruns/{_ID}:(enable|disable)", "switch"),
    (rf"GET /(pipelines|experiments|runs|recurringruns)/{_ID}", "get"),
    (rf"DELETE /(pipelines|experiments|runs|recurringruns)/{_ID}", "delete"),
]


def _page(rows: list[Json], field: str, query: dict[str, str]) -> Json:
    """Filters, sorts and pages a list; the server omits an empty list from its answer."""
    for predicate in json.loads(query.get("filter") or "{}").get("predicates", []):
        if predicate["operation"] not in (1, "EQUALS"):
            raise Refusal(400, f"operation {predicate['operation']} is not stood in for")
        key, value = predicate["key"], predicate.get("stringValue", predicate.get("string_value"))
        rows = [row for row in rows if row.get(key) == value]
    if sort_by := query.get("sort_by"):
        key, _, order = sort_by.partition(" ")
        rows = sorted(rows, key=lambda row: row[key], reverse=order == "desc")
    begin, size = int(query.get("page_token") or 0), int(query.get("page_size") or 20)
    answer: Json = {"total_size": len(rows)}
    if rows[begin : begin + size]:
        answer[field] = rows[begin : begin + size]
    if begin + size < len(rows):
        answer["next_page_token"] = str(begin + size)
    return answer


def _read_package(text: str) -> Json:
    """Returns the specs that the server stores of a package: pipeline and platform."""
    try:
        documents = [document for document in yaml.safe_load_all(text) if document]
    except yaml.YAMLError:
        raise Refusal(400, "unable to decode yaml document") from None
    specs = [one for one in documents if isinstance(one, dict) and "pipelineInfo" in one]
    if len(specs) != 1:
        raise Refusal(400, "no pipeline spec is provided")
    if specs[0].get("schemaVersion") != "2.1.0":
        raise Refusal(
            400,
            "KFP only supports schema version 2.1.0, but the pipeline spec has version "
            f"{specs[0].get('schemaVersion')}",
        )
    if "root" not in specs[0]:
        raise Refusal(400, "invalid v2 pipeline spec: root component is empty")
    platforms = [one for one in documents if isinstance(one, dict) and "platforms" in one]
    if platforms:
        return {"pipeline_spec": specs[0], "platform_spec": platforms[0]}
    return specs[0]
