"""An unusable network or weights file stops a run before its first component."""

import pytest

from pipeline.engines.local import runner as local_runner
from pipeline.settings.config import load_config
from trainer.settings.pretrained import PretrainedError


@pytest.mark.parametrize(
    ("override", "message"),
    [
        (
            "trainer.pretrained.weights=/none/w.h5",
            r"^/none/w\.h5: expected a file with the weights",
        ),
        ("trainer.pretrained.application=Xception", r"image_size that Xception takes\. Found 64"),
    ],
)
def test_a_run_stops_before_its_pipeline_is_built(monkeypatch, tmp_path, override, message) -> None:
    monkeypatch.setattr(local_runner, "create_pipeline", None)
    settings = ["trainer.architecture=pretrained", "image_size=64", override]
    config = load_config(data="/faces", root=str(tmp_path / "root"), overrides=settings)
    with pytest.raises(PretrainedError, match=message):
        local_runner.run_locally(config)
    assert not (tmp_path / "root").exists()
