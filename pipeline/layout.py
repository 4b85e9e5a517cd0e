"""Where things lie under a root."""

import re
from dataclasses import dataclass
from pathlib import Path

from components.errors import InputError

# Of a SavedModel.
MODEL_FILE = "saved_model.pb"

# TensorFlow looks for the files of a model, and TFX for those of a split, by globs that begin
# with their folder.
_WILDCARD = re.compile(r"[*?\[\\]")
NO_WILDCARDS = (
    "expected a path without *, ?, [ and \\, which TensorFlow takes for wildcards. Rename the "
    "folder, or name another"
)


def has_wildcards(path: Path | str) -> bool:
    """Returns whether TensorFlow would take a part of a path for a wildcard."""
    return _WILDCARD.search(str(path)) is not None


def check_no_wildcards(path: Path | str) -> None:
    """Raises InputError if TensorFlow would take a part of a path for a wildcard."""
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
    def history(self) -> Path:
        """What runs leave for later ones."""
        return self.root / "history"

    @property
    def checkpoints(self) -> Path:
        """What an interrupted training goes on from; empty while none is."""
        return self.root / "checkpoints"

    @property
    def serving(self) -> Path:
        """Pushed models, a folder a version."""
        return self.root / "serving"

    @property
    def runs(self) -> Path:
        """A folder a run: its log, its resolved settings, its reports."""
        return self.root / "runs"

    def served_models(self) -> list[Path]:
        """Returns the folders of the pushed models, whole or not, the newest first.

        Raises:
          FileNotFoundError: if no model was pushed.
          InputError: if the path of the root has wildcards in it.
        """
        check_no_wildcards(self.root)
        versions = [path for path in self.serving.glob("*") if path.name.isdigit()]
        if not versions:
            raise self._nothing_pushed()
        return sorted(versions, key=lambda path: int(path.name), reverse=True)

    def latest_model(self) -> Path:
        """Returns the folder of the model that was pushed last, which servers take.

        Raises:
          FileNotFoundError: if no model was pushed.
        """
        for folder in self.served_models():
            # The file that is copied last.
            if (folder / MODEL_FILE).exists():
                return folder
        raise self._nothing_pushed()

    def _nothing_pushed(self) -> FileNotFoundError:
        return FileNotFoundError(
            f"{self.serving}: expected a pushed model; there is none. "
            f"Run `utkface run --data PATH --root {self.root}` first."
        )

    def relocate(self, uri: str) -> str:
        """Returns where an artifact lies now.

        Runs note absolute paths, which are those of the root that they ran in. One that was moved
        or copied since has its artifacts in its own folder.

        Args:
          uri: as the metadata has it; one that lies in no root is returned as it is.
        """
        _, found, inside = uri.rpartition(f"/{self.artifacts.name}/")
        return str(self.artifacts / inside) if found else uri
