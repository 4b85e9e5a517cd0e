"""The settings of a pipeline, all checked before anything runs."""

import datetime
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import Field, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from components.data_gate.checks.settings import GateSettings
from components.errors import InputError
from components.fairness.settings import FairnessSettings
from components.ingest.settings import IngestSettings
from components.ingest.sources import span_paths
from components.storage.credentials import ADVICE, find_credentials
from pipeline.layout import NO_WILDCARDS, has_wildcards
from pipeline.settings.beam import BeamSettings
from pipeline.settings.errors import CREDENTIALS, explain_mistake, explain_override, explain_yaml
from pipeline.settings.kubeflow import KubeflowSettings
from pipeline.settings.metadata import SQLITE, parse_metadata
from pipeline.settings.notify import NotifySettings
from pipeline.settings.prediction import PredictionSettings
from pipeline.settings.retrain import RetrainSettings
from pipeline.settings.serving import ServingSettings
from pipeline.settings.thresholds import Thresholds
from pipeline.settings.yaml_text import parse_yaml, read_yaml
from trainer.features import IMAGE_SIZE
from trainer.settings.base import Settings, absolute_path
from trainer.settings.hyperparameters import LATEST, Hyperparameters

CONFIG_VARIABLE = "UTKFACE_CONFIG"
_STORE = re.compile(r"(s3|minio)://[^/?#\s]+(/[^?#\s]*)?")


class ConfigError(InputError):
    """Invalid settings; the message has one line per mistake."""


class Splits(Settings):
    """Relative sizes of the splits: a file falls into one of `train + eval + test` hash buckets.

    Attributes:
      train: buckets of the train split.
      eval: buckets of the eval split, which chooses the epoch that is kept.
      test: buckets of the test split, which measures the model.
    """

    train: int = Field(default=70, ge=1)
    eval: int = Field(default=10, ge=1)
    test: int = Field(default=20, ge=1)


