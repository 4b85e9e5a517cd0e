"""Plants unfairness in trained models, and counts how often the fairness report finds it.

    utkface sample faces --count 3000
    utkface run --data faces --root planted-root --config pipeline/configs/demo.yaml
    python benchmarks/planted_unfairness.py --root planted-root --output planted

Trains benchmarks/configs/planted.yaml with each seed on the splits of the newest run under the
root. Each model is judged unchanged: by the bounds alone, and by comparison with the model of the
previous seed as the model blessed last. Then, at serving, the predicted genders of a share of one
race x gender group are flipped, in a different group for each seed, and the model is compared with
itself before the change. The settings are the defaults; a group has 50 test images or more.

Prints a Markdown table. The exit code is 0 if each fair model passes, and each planted group is the
first that the report names; 1 otherwise. `--flipped-root` names a run on the same images, with file
names that give some people of one group the other gender. Models that learned from these names are
then judged too, by the names of the first run.
"""

import argparse
import dataclasses
import sys
from collections import Counter
from pathlib import Path

from trainer.tasks import GENDER, RACE

CONFIG = Path(__file__).parent / "configs" / "planted.yaml"
SHARE = 0.3
# In a smaller group, 30% is not enough for certainty among so many comparisons.
MIN_EXAMPLES = 50


def train(root: Path, output: Path, seeds: str) -> dict[int, Path]:
    """Returns the folders of the SavedModels, by seed."""
    from rich.console import Console

    from pipeline.tools.compare.candidates import load_candidates, parse_seeds
    from pipeline.tools.compare.comparison import compare

    numbers = parse_seeds(seeds)
    candidates = load_candidates([str(CONFIG)])
    if not compare(candidates, numbers, root=root, split="test", output=output, console=Console()):
        sys.exit("Expected every training to end well; see above.")
    found = {}
    for seed in numbers:
        (found[seed],) = (output / "trainings").glob(f"planted-seed{seed}-*/serving")
    return found


def ask(model: Path, root: Path):
    """Returns a model's predictions for the test split of the newest run of a root."""
    from components.fairness.measure.predictions import check_predictions
    from pipeline.tools.compare.splits import find_splits
    from trainer.measuring.predicting import predict_examples

    examples = find_splits(root, "test").examples
    return check_predictions(predict_examples(str(model), [examples]), model=str(model))


def large_cells(predictions) -> list[tuple[int, int]]:
    """Returns the race and gender codes of the groups that are large enough."""
    codes = (predictions.labels[task.label_key].tolist() for task in (RACE, GENDER))
    counts = Counter(zip(*codes, strict=True))
    return sorted(cell for cell, count in counts.items() if count >= MIN_EXAMPLES)


def turn(predictions, race: int, gender: int, seed: int):
    """Flips the predicted gender for a share of one group."""
    import numpy as np

    labels = predictions.labels
    cell = np.flatnonzero((labels[RACE.label_key] == race) & (labels[GENDER.label_key] == gender))
    chosen = np.random.default_rng(seed).permutation(cell)[: round(SHARE * len(cell))]
    output = np.array(predictions.outputs[GENDER.output_key])
    output[chosen] = 1 - output[chosen]
    outputs = {**predictions.outputs, GENDER.output_key: output}
    return dataclasses.replace(predictions, outputs=outputs)


def first_missed(measured, before) -> str:
    """Returns the group and task of the first reason not to bless a model; `none` without one."""
    from components.fairness.judge.judgment import judge
    from components.fairness.settings import FairnessSettings

    missed = judge(measured, before, FairnessSettings()).missed
    return f"{missed[0].cell.name}: {missed[0].measure.task.name}" if missed else "none"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--root", type=Path, required=True, help="of a run on drawn faces")
    parser.add_argument("--flipped-root", type=Path, help="of a run on wrong names")
    parser.add_argument("--output", type=Path, required=True, help="a folder for what is trained")
    parser.add_argument("--seeds", default="1,2,3,4,5,6,7,8,9,10")
    arguments = parser.parse_args()
    models = train(arguments.root, arguments.output / "right", arguments.seeds)
    flipped = {}
    if arguments.flipped_root:
        flipped = train(arguments.flipped_root, arguments.output / "flipped", arguments.seeds)

    from components.fairness.measure.bootstrap import measure

    print("\n| seed | by the bounds | after the one before | planted in | found | learnt wrong |")
    print("|---:|---|---|---|---|---|")
    before, all_right = None, True
    for number, (seed, model) in enumerate(models.items()):
        predictions = ask(model, arguments.root)
        measured = measure(predictions)
        cells = large_cells(predictions)
        race, gender = cells[number % len(cells)]
        cell = f"{RACE.classes[race]}, {GENDER.classes[gender]}"
        planted = measure(turn(predictions, race, gender, seed))
        alone, after = first_missed(measured, None), first_missed(measured, before)
        found = first_missed(planted, measured)
        learnt = "-"
        if seed in flipped:
            learnt = first_missed(measure(ask(flipped[seed], arguments.root)), measured)
        print(f"| {seed} | {alone} | {after} | {cell} | {found} | {learnt} |")
        all_right &= alone == after == "none" and found.startswith(f"{cell}: gender")
        before = measured
    return 0 if all_right else 1


if __name__ == "__main__":
    sys.exit(main())
