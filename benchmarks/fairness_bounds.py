"""Measures what the default bounds of the fairness report rest on: how trained models score.

    utkface compare benchmarks/configs/accuracy.yaml --seeds 1,2,3 --output accuracy
    python benchmarks/fairness_bounds.py --root utkface-root accuracy/trainings/*/serving

SavedModels predict the test split of the newest run under the root. Each model is compared with the
default bounds, and with each other model as if that had been blessed last. Prints a Markdown table.
For each bound it has the distance of the model that misses it by most, or is closest to missing it,
in units of the measure, and the number of models, or pairs of models, that miss it.
"""

import argparse
from collections import defaultdict
from pathlib import Path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--root", type=Path, required=True, help="of a run")
    parser.add_argument("models", nargs="+", help="folders of SavedModels")
    arguments = parser.parse_args()

    from components.fairness.judge.comparisons import compare
    from components.fairness.judge.judgment import judge
    from components.fairness.measure.bootstrap import measure
    from components.fairness.measure.predictions import check_predictions
    from components.fairness.reason import WORSE
    from components.fairness.settings import FairnessSettings
    from pipeline.tools.compare.splits import find_splits
    from trainer.measuring.predicting import predict_examples

    examples = find_splits(arguments.root, "test").examples
    measured = []
    for model in arguments.models:
        print(f"asking {model}", flush=True)
        measured.append(
            measure(check_predictions(predict_examples(model, [examples]), model=model))
        )
    settings = FairnessSettings()
    closest, missed, times, refused = {}, defaultdict(int), defaultdict(int), [0, 0]
    for model in measured:
        for before in (None, *(other for other in measured if other is not model)):
            found = list(compare(model, before, settings))
            lines = {_of(one) for one in judge(model, before, settings).missed}
            # Bounds that need no earlier model are counted once.
            kinds = [one for one in found if (one.kind == WORSE) == (before is not None)]
            asked = {_of(one) for one in kinds}
            refused[before is not None] += bool(asked & lines)
            for one in kinds:
                key = _of(one)
                if key not in closest or one.excess > closest[key].excess:
                    closest[key] = one
            for key in asked:
                times[key] += 1
                missed[key] += key in lines
    print("\n| bound | asked of | measure | | closest, or missed by most | found | missed |")
    print("|---|---|---|---:|---|---:|---:|")
    for key, one in closest.items():
        kind, asked_of, name = key
        told = f"{one.value:.3g}" if one.other is None else f"{one.value:.3g} v {one.other:.3g}"
        print(
            f"| {kind} | {asked_of} | {name} | {one.bound:g} | {one.cell.name} | {told} "
            f"| {missed[key]} of {times[key]} |"
        )
    models, pairs = len(measured), len(measured) * (len(measured) - 1)
    print(f"\n{refused[0]} of {models} models miss a bound by themselves, ", end="")
    print(f"{refused[1]} of {pairs} are worse than the one before.")


def _of(one) -> tuple[str, str, str]:
    asked_of = "age bands" if one.cell.slicing == ("age_band",) else "groups"
    return one.kind, asked_of, one.measure.key


if __name__ == "__main__":
    main()
