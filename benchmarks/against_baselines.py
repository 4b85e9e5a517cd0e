"""Compares the model of a run with constant answers: the mean age and the most common class.

    utkface run --data crop_part1.tar.gz --root ROOT
    python benchmarks/against_baselines.py --root ROOT

Like the model, the constant answers are learned from the train split and measured on the test
split. Prints a Markdown table.
"""

import argparse
import json
from pathlib import Path

from tfx.types import artifact_utils, standard_artifacts

from components.distribution_plots.counts import count_labels
from pipeline.layout import RootLayout
from pipeline.root.storage import RootStorage
from trainer import features
from trainer.tasks import AGE, GENDER, RACE


def constant_answers(examples: standard_artifacts.Examples) -> dict[str, float]:
    """Returns the scores on the test split of the best constant answers for the train split."""
    train, test = (count_labels(examples, split) for split in ("train", "test"))
    total = test[AGE.label_key].total()
    mean = sum(age * n for age, n in train[AGE.label_key].items()) / train["age"].total()
    scores = {"age_mae": sum(abs(age - mean) * n for age, n in test["age"].items()) / total}
    for key in (GENDER.label_key, RACE.label_key):
        ((commonest, _),) = train[key].most_common(1)
        scores[f"{key}_accuracy"] = test[key][commonest] / total
    return scores


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--root", required=True, type=Path)
    layout = RootLayout(parser.parse_args().root)
    run = max(path for path in layout.runs.iterdir() if (path / "reports").is_dir())
    model = json.loads((run / "reports" / "report.json").read_text())["slices"][0]
    examples = standard_artifacts.Examples()
    folders = Path(f"{RootStorage.of(layout.root).artifacts}/UtkFaceExampleGen/examples").iterdir()
    examples.uri = str(max(folders, key=lambda path: int(path.name)))
    examples.split_names = artifact_utils.encode_split_names(list(features.SPLITS))
    print("| on the test split | constant answer | model |\n|---|---:|---:|")
    for name, score in constant_answers(examples).items():
        print(f"| {name.replace('_', ' ')} | {score:.3f} | {model[name]:.3f} |")


if __name__ == "__main__":
    main()
