"""Files and folders under a root."""

import re
from dataclasses import dataclass
from pathlib import Path

from components.errors import InputError

# The graph of a SavedModel.
MODEL_FILE = "saved_model.pb"

# TensorFlow finds the files of a model, and TFX the files of a split, by globs that start with
# their folder.
_WILDCARD = re.compile(r"[*?\[\\]")
NO_WILDCARDS = (
    "expected a path without *, ?, [ and \\, which TensorFlow reads as wildcards. Rename the "
    "folder, or choose another"
)


def has_wildcards(path: Path | str) -> bool:
    """Returns whether TensorFlow would read part of a path as a wildcard."""
    return _WILDCARD.search(str(path)) is not None


def check_no_wildcards(path: Path | str) -> None:
    """Raises InputError if TensorFlow would read part of a path as a wildcard."""
    if has_wildcards(path):
        raise InputError(f"{path}: {NO_WILDCARDS}.")


@dataclass(frozen=True)
class RootLayout:
    """The local files and folders of a root; pipeline.root.storage has those for a store.

    Attributes:
      root: the folder that all runs share.
    """

    root: Path

    @property
    def metadata(self) -> Path:
        """The ML Metadata store, an SQLite file."""
        return self.root / "metadata.db"

    @property
    def metadata_server(self) -> Path:
        """The server that has the ML Metadata store instead, a JSON file."""
        return self.root / "metadata.json"

    @property
    def runs(self) -> Path:
        """One folder per run, with its log, resolved settings and reports."""
        return self.root / "runs"

    @property
    def workers(self) -> Path:
        """The logs of workers that trained with the runs of this root."""
        return self.root / "workers"

    @property
    def caches(self) -> Path:
        """Caches of libraries, such as a list of fonts, for users whose home has none."""
        return self.root / ".cache"

    @property
    def first_run_advice(self) -> str:
        """The advice for a root without runs."""
        return f"Run `utkface run --data PATH --root {self.root}` first."
