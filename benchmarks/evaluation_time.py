"""Compares the time of predictions, evaluation and fairness report with plain TFMA.

    utkface run --data crop_part1.tar.gz
    python benchmarks/evaluation_time.py --root utkface-root --repeat 3

Plain TFMA runs the model and computes the pipeline's metrics on fewer slices: all examples, and
each group of one attribute. A run uses BulkInferrer, the Evaluator on its predictions with all
slices, then FairnessReport with its resamples and its page. Both are measured without a blessed
model and with a model blessed last, which is the baseline of plain TFMA. They alternate in one
process, on the test split of the newest run of the root. Prints a Markdown table of CPU seconds and
their ratios.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any


def newest(root: Path, output: str) -> str:
    """Returns the newest artifact of an output such as `Trainer/model`."""
    found = sorted((root / "artifacts" / output).iterdir(), key=lambda path: int(path.name))
    return str(found[-1])


def make_analysis(root: Path, folder: str, *, plain: bool, two: bool) -> Callable[[], None]:
    """Returns a function that runs TFMA: as the Evaluator does, or plainly on one or two models."""
    # tfx.components first: imported alone, some releases of TFMA lack EvalConfig.
    import tfx.components  # noqa: F401

    # isort: split
    import tensorflow_model_analysis as tfma

    from pipeline.eval_config import make_eval_config
    from pipeline.settings.thresholds import Thresholds
    from trainer.signatures import SERVING_DEFAULT

    config = make_eval_config(Thresholds())
    examples = newest(root, "BulkInferrer/output_examples")
    names = [""]
    if plain:
        examples = newest(root, "UtkFaceExampleGen/examples")
        single = [one for one in config.slicing_specs if len(one.feature_keys) < 2]
        del config.slicing_specs[:]
        config.slicing_specs.extend(single)
        (spec,) = config.model_specs
        spec.model_type = ""
        spec.ClearField("prediction_keys")
        spec.signature_name = SERVING_DEFAULT
    if two:
        names = [tfma.CANDIDATE_KEY, tfma.BASELINE_KEY]
        config.model_specs.add().CopyFrom(spec)
        for spec, name in zip(config.model_specs, names, strict=True):
            spec.name, spec.is_baseline = name, name == tfma.BASELINE_KEY
    path = f"{newest(root, 'Trainer/model')}/Format-Serving"
    models = [
        tfma.default_eval_shared_model(path, eval_config=config, model_name=name) for name in names
    ]

    def analyse() -> None:
        tfma.run_model_analysis(
            eval_shared_model=models if two else models[0],
            eval_config=config,
            data_location=f"{examples}/Split-test/*",
            output_path=folder,
        )

    return analyse


def make_predictions(root: Path, folder: str) -> Callable[[], None]:
    """Returns a function that runs BulkInferrer."""
    from tfx.components.bulk_inferrer.executor import Executor
    from tfx.types import standard_artifacts as types
    from tfx.types.channel import Channel

    from pipeline.bulk_inferrer import make_bulk_inferrer
    from pipeline.settings.config import load_config

    component = make_bulk_inferrer(Channel(type=types.Examples), Channel(type=types.Model))
    inputs = {"examples": examples_of(root, "UtkFaceExampleGen/examples"), "model": types.Model()}
    inputs["model"].uri = newest(root, "Trainer/model")
    output = types.Examples()
    output.uri = f"{folder}/predictions"
    context = Executor.Context(
        beam_pipeline_args=load_config(data="none").beam_arguments(),
        tmp_dir=f"{folder}/tmp",
        unique_id="1",
    )

    def predict() -> None:
        Executor(context).Do(
            {name: [artifact] for name, artifact in inputs.items()},
            {"output_examples": [output]},
            component.exec_properties,
        )

    return predict


def examples_of(root: Path, output: str) -> Any:
    """Returns the newest examples of an output."""
    from tfx.types import standard_artifacts as types

    examples = types.Examples()
    examples.uri = newest(root, output)
    splits = sorted(path.name.removeprefix("Split-") for path in Path(examples.uri).iterdir())
    examples.split_names = json.dumps(splits)
    return examples


def make_report(root: Path, folder: str, *, with_one_before: bool) -> Callable[[], None]:
    """Returns a function that runs FairnessReport."""
    from tfx.types import standard_artifacts as types

    from components.fairness.artifact import FairnessFigures
    from components.fairness.component import FairnessReport
    from components.fairness.settings import FairnessSettings
    from components.history.artifact import ENTRY, FOUND, MeasuredModels

    predicted = examples_of(root, "BulkInferrer/output_examples")
    inputs = {
        "examples": examples_of(root, "UtkFaceExampleGen/examples"),
        "predictions": predicted,
        "baseline_predictions": predicted,
    }
    for name, artifact, uri in (
        ("model", types.Model(), newest(root, "Trainer/model")),
        ("blessed_model", types.Model(), newest(root, "Trainer/model")),
        ("measured_before", MeasuredModels(), f"{folder}/nothing"),
        ("evaluation", types.ModelEvaluation(), newest(root, "Evaluator/evaluation")),
        ("evaluator_blessing", types.ModelBlessing(), newest(root, "Evaluator/blessing")),
    ):
        artifact.uri = uri
        inputs[name] = artifact
    inputs["blessed_model"].set_int_custom_property(FOUND, int(with_one_before))
    inputs["blessed_model"].set_string_custom_property(ENTRY, "the model itself")
    outputs = {"figures": FairnessFigures(), "blessing": types.ModelBlessing()}
    for name, artifact in outputs.items():
        artifact.uri = f"{folder}/{name}"
        Path(artifact.uri).mkdir()

    def report() -> None:
        FairnessReport.EXECUTOR_SPEC.executor_class().Do(
            {name: [artifact] for name, artifact in inputs.items()},
            {name: [artifact] for name, artifact in outputs.items()},
            {"settings": FairnessSettings().model_dump_json(), "accepted_because": ""},
        )

    return report


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--root", type=Path, default=Path("utkface-root"), help="of a run")
    parser.add_argument("--repeat", type=int, default=3)
    arguments = parser.parse_args()
    root, seconds = arguments.root, defaultdict(list)
    for repeat in range(arguments.repeat + 1):
        for name, make in {
            "plain": lambda folder: make_analysis(root, folder, plain=True, two=False),
            "plain, two": lambda folder: make_analysis(root, folder, plain=True, two=True),
            "slices": lambda folder: make_analysis(root, folder, plain=False, two=False),
            "predictions": lambda folder: make_predictions(root, folder),
            "report": lambda folder: make_report(root, folder, with_one_before=False),
            "report, two": lambda folder: make_report(root, folder, with_one_before=True),
        }.items():
            with tempfile.TemporaryDirectory() as folder:
                run = make(folder)
                start = time.process_time()
                run()
                # The first round includes loading; the others do not.
                if repeat:
                    seconds[name].append(time.process_time() - start)
    medians = {name: statistics.median(found) for name, found in seconds.items()}
    print("| | CPU seconds | times plain TFMA |\n|---|---:|---:|")
    for title, parts, plain in (
        ("plain TFMA", ["plain"], "plain"),
        ("BulkInferrer", ["predictions"], "plain"),
        ("the Evaluator", ["slices"], "plain"),
        ("the Evaluator and FairnessReport", ["slices", "report"], "plain"),
        ("all three", ["predictions", "slices", "report"], "plain"),
        ("plain TFMA, of two models", ["plain, two"], "plain, two"),
        (
            "the Evaluator and FairnessReport, with one blessed before",
            ["slices", "report, two"],
            "plain, two",
        ),
        (
            "and BulkInferrer for both models",
            ["predictions", "predictions", "slices", "report, two"],
            "plain, two",
        ),
    ):
        found = sum(medians[part] for part in parts)
        print(f"| {title} | {found:.1f} | {found / medians[plain]:.2f} |")


if __name__ == "__main__":
    main()
