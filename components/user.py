"""The name of the current user."""

import getpass
import os


def user_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run as somebody without a name
        return str(os.getuid())
