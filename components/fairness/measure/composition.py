"""The number of images of each group, by split."""

from typing import Any

import numpy as np
import tensorflow as tf
from tfx.types import artifact_utils, standard_artifacts

from components.fairness.measure.cells import GROUPINGS, find_atoms, make_cells, memberships
from trainer import features
from trainer.input_fn import raw_label_spec, read_records

_SPEC = raw_label_spec()
_BATCH_SIZE = 1024
_SPLITS = features.SPLITS


def count_images(examples: standard_artifacts.Examples) -> list[dict[str, Any]]:
    """Counts the images of each group.

    Args:
      examples: raw examples.

    Returns:
      For each group, `slice`: its name; `by`: its attributes; `examples`: the number of its images
      by split.
    """
    cells = [cell for cell in make_cells() if cell.slicing in GROUPINGS]
    members = memberships(cells).astype(np.int64)
    counts = {split: members @ _count(examples, split, members.shape[1]) for split in _SPLITS}
    return [
        {
            "slice": cell.name,
            "by": list(cell.slicing),
            "examples": {split: int(counts[split][n]) for split in _SPLITS},
        }
        for n, cell in enumerate(cells)
    ]


def _count(examples: standard_artifacts.Examples, split: str, atoms: int) -> np.ndarray:
    """Returns the number of examples of a split in each combination of all attributes."""
    counts = np.zeros(atoms, np.int64)
    pattern = f"{artifact_utils.get_split_uri([examples], split)}/*"
    for batch in read_records([pattern]).batch(_BATCH_SIZE):
        labels = {key: label.numpy() for key, label in tf.io.parse_example(batch, _SPEC).items()}
        counts += np.bincount(find_atoms(labels), minlength=atoms)
    return counts
