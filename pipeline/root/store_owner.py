"""Which root owns a folder on an object store: two roots would overwrite each other there.

Each run leaves a new token in the root and in the store. A copy of a root has an old token as soon
as the original runs, so the two do not mix their artifacts either.
"""

import json
import secrets
import socket
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from components.errors import InputError
from components.storage import s3
from components.storage.remote_places import reaching

_OBJECT = "root.json"
_TOKENS = "artifacts.tokens"


def check_owner(root: Path, artifacts: str) -> None:
    """Checks that a folder on a store belongs to a root, or to none.

    Args:
      root: the folder that runs share.
      artifacts: the setting.

    Raises:
      InputError: if another root owns it, or the store cannot be reached.
    """
    uri = f"{artifacts}/{_OBJECT}"
    with reaching(uri):
        try:
            owner: Any = json.loads(s3.file_system().cat_file(_key(uri)))
        except FileNotFoundError:
            return
    if not isinstance(owner, dict) or owner.get("token") not in _read(root):
        found = owner if isinstance(owner, dict) else {}
        raise InputError(
            f"artifacts: expected a folder of the root {root} alone; {artifacts} was last used by "
            f"{found.get('root')} on {found.get('host')}, at {found.get('used')}. Use that root, "
            "or choose another folder for the artifacts. If that root is lost, or is an earlier "
            f"place of this one, remove {uri}."
        )


def claim_artifacts(root: Path, artifacts: str) -> None:
    """Checks a folder on a store as check_owner does, and makes it the root's until its next run.

    Call this with the root locked.
    """
    check_owner(root, artifacts)
    token = secrets.token_hex(8)
    owner = {
        "token": token,
        "root": str(root.absolute()),
        "host": socket.gethostname(),
        "used": datetime.now(timezone.utc).isoformat(timespec="seconds"),
    }
    # If this is killed in between, the root knows both tokens.
    _write(root, [*_read(root), token])
    uri = f"{artifacts}/{_OBJECT}"
    with reaching(uri):
        s3.file_system().pipe_file(_key(uri), json.dumps(owner).encode())
    _write(root, [token])


def _key(uri: str) -> str:
    return uri.partition("://")[2]


def _read(root: Path) -> list[str]:
    path = root / _TOKENS
    return path.read_text(encoding="utf-8").split() if path.is_file() else []


def _write(root: Path, tokens: list[str]) -> None:
    unfinished = root / f"{_TOKENS}.part"
    unfinished.write_text("\n".join(tokens) + "\n", encoding="utf-8")
    unfinished.replace(root / _TOKENS)
