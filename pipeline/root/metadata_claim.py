"""Which metadata store a root uses: its own SQLite file, or a server that other roots share."""

import json
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from components.errors import InputError
from pipeline.layout import RootLayout
from pipeline.settings.metadata import SQLITE, MetadataServer, parse_metadata


@dataclass(frozen=True)
class Claim:
    """The records of a root on a server.

    Attributes:
      url: the setting `metadata`, without a password.
      key: ends the names of this root's pipelines and runs on the server. TFX continues a run that
        has the same name, and names by time repeat between roots.
      root: the folder of the root at its last run.
    """

    url: str
    key: str
    root: str

    @property
    def server(self) -> MetadataServer:
        """The server in the URL.

        Raises:
          ValueError: if the URL names none.
        """
        server = parse_metadata(self.url)
        if server is None:
            raise ValueError("expected the URL of a server")
        return server


def read_claim(root: Path) -> Claim | None:
    """Returns the claim of a root; None if the root uses SQLite, or had no run.

    Raises:
      InputError: if the file cannot be read.
    """
    path = RootLayout(root).metadata_server
    try:
        claim = Claim(**json.loads(path.read_text(encoding="utf-8")))
        claim.server  # noqa: B018 - checks the URL, which people may edit
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError) as error:
        raise InputError(
            f"{path}: expected the metadata server of this root, as a run wrote it; {error}. "
            "Correct the file, or restore it from a backup."
        ) from None
    return claim


def check_claim(root: Path, metadata: str) -> None:
    """Checks that a root keeps its records where the settings say.

    Args:
      root: the folder that runs share.
      metadata: the setting.

    Raises:
      InputError: if earlier runs of the root are recorded elsewhere, or the root is a copy.
    """
    layout, claim = RootLayout(root), read_claim(root)
    used = claim.url if claim else SQLITE if layout.metadata.exists() else metadata
    if used != metadata:
        raise InputError(
            f"metadata: expected {used}, which has the earlier runs of {root}; found {metadata}. "
            "Set it, or choose another --root."
            + (f" If the database has moved, correct {layout.metadata_server}." if claim else "")
        )
    if claim and _is_copy(claim, root):
        raise InputError(
            f"{root}: expected a root of its own; it is a copy of {claim.root}, and both would "
            f"write the same records on the server. Remove {layout.metadata_server} to begin new "
            "records, or remove the original."
        )


def check_store(root: Path, metadata: str) -> None:
    """Checks that a run can write to the metadata store in the settings, before it starts.

    Raises:
      InputError: see check_claim; or the server or its database cannot be used.
    """
    check_claim(root, metadata)
    if server := parse_metadata(metadata):
        # Loads ML Metadata, which a run that fails earlier does not need.
        from pipeline.root.metadata_server import check_takes_long_text, connect

        check_takes_long_text(connect(server), server)


def claim_store(root: Path, metadata: str) -> Claim | None:
    """Checks a root as check_claim does, and claims its records on the server if there is one.

    Call this while the root is locked.

    Raises:
      InputError: see check_claim.
    """
    check_claim(root, metadata)
    if metadata == SQLITE:
        return None
    before = read_claim(root)
    claim = Claim(metadata, before.key if before else secrets.token_hex(4), str(root.absolute()))
    if claim != before:
        path = RootLayout(root).metadata_server
        unfinished = path.with_suffix(".part")
        unfinished.write_text(json.dumps(asdict(claim), indent=2) + "\n", encoding="utf-8")
        unfinished.replace(path)
    return claim


def _is_copy(claim: Claim, root: Path) -> bool:
    original = Path(claim.root)
    if original == root.absolute() or not original.is_dir() or original.samefile(root):
        return False
    other = read_claim(original)
    return other is not None and other.key == claim.key