class PipelineConfig(Settings):
    """All settings of a run.

    Attributes:
      pipeline_name: name of the pipeline in the metadata store. Lowercase letters, digits and
        hyphens.
      data: folders, globs and archives of images. One path or a list of paths. With `{SPAN}`, a
        date `{YYYY}-{MM}-{DD}` or a month `{YYYY}-{MM}` in every path, a run takes one of several
        spans.
      span: span to take: its number, date or month. `null` takes the newest span that every path
        has.
      window: number of spans to train and evaluate on. Above 1, the run adds the highest-numbered
        spans that the data gate accepted before.
      root: folder that all runs of the pipeline share. It must be local, because it holds the
        metadata store, an SQLite file.
      metadata: where ML Metadata records the runs of one machine. `sqlite` is a file in the root. A
        server is `mysql://USER@HOST:PORT/DATABASE` (also for MariaDB) or
        `postgresql://USER@HOST:PORT/DATABASE`. The password comes from the environment variable
        `UTKFACE_METADATA_PASSWORD`, or from the file that `UTKFACE_METADATA_PASSWORD_FILE` names.
      artifacts: folder on an object store for artifacts, history, checkpoints and pushed models. An
        `s3://` or `minio://` URI. `null` puts them into the root.
      schema_file: schema that the data gate checks the data against.
      gate: when the data gate warns, and when it stops the run.
      splits: how files are divided.
      ingest: which files become examples.
      image_size: height and width of the model's input, in pixels. Transform resizes to this size;
        training, serving and export follow.
      trainer: model, loss, optimizer and augmentation.
      thresholds: quality that a model needs on the whole test split.
      fairness: quality that a model needs on slices of the test split.
      serving: how many pushed models are kept.
      prediction: when `utkface predict` reports a prediction as unsure.
      retrain: when `utkface retrain` takes a span.
      cache: reuse results of earlier runs whose data, settings and code are the same. See
        docs/training.md. Runs on Kubeflow and Vertex AI compute every step.
      notify: webhook that is called when a run ends.
      threads: the most CPU cores that a run on one machine uses at a time, for TensorFlow, Beam and
        decoding. `null` uses all.
      beam: where Beam steps run.
      beam_pipeline_args: pipeline options of Apache Beam that replace those of `beam`.
      kubeflow: settings of a cluster. Runs on one machine ignore them.
    """

    pipeline_name: str = Field(default="utkface", pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")
    data: tuple[str, ...]
    span: int | None = Field(default=None, ge=0)
    window: int = Field(default=1, ge=1)
    root: str = Field(default="utkface-root", min_length=1)
    metadata: str = Field(default=SQLITE, repr=False)  # hidden: it may hold a password by mistake
    artifacts: str | None = None
    schema_file: str = str(Path(__file__).parents[2] / "schema" / "schema.pbtxt")
    gate: GateSettings = GateSettings()
    splits: Splits = Splits()
    ingest: IngestSettings = IngestSettings()
    image_size: int = Field(default=IMAGE_SIZE, ge=32, le=512)
    trainer: Hyperparameters = Hyperparameters()
    thresholds: Thresholds = Thresholds()
    fairness: FairnessSettings = FairnessSettings()
    serving: ServingSettings = ServingSettings()
    prediction: PredictionSettings = PredictionSettings()
    retrain: RetrainSettings = RetrainSettings()
    cache: bool = True
    notify: NotifySettings = NotifySettings()
    threads: int | None = Field(default=None, ge=1)
    beam: BeamSettings = BeamSettings()
    beam_pipeline_args: tuple[str, ...] = ()
    kubeflow: KubeflowSettings = KubeflowSettings()

    def beam_arguments(self) -> list[str]:
        """Returns the pipeline options of Beam."""
        return list(self.beam_pipeline_args) or self.beam.arguments()

    def warm_started(self) -> "PipelineConfig":
        """Returns settings that start from the last blessed model, unless these name another."""
        if "warm_start" in self.trainer.model_fields_set:
            return self
        trainer = self.trainer.model_copy(update={"warm_start": LATEST})
        return self.model_copy(update={"trainer": trainer})

    @model_validator(mode="before")
    @classmethod
    def _check_credentials(cls, settings: dict[str, Any]) -> dict[str, Any]:
        """Refuses passwords in addresses before any other check could quote them."""
        # These two have checks of their own.
        others = {name: settings[name] for name in settings if name not in ("metadata", "notify")}
        for name in find_credentials(others):
            raise PydanticCustomError(
                CREDENTIALS, "{name}: {advice}", {"name": name, "advice": ADVICE}
            )
        return settings

    @field_validator("data", mode="before")
    @classmethod
    def _make_list(cls, data: Any) -> Any:
        return [data] if isinstance(data, str) else data

    @field_validator("data")
    @classmethod
    def _check_data(cls, data: tuple[str, ...]) -> tuple[str, ...]:
        if not data:
            raise ValueError("expected at least one path")
        for path in data:
            if not path or len(path.splitlines()) > 1:
                raise ValueError("expected a path of one line")
            if span_paths.has_spans(path):
                span_paths.check_placeholders(path)
        if len(set(map(span_paths.unit_of, data))) > 1:
            raise ValueError(
                "expected {SPAN} in each path, or a date in each, or a month in each, or none"
            )
        return tuple(map(absolute_path, data))

    @field_validator("span", mode="before")
    @classmethod
    def _make_number(cls, span: Any, others: ValidationInfo) -> Any:
        data = others.data.get("data", ("",))[0]
        if span is None or not data:
            return span
        if not span_paths.has_spans(data):
            raise ValueError(f"expected {{SPAN}} or a date in the data path, {data}")
        unit = span_paths.unit_of(data)
        if unit is span_paths.Unit.MONTH and isinstance(span, str | datetime.date):
            number = span_paths.read_month(str(span)[: len("2026-11")])
            if number is None:
                raise ValueError("expected a month such as 2026-11")
            return number
        if type(span) is datetime.date:
            if unit is not span_paths.Unit.DAY:
                raise ValueError("expected a number, because the data path has no date")
            return span_paths.number_of(span)
        return span

    @field_validator("root")
    @classmethod
    def _check_root(cls, root: str) -> str:
        if "://" in root:
            raise ValueError(
                "expected a local folder: it holds the metadata store, an SQLite file. To put "
                "artifacts, history and pushed models on an object store, set artifacts"
            )
        if has_wildcards(absolute_path(root)):
            raise ValueError(NO_WILDCARDS)
        return root

    @field_validator("metadata")
    @classmethod
    def _check_metadata(cls, metadata: str) -> str:
        parse_metadata(metadata)
        return metadata

    @field_validator("artifacts")
    @classmethod
    def _check_artifacts(cls, uri: str | None) -> str | None:
        if uri is not None and (not _STORE.fullmatch(uri) or has_wildcards(uri)):
            raise ValueError("expected s3://BUCKET/FOLDER or minio://BUCKET/FOLDER")
        return uri and uri.rstrip("/")

    @field_validator("root", "schema_file")
    @classmethod
    def _make_absolute(cls, path: str) -> str:
        if len(path.splitlines()) > 1:
            raise ValueError("expected a path of one line")
        return absolute_path(path)

    def to_yaml(self) -> str:
        return yaml.safe_dump(self.model_dump(mode="json"), sort_keys=False)


def load_config(
    path: str | None = None, *, overrides: Sequence[str] = (), **values: Any
) -> PipelineConfig:
    """Combines the settings of a file, `key=value` overrides and keywords; the latter win.

    Args:
      path: a YAML file with fields of PipelineConfig.
      overrides: e.g. `trainer.epochs=3`; values are read as YAML.
      **values: fields of PipelineConfig; None is ignored.

    Raises:
      ConfigError: if the file cannot be read, a key is unknown, or a value has the
        wrong type or is out of range; one line per mistake.
    """
    try:
        document = read_settings(path) if path else {}
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from None
    for override in overrides:
        _apply_override(document, override)
    document.update({key: value for key, value in values.items() if value is not None})
    try:
        return PipelineConfig.model_validate(document)
    except ValidationError as error:
        lines = [explain_mistake(mistake, PipelineConfig) for mistake in error.errors()]
        raise ConfigError("\n".join(lines)) from None


def load_config_of_environment() -> PipelineConfig:
    """Reads the settings that UTKFACE_CONFIG names: `tfx` passes no arguments to a runner file.

    Raises:
      ConfigError: if the variable is not set, or load_config raises it.
    """
    path = os.environ.get(CONFIG_VARIABLE)
    if not path:
        raise ConfigError(f"Expected {CONFIG_VARIABLE} to name a YAML file; it is not set.")
    return load_config(path)


def read_settings(path: str) -> dict[str, Any]:
    """Reads a YAML file with settings, without checking them.

    Raises:
      ConfigError: if the file cannot be read, or is not a YAML mapping; the message omits the path.
    """
    try:
        document = read_yaml(path)
    except OSError as error:
        raise ConfigError(f"expected a YAML file; {error.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"expected YAML; {explain_yaml(error)}") from None
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise ConfigError(f"expected settings by name; found a {type(document).__name__}")
    return document


def _apply_override(document: dict[str, Any], override: str) -> None:
    dotted, equals, text = override.partition("=")
    *parents, key = dotted.split(".")
    if not equals or not all((*parents, key)):
        raise _override_error(override, "expected key=value, such as trainer.epochs=3")
    for parent in parents:
        document = document.setdefault(parent, {})
        if not isinstance(document, dict):
            raise _override_error(override, f"{parent} is a value and has no {key}")
    try:
        document[key] = parse_yaml(text)
    except yaml.YAMLError as error:
        raise _override_error(override, f"expected a YAML value; {explain_yaml(error)}") from None


def _override_error(override: str, problem: str) -> ConfigError:
    return ConfigError(explain_override(override, problem, PipelineConfig))
