"""Files that operating systems and file transfer tools leave among the images."""

import re

# Hadoop and Spark write `_success` into a complete folder.
_NAMES = frozenset({".ds_store", "thumbs.db", "desktop.ini", "_success"})


def is_side_file(name: str) -> bool:
    """Returns whether a file belongs to an operating system, by its name or relative path."""
    # A `!` separates an archive from its member.
    *folders, own = re.split("[/!]", name)
    # macOS stores file attributes in `._NAME`, and in archives under __MACOSX.
    return own.lower() in _NAMES or own.startswith("._") or "__MACOSX" in folders
