"""Where a root keeps artifacts, history, checkpoints and pushed models: in it, or in a store."""

from dataclasses import dataclass
from pathlib import Path

from components.errors import InputError
from components.serving.folder import ServingFolder
from components.storage import files
from pipeline.layout import MODEL_FILE, RootLayout, check_no_wildcards

# Names the store, for commands that have no settings.
_FILE = "artifacts.uri"


@dataclass(frozen=True)
class RootStorage:
    """The folders that may be on an object store.

    Attributes:
      root: the folder that all runs share.
      base: the folder of these folders: the root, or the setting `artifacts`.
    """

    root: Path
    base: str

    @classmethod
    def of(cls, root: Path, artifacts: str | None = None) -> "RootStorage":
        """Returns the storage of a root.

        Args:
          root: the folder that all runs share.
          artifacts: the setting; None reads what the runs of this root recorded.
        """
        return cls(root, artifacts or _read(root) or str(root))

    @property
    def artifacts(self) -> str:
        """TFX's pipeline root: COMPONENT/OUTPUT/EXECUTION/."""
        return f"{self.base}/artifacts"

    @property
    def history(self) -> str:
        """Models and statistics that runs keep for later runs."""
        return f"{self.base}/history"

    @property
    def checkpoints(self) -> str:
        """Checkpoints that an interrupted training resumes from; otherwise empty."""
        return f"{self.base}/checkpoints"

    @property
    def serving(self) -> str:
        """Pushed models, one folder per version."""
        return f"{self.base}/serving"

    def served_models(self) -> list[str]:
        """Returns the folders of the pushed models, complete or not, newest first.

        Raises:
          FileNotFoundError: if no model was pushed.
          InputError: if the path of the root contains wildcards, or the store is unreachable.
        """
        check_no_wildcards(self.root)
        folder = ServingFolder(self.serving)
        versions = folder.versions()
        if not versions:
            raise self._nothing_pushed()
        return [folder.path(version) for version in versions]

    def latest_model(self) -> str:
        """Returns the folder of the model that is served, without a check of its files.

        It is the version that `latest` names. An earlier release left no such file, and pushed
        MODEL_FILE last.

        Raises:
          FileNotFoundError: if no model was pushed.
          InputError: see served_models.
        """
        folders = self.served_models()
        latest = ServingFolder(self.serving).latest()
        for folder in (f"{self.serving}/{latest}", *folders):
            if folder in folders and files.exists(f"{folder}/{MODEL_FILE}"):
                return folder
        raise self._nothing_pushed()

    def relocate(self, uri: str) -> str:
        """Returns the current path of an artifact.

        Runs record the paths that they wrote to. If the root has moved, was copied, or its
        folders were moved to a store, the artifacts are in the new place.

        Args:
          uri: the path in the metadata; returned unchanged if it is in no root.
        """
        _, separator, path = uri.rpartition("/artifacts/")
        return f"{self.artifacts}/{path}" if separator else uri

    def _nothing_pushed(self) -> FileNotFoundError:
        return FileNotFoundError(
            f"{self.serving}: expected a pushed model; there is none. "
            f"{RootLayout(self.root).first_run_advice}"
        )


def record_storage(root: Path, artifacts: str | None) -> None:
    """Records the setting `artifacts` in a root; call this with the root locked.

    Raises:
      InputError: if the earlier runs of the root used another place.
    """
    recorded = _read(root)
    used = recorded or (str(root) if Path(RootStorage.of(root).artifacts).exists() else None)
    expected = artifacts or str(root)
    if used and used != expected:
        setting = f"set artifacts to {recorded}" if recorded else "leave the setting artifacts out"
        raise InputError(
            f"{root}: expected artifacts where the earlier runs of this root put them, in {used}; "
            f"found {expected} in the settings. Either {setting}, or choose another root. "
            "docs/scaling.md says how to move a root to a store."
        )
    if artifacts and not recorded:
        (root / _FILE).write_text(f"{artifacts}\n", encoding="utf-8")


def _read(root: Path) -> str | None:
    path = root / _FILE
    return path.read_text(encoding="utf-8").strip() if path.is_file() else None
