"""What the README says of the settings is true."""

import re
from pathlib import Path

import pytest
import yaml

from pipeline.settings.config import PipelineConfig, load_config
from trainer.settings.augmentation import AugmentationSettings
from trainer.settings.hyperparameters import Hyperparameters

# Relative in the README.
PATHS = {"schema_file": True, "ingest": {"corrections_file", "takedowns_file"}}
README = Path(__file__).parents[1] / "README.md"


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    (block,) = re.findall(r"```yaml\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    path = tmp_path / "settings.yaml"
    path.write_text(block, encoding="utf-8")
    return path


def test_the_readme_lists_every_setting(settings: Path) -> None:
    document = yaml.safe_load(settings.read_text(encoding="utf-8"))
    assert document.keys() == PipelineConfig.model_fields.keys()
    assert document["trainer"].keys() == Hyperparameters.model_fields.keys()
    augmentation = document["trainer"]["augmentation"]
    assert augmentation.keys() == AugmentationSettings.model_fields.keys()


def test_the_readme_gives_the_defaults(settings: Path) -> None:
    told = load_config(str(settings)).model_dump(exclude=PATHS)
    default = load_config(data="crop_part1.tar.gz").model_dump(exclude=PATHS)
    assert told == default


def test_every_link_of_the_readme_leads_somewhere() -> None:
    links = re.findall(r"\]\((?!http)([^)#]+)\)", README.read_text(encoding="utf-8"))
    assert links
    assert [link for link in links if not (README.parent / link).exists()] == []
