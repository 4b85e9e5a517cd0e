"""Trains, queries and exports a model with one more task of each kind, in its own process.

    python more_tasks.py FOLDER

The tasks are declared before any other module reads them, as if in trainer/tasks.py.
"""

import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace

TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(TESTS / "pipeline" / "tools" / "exporting"), str(TESTS / "e2e")]

from trainer import tasks  # noqa: E402
from trainer.tasks import Kind, Task  # noqa: E402

tasks.TASKS += (
    Task(
        name="glasses",
        kind=Kind.MULTICLASS,
        classes=("none", "clear", "dark"),
    ),
    Task(name="hat", kind=Kind.BINARY, classes=("none", "hat")),
    Task(
        name="height",
        kind=Kind.REGRESSION,
        unit="cm",
        minimum=50,
        maximum=210,
        loss="label_distribution",
        loss_weight=None,
    ),
)
tasks.CLASSES |= {task.label_key: task.classes for task in tasks.TASKS if task.classes}


def main(folder: Path) -> dict[str, object]:
    import conftest
    import numpy as np
    import tensorflow as tf
    import train_small
    from click.testing import CliRunner
    from PIL import Image
    from tfx.components.trainer.fn_args_utils import FnArgs

    from pipeline.cli import main as cli
    from pipeline.root import served_versions
    from pipeline.tools.exporting.export import convert
    from pipeline.tools.prediction import prediction
    from trainer import features, models, run_fn
    from trainer.image_format import ImageFormat
    from trainer.settings.hyperparameters import Hyperparameters

    found: dict[str, object] = {}
    settings = Hyperparameters()
    found["settings"] = {
        name: getattr(settings, name)
        for name in Hyperparameters.model_fields
        if name.startswith(("glasses", "hat", "height"))
    }
    found["widths"] = {
        name: {
            output: tensor.shape[-1]
            for output, tensor in models.build(
                Hyperparameters(architecture=name), ImageFormat(32)
            ).output.items()
        }
        for name in models.ARCHITECTURES
    }

    random = np.random.default_rng(0)
    labels = [(20, 0, 1, 2, 1, 180), (60, 1, 4, 0, 0, 160)]
    for split in ("train", "eval"):
        (folder / split).mkdir()
        with tf.io.TFRecordWriter(str(folder / split / "part-0.gz"), "GZIP") as writer:
            for number in range(8):
                pixels = random.integers(0, 256, (32, 32, 3), np.uint8)
                writer.write(train_small.encode(pixels, *labels[number % 2]))
    spec = train_small.transform_output("").transformed_feature_spec()
    run_fn.tft.TFTransformOutput = lambda path: SimpleNamespace(
        transformed_feature_spec=lambda: spec, transform_features_layer=conftest._Transform
    )
    serving = folder / "root" / "serving" / "1"
    run_fn.run_fn(
        FnArgs(
            train_files=[str(folder / "train" / "*")],
            eval_files=[str(folder / "eval" / "*")],
            transform_graph_path="graph",
            custom_config={
                **{"epochs": 2, "batch_size": 4, "loss_weighting": "uncertainty"},
                **{"rebalance": "weights", "mixing": "mixup", "architecture": "shared"},
            },
            serving_model_dir=str(serving),
            model_run_dir=str(folder / "model_run"),
        )
    )
    history = json.loads((folder / "model_run" / "history.json").read_text())
    found["measured"] = sorted(name for name in history["epochs"][0] if name.startswith("val_"))
    found["curves"] = (folder / "model_run" / "training_curves.svg").stat().st_size

    file = io.BytesIO()
    Image.fromarray(random.integers(0, 256, (32, 32, 3), np.uint8)).save(file, "PNG")
    (folder / "face.png").write_bytes(file.getvalue())
    served_versions.find_damage = lambda _: ""
    assert prediction.TASKS is tasks.TASKS and len(features.LABEL_KEYS) == 6
    for form in ("--json", "--csv", ""):
        command = ["predict", str(folder / "face.png"), "--root", str(folder / "root"), form]
        result = CliRunner().invoke(cli, [*filter(None, command)], env={"COLUMNS": "200"})
        assert result.exit_code == 0, result.output
        found[f"predict {form}".strip()] = result.stdout
    found["help"] = CliRunner().invoke(cli, ["predict", "--help"]).output
    written = convert(str(serving), "tflite", str(folder / "model.tflite"))
    found["exported"] = written.differences
    return found


if __name__ == "__main__":
    (Path(sys.argv[1]) / "found.json").write_text(json.dumps(main(Path(sys.argv[1]))))
