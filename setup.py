"""Installs the line that repairs `tfx --engine kubeflow`; pyproject.toml has everything else.

Beam's --setup_file needs this file too.
"""

import runpy
from pathlib import Path
from typing import Any

from setuptools import setup
from setuptools.command.build_py import build_py

_TFX_CLI = Path(__file__).parent / "pipeline" / "engines" / "kubeflow" / "tfx_cli"


def write_start_line(folder: str) -> None:
    """Writes a file that Python runs at its start if it is in site-packages."""
    line = runpy.run_path(str(_TFX_CLI / "repair.py"))["START_LINE"]
    Path(folder, "utkface_tfx_repair.pth").write_text(line, encoding="ascii")


class BuildWithStartLine(build_py):
    """Adds the line to a wheel."""

    def run(self) -> None:
        super().run()
        if not self.editable_mode:
            write_start_line(self.build_lib)


commands: dict[str, Any] = {"build_py": BuildWithStartLine}

# Setuptools has no public way to add a file to an editable install. Without the private way, the
# install lacks the line, and `tfx --engine kubeflow` fails as TFX ships it.
try:
    from setuptools.command.editable_wheel import editable_wheel
except ImportError:
    pass
else:

    class EditableWithStartLine(editable_wheel):
        """Puts the line into an editable install."""

        def _run_build_commands(self, dist_name: Any, unpacked_wheel: Any, *rest: Any) -> Any:
            write_start_line(unpacked_wheel)
            return super()._run_build_commands(dist_name, unpacked_wheel, *rest)

    commands["editable_wheel"] = EditableWithStartLine

setup(cmdclass=commands)
