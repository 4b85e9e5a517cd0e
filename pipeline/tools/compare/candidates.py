"""The candidates of a comparison, which are named settings, and the seeds."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import ValidationError

from pipeline.settings.config import ConfigError, PipelineConfig, load_config, read_settings
from trainer.settings.hyperparameters import FROM_SCRATCH, Hyperparameters

ARCHITECTURES: tuple[str, ...] = get_args(Hyperparameters.model_fields["architecture"].annotation)
_SECTION = "trainer"
# The name becomes part of a folder name.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_EXAMPLE = "such as 1,2,3"


@dataclass(frozen=True)
class Candidate:
    """A row of the comparison.

    Attributes:
      name: an architecture, or the name of the file without its suffix.
      settings: the settings of the training; their seed is ignored.
    """

    name: str
    settings: Hyperparameters

    def with_seed(self, seed: int) -> Hyperparameters:
        return self.settings.model_copy(update={"seed": seed})


def load_candidates(configs: Sequence[str], overrides: Sequence[str] = ()) -> list[Candidate]:
    """Reads and checks all settings.

    Args:
      configs: names of architectures, or paths of YAML files with fields of Hyperparameters,
        alone or in a section `trainer`, as in the settings of a pipeline.
      overrides: overrides for every config, e.g. `trainer.epochs=3`.

    Raises:
      ConfigError: if a config or an override is invalid; one line per mistake.
    """
    lines = list(_check_overrides(overrides))
    candidates = []
    for config in configs:
        try:
            candidates.append(_load(config, () if lines else overrides))
        except ConfigError as error:
            lines += [f"{config}: {line}" for line in str(error).splitlines()]
    counts = Counter(candidate.name for candidate in candidates)
    lines += [
        f"{name}: expected a name of its own for each config; found it {count} times"
        for name, count in counts.items()
        if count > 1
    ]
    if lines:
        raise ConfigError("\n".join(lines))
    return candidates


def parse_seeds(text: str) -> tuple[int, ...]:
    """Reads seeds, e.g. "1,2,3".

    Raises:
      ConfigError: if a seed is invalid or repeated.
    """
    seeds = []
    for part in text.split(","):
        try:
            seeds.append(Hyperparameters(seed=part.strip()).seed)
        except ValidationError as error:
            problem = error.errors()[0]["msg"]
            raise ConfigError(f"--seeds {text}: {problem}; found {part!r}, {_EXAMPLE}") from None
    if len(set(seeds)) < len(seeds):
        raise ConfigError(f"--seeds {text}: expected each seed once, {_EXAMPLE}")
    return tuple(seeds)


def _check_overrides(overrides: Sequence[str]) -> Iterator[str]:
    for override in overrides:
        section, _, key = override.partition("=")[0].partition(".")
        if section != _SECTION or not key or "=" not in override:
            yield f"--set {override}: expected {_SECTION}.KEY=VALUE, such as {_SECTION}.epochs=3"
        elif key == "architecture":
            yield f"--set {override}: expected architectures as CONFIG arguments, one row each"
        elif key == "seed":
            yield f"--set {override}: expected the seeds in --seeds, {_EXAMPLE}"


def _load(config: str, overrides: Sequence[str]) -> Candidate:
    if config in ARCHITECTURES:
        name, fields = config, {"architecture": config}
    else:
        name, fields = Path(config).stem, _read(config)
    if not _NAME.fullmatch(name):
        raise ConfigError(
            "expected a file whose name is up to 64 letters, digits, `_`, `-` and `.`; "
            f"found {name!r}"
        )
    if "seed" in fields:
        raise ConfigError(f"seed: expected no seed in a config; set seeds with --seeds, {_EXAMPLE}")
    # The file is the first override, so that the user's overrides have priority.
    section = f"{_SECTION}={yaml.safe_dump(fields, default_flow_style=True)}"
    try:
        settings = load_config(overrides=[section, *overrides], data="unused").trainer
    except ConfigError as error:
        lines = [line.removeprefix(f"{_SECTION}.") for line in str(error).splitlines()]
        raise ConfigError("\n".join(lines)) from None
    if settings.warm_start != FROM_SCRATCH:
        raise ConfigError(
            f"warm_start: expected {FROM_SCRATCH}, so that all trainings start alike; "
            f"found {settings.warm_start!r}"
        )
    return Candidate(name, settings)


def _read(path: str) -> dict[str, Any]:
    if not Path(path).is_file():
        raise ConfigError(
            f"expected {', '.join(ARCHITECTURES)}, or a YAML file with fields of trainer; "
            "there is no such file"
        )
    document = read_settings(path)
    if _SECTION not in document:
        return document
    unknown = [name for name in document if name not in PipelineConfig.model_fields]
    if unknown:
        raise ConfigError("\n".join(f"{name}: there is no such setting" for name in unknown))
    section = document[_SECTION] or {}
    if not isinstance(section, dict):
        raise ConfigError(f"{_SECTION}: expected settings by name; found {section!r}")
    return section
