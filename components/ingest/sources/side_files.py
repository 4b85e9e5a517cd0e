"""Files that operating systems and file movers leave among the pictures."""

import re

# Hadoop and Spark write the last into a folder that is whole.
_NAMES = frozenset({".ds_store", "thumbs.db", "desktop.ini", "_success"})


def is_side_file(name: str) -> bool:
    """Returns whether a file belongs to an operating system, by its name or relative path."""
    # A `!` stands between an archive and its member.
    *folders, own = re.split("[/!]", name)
    # macOS keeps attributes of files in `._NAME`, and in archives under __MACOSX.
    return own.lower() in _NAMES or own.startswith("._") or "__MACOSX" in folders
