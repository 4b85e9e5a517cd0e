"""Files that operating systems and file movers leave among the pictures."""

import re

# Of the last, Hadoop and Spark say that a folder is whole.
_NAMES = frozenset({".ds_store", "thumbs.db", "desktop.ini", "_success"})
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
