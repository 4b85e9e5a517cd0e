"""The tutorial's settings, read from the config file that users get."""

from pathlib import Path

import yaml

from trainer.settings.hyperparameters import Hyperparameters

_FILE = Path(__file__).parents[2] / "pipeline" / "configs" / "tutorial.yaml"


def tutorial(**changes: object) -> Hyperparameters:
    """Returns the tutorial's settings with the given changes."""
    settings = yaml.safe_load(_FILE.read_text(encoding="utf-8"))["trainer"]
    return Hyperparameters(**{**settings, **changes})
