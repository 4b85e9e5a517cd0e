"""Files that operating systems leave among the pictures, and that nobody put there."""

import re

_NAMES = frozenset({".ds_store", "thumbs.db", "desktop.ini"})
# macOS keeps what its files have beside their bytes in `._NAME`, and in archives under __MACOSX.
_PREFIX = "._"
_FOLDER = "__MACOSX"
# A `!` stands between an archive and its member.
_SEPARATOR = re.compile("[/!]")


def is_side_file(name: str) -> bool:
    """Returns whether a file belongs to an operating system and not to the data.

    Args:
      name: its path relative to its source, or its own name.
    """
    *folders, own = _SEPARATOR.split(name)
    return own.lower() in _NAMES or own.startswith(_PREFIX) or _FOLDER in folders
