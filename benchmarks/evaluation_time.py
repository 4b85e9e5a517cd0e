"""Times the evaluation and the fairness report against plain TFMA.

    utkface run --data crop_part1.tar.gz
    python benchmarks/evaluation_time.py --root utkface-root --repeat 3

Plain TFMA has the pipeline's metrics without its further slices: all examples, each race, each
gender and each age band. Against it stands what a run does: all slices of the Evaluator, then the
FairnessReport with its resamples and its page. First with no model before it, then with one that
was blessed last, which plain TFMA takes as its baseline. In turns in one process, on the test
split of the newest run of the root; prints a Markdown table of seconds of CPU time, and of their
ratios.
"""

import argparse
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path


def newest(root: Path, output: str) -> str:
    """Returns the newest artifact of an output such as `Trainer/model`."""
    found = sorted((root / "artifacts" / output).iterdir(), key=lambda path: int(path.name))
    return str(found[-1])


def make_analysis(root: Path, folder: str, *, plain: bool, two: bool) -> Callable[[], None]:
    """Returns what runs TFMA, on one model or on two."""
    # tfx.v1 first: imported alone, some releases of TFMA lack EvalConfig.
    from tfx import v1 as tfx  # noqa: F401

    # isort: split
    import tensorflow_model_analysis as tfma

    from pipeline.config import Thresholds
    from pipeline.eval_config import make_eval_config

    config = make_eval_config(Thresholds())
    if plain:
        single = [one for one in config.slicing_specs if len(one.feature_keys) < 2]
        del config.slicing_specs[:]
        config.slicing_specs.extend(single)
    path = f"{newest(root, 'Trainer/model')}/Format-Serving"
    names = [""]
    if two:
        names = [tfma.CANDIDATE_KEY, tfma.BASELINE_KEY]
        (spec,) = config.model_specs
        config.model_specs.add().CopyFrom(spec)
        for spec, name in zip(config.model_specs, names, strict=True):
            spec.name, spec.is_baseline = name, name == tfma.BASELINE_KEY
    models = [
        tfma.default_eval_shared_model(path, eval_config=config, model_name=name) for name in names
    ]
    examples = f"{newest(root, 'UtkFaceExampleGen/examples')}/Split-test/*"

    def analyse() -> None:
        tfma.run_model_analysis(
            eval_shared_model=models if two else models[0],
            eval_config=config,
            data_location=examples,
            output_path=folder,
        )

    return analyse


def make_report(root: Path, folder: str, *, with_one_before: bool) -> Callable[[], None]:
    """Returns what runs the FairnessReport."""
    from tfx.types import standard_artifacts as types

    from components.fairness.artifact import FairnessFigures
    from components.fairness.component import FairnessReport
    from components.fairness.settings import FairnessSettings
    from components.history.artifact import ENTRY, FOUND, MeasuredModels

    inputs = {
        "examples": (types.Examples(), newest(root, "UtkFaceExampleGen/examples")),
        "model": (types.Model(), newest(root, "Trainer/model")),
        "blessed_model": (types.Model(), newest(root, "Trainer/model")),
        "measured_before": (MeasuredModels(), f"{folder}/nothing"),
        "evaluation": (types.ModelEvaluation(), newest(root, "Evaluator/evaluation")),
        "evaluator_blessing": (types.ModelBlessing(), newest(root, "Evaluator/blessing")),
    }
    for artifact, uri in inputs.values():
        artifact.uri = uri
    inputs["examples"][0].split_names = '["train", "eval", "test"]'
    inputs["blessed_model"][0].set_int_custom_property(FOUND, int(with_one_before))
    inputs["blessed_model"][0].set_string_custom_property(ENTRY, "the model itself")
    outputs = {"figures": FairnessFigures(), "blessing": types.ModelBlessing()}
    for name, artifact in outputs.items():
        artifact.uri = f"{folder}/{name}"
        Path(artifact.uri).mkdir()

    def report() -> None:
        FairnessReport.EXECUTOR_SPEC.executor_class().Do(
            {name: [artifact] for name, (artifact, _) in inputs.items()},
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
            "report": lambda folder: make_report(root, folder, with_one_before=False),
            "report, two": lambda folder: make_report(root, folder, with_one_before=True),
        }.items():
            with tempfile.TemporaryDirectory() as folder:
                run = make(folder)
                start = time.process_time()
                run()
                # The first round loads what the others have.
                if repeat:
                    seconds[name].append(time.process_time() - start)
    medians = {name: statistics.median(found) for name, found in seconds.items()}
    print("| | CPU seconds | times plain TFMA |\n|---|---:|---:|")
    for title, parts, plain in (
        ("plain TFMA", ["plain"], "plain"),
        ("the Evaluator", ["slices"], "plain"),
        ("the Evaluator and FairnessReport", ["slices", "report"], "plain"),
        ("plain TFMA, of two models", ["plain, two"], "plain, two"),
        (
            "the Evaluator and FairnessReport, with one blessed before",
            ["slices", "report, two"],
            "plain, two",
        ),
    ):
        found = sum(medians[part] for part in parts)
        print(f"| {title} | {found:.1f} | {found / medians[plain]:.2f} |")


if __name__ == "__main__":
    main()
