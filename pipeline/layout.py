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
    """The folders of a root.

    Attributes:
      root: the folder that all runs share.
    """

    root: Path

    @property
    def artifacts(self) -> Path:
        """TFX's pipeline root: COMPONENT/OUTPUT/EXECUTION/."""
        return self.root / "artifacts"

    @property
    def metadata(self) -> Path:
        """The ML Metadata store, an SQLite file."""
        return self.root / "metadata.db"

    @property
    def metadata_server(self) -> Path:
        """The server that has the ML Metadata store instead, a JSON file."""
        return self.root / "metadata.json"

    @property
    def history(self) -> Path:
        """Models and statistics that runs keep for later runs."""
        return self.root / "history"

    @property
    def checkpoints(self) -> Path:
        """Checkpoints that an interrupted training resumes from; otherwise empty."""
        return self.root / "checkpoints"

    @property
    def serving(self) -> Path:
        """Pushed models, one folder per version."""
        return self.root / "serving"

    @property
    def runs(self) -> Path:
        """One folder per run, with its log, resolved settings and reports."""
        return self.root / "runs"

    @property
    def workers(self) -> Path:
        """The logs of workers that trained with the runs of this root."""
        return self.root / "workers"

    @property
    def first_run_advice(self) -> str:
        """The advice for a root without runs."""
        return f"Run `utkface run --data PATH --root {self.root}` first."

    def served_models(self) -> list[Path]:
        """Returns the folders of the pushed models, complete or not, newest first.

        Raises:
          FileNotFoundError: if no model was pushed.
          InputError: if the path of the root contains wildcards.
        """
        check_no_wildcards(self.root)
        versions = [path for path in self.serving.glob("*") if path.name.isdigit()]
        if not versions:
            raise self._nothing_pushed()
        return sorted(versions, key=lambda path: int(path.name), reverse=True)

    def latest_model(self) -> Path:
        """Returns the folder of the model pushed last, which servers load.

        Raises:
          FileNotFoundError: if no model was pushed.
        """
        for folder in self.served_models():
            # TFX copies this file last.
            if (folder / MODEL_FILE).exists():
                return folder
        raise self._nothing_pushed()

    def _nothing_pushed(self) -> FileNotFoundError:
        return FileNotFoundError(
            f"{self.serving}: expected a pushed model; there is none. {self.first_run_advice}"
        )

    def relocate(self, uri: str) -> str:
        """Returns the current path of an artifact.

        Runs record absolute paths under the root that they ran in. If the root has moved or was
        copied, the artifacts are in the new root.

        Args:
          uri: the path in the metadata; returned unchanged if it is in no root.
        """
        _, separator, path = uri.rpartition(f"/{self.artifacts.name}/")
        return str(self.artifacts / path) if separator else uri
