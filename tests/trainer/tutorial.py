"""The tutorial's settings, from the file that users have."""

from pathlib import Path

import yaml

from trainer.settings.hyperparameters import Hyperparameters

_FILE = Path(__file__).parents[2] / "pipeline" / "configs" / "tutorial.yaml"


def tutorial(**changes: object) -> Hyperparameters:
    """Returns the settings with some of them changed."""
    settings = yaml.safe_load(_FILE.read_text(encoding="utf-8"))["trainer"]
    return Hyperparameters(**{**settings, **changes})
