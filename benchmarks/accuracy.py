"""Compares the quality of the best recipe for a CPU, over several seeds, with the goals.

    utkface run --data crop_part1.tar.gz
    python benchmarks/accuracy.py --root utkface-root --output accuracy

Trains benchmarks/configs/accuracy.yaml with each seed on the splits of the newest run under the
root, as `utkface compare` does, and measures it on the test split. Finished trainings are kept, so
an interrupted command resumes when it is run again. Prints a Markdown table with the means over the
seeds beside the goals, and with the cost of the most expensive seed beside the budget. The exit
code is 0 if all goals are met, and 1 if not.
"""

import argparse
import json
import os
import sys
from pathlib import Path

CONFIG = Path(__file__).parent / "configs" / "accuracy.yaml"
# The goal by key of pipeline.tools.compare, and whether lower is better.
GOALS = {
    "age_mae": (5.2, True),
    "gender_accuracy": (0.89, False),
    "gender_accuracy_15_and_older": (0.93, False),
    "race_accuracy": (0.83, False),
}
# Two core-hours per seed.
BUDGET_CPU_SECONDS = 7200
# Several threads in one operation waste CPU time on waiting for each other, and the branches of the
# network keep two cores busy anyway.
_THREADS = {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "2"}


def report(row: dict) -> bool:
    """Prints the table of one config of `utkface compare`; returns whether all goals are met."""
    print(f"\n| seeds {', '.join(map(str, row['seeds']))} | mean | deviation | goal | met |")
    print("|---|---:|---:|---:|---|")
    all_met = True
    for key, (goal, less) in GOALS.items():
        mean, deviation = row[key]["mean"], row[key]["standard_deviation"]
        met = mean <= goal if less else mean >= goal
        all_met &= met
        told = "-" if deviation is None else f"{deviation:.3f}"
        sign = "<=" if less else ">="
        name = key.replace("_", " ")
        print(f"| {name} | {mean:.3f} | {told} | {sign} {goal} | {'yes' if met else 'no'} |")
    most = max(row["cpu_seconds"]["values"])
    met = most <= BUDGET_CPU_SECONDS
    print(f"| CPU seconds, the most | {most:,.0f} | | <= {BUDGET_CPU_SECONDS:,} | ", end="")
    print("yes |" if met else "no |")
    return all_met and met


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--root", type=Path, default=Path("utkface-root"), help="of a run")
    parser.add_argument("--output", type=Path, required=True, help="a folder for what is trained")
    parser.add_argument("--seeds", default="1,2,3")
    arguments = parser.parse_args()
    # Set before anything loads TensorFlow; the processes that train inherit it.
    os.environ.update({name: os.environ.get(name, value) for name, value in _THREADS.items()})

    from rich.console import Console

    from components.errors import InputError
    from pipeline.settings.config import ConfigError
    from pipeline.tools.compare.candidates import load_candidates, parse_seeds
    from pipeline.tools.compare.comparison import compare, result_name

    try:
        whole = compare(
            load_candidates([str(CONFIG)]),
            parse_seeds(arguments.seeds),
            root=arguments.root,
            split="test",
            output=arguments.output,
            console=Console(),
        )
    except (ConfigError, InputError) as error:
        parser.error(str(error))
    if not whole:
        return 1
    path = arguments.output / f"{result_name('test')}.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    return 0 if report(document["configs"][0]) else 1


if __name__ == "__main__":
    sys.exit(main())
