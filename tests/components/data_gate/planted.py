"""Runs the gate with two more tasks declared: `python -m ... FOLDER` prints the results as JSON.

The tasks are `glasses`, a multiclass task, and `beard`, a regression. The tests run this module
in a separate process, because modules build tables from the tasks when they are imported.
"""

import json
import sys
from pathlib import Path

from trainer import tasks

GLASSES = tasks.Task(
    name="glasses",
    kind=tasks.Kind.MULTICLASS,
    classes=("none", "clear", "dark"),
    maximum=2,
    is_grouping=True,
)
BEARD = tasks.Task(
    name="beard",
    kind=tasks.Kind.REGRESSION,
    unit="millimetres",
    maximum=300,
    loss="label_distribution",
)
SCHEMA = """
feature {
  name: "glasses" type: INT presence { min_fraction: 1.0 min_count: 1 } shape {}
  int_domain { name: "glasses" min: 0 max: 2 is_categorical: true }
}
feature {
  name: "beard" type: INT presence { min_fraction: 1.0 min_count: 1 } shape {}
  int_domain { name: "beard" min: 0 max: 300 }
}
"""


def main(folder: Path) -> None:
    tasks.TASKS += (GLASSES, BEARD)
    tasks.CLASSES[GLASSES.label_key] = GLASSES.classes
    import numpy as np
    import pandas as pd

    from components.data_gate.checks.settings import GateSettings
    from pipeline.gate_inputs import make_stats_options
    from tests.components.data_gate import gated

    schema = Path(gated.SCHEMA_FILE).read_text(encoding="utf-8") + SCHEMA
    gated.SCHEMA_FILE = str(folder / "schema.pbtxt")
    Path(gated.SCHEMA_FILE).write_text(schema, encoding="utf-8")

    def people(count: int, dark: float, seed: int) -> pd.DataFrame:
        """Draws a table; images with dark glasses are darker if their share is above 0.3."""
        generator = np.random.default_rng(seed)
        glasses = generator.choice(3, count, p=(0.9 - dark, 0.1, dark))
        age = generator.integers(20, 60, count)
        numbers = {
            key: generator.normal(mean, 20, count).astype("float32")
            for key, mean in (("brightness", 120), ("contrast", 50), ("sharpness", 80))
        }
        numbers["brightness"] -= 30 * (glasses == 2) * (dark > 0.3)
        return pd.DataFrame(
            {
                "age": age,
                "gender": generator.integers(0, 2, count),
                "race": generator.integers(0, 5, count),
                "glasses": glasses,
                "beard": generator.integers(0, 100 if dark > 0.3 else 30, count),
                "age_band": gated.band(age),
                "width": generator.integers(100, 200, count),
                "height": generator.integers(100, 200, count),
                "colour": generator.normal(30, 5, count).astype("float32"),
                **numbers,
            }
        )

    splits = {"train": 2000, "eval": 1000, "test": 1000}
    before = {name: people(count, 0.2, seed) for seed, (name, count) in enumerate(splits.items())}
    now = {**before, "train": people(2000, 0.5, 5)}
    found = gated.gate(now, gated.statistics_of(before, folder / "accepted"), folder)
    shares = [
        frames["train"].glasses.value_counts(normalize=True).sort_index().tolist()
        for frames in (now, before)
    ]
    slicing = make_stats_options(gated.SCHEMA_FILE).slicing_config.slicing_specs
    document = {
        "settings": GateSettings().model_dump(),
        "findings": [{**vars(one), "level": one.level.value} for one in found.findings],
        "shares": shares,
        "slices": [list(spec.feature_keys) for spec in slicing],
        "report": found.report.uri,
    }
    print(json.dumps(document))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
