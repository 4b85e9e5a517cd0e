"""Puts our handler where `tfx ... --engine kubeflow` looks for TFX's own.

TFX's handler needs the runner for Kubeflow Pipelines 1, which TFX has deleted. No release can
import the handler, so every command of the engine fails. No file of TFX is changed. Instead,
installing this project puts START_LINE into site-packages as a .pth file. It makes each
interpreter call `find_spec` when, and only when, that one module is imported. TFX's own module
has priority: if a release can import it, ours is not used.

The line itself imports no module of ours. That would slow down every interpreter, and our package
`pipeline` would hide other packages of that common name.
"""

import importlib.abc
import importlib.machinery
import os
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Any

MODULE = "tfx.tools.cli.handler.kubeflow_handler"
SWITCH = "UTKFACE_TFX_REPAIR"

# The code in the line. Python executes a .pth file line by line, in a virtual environment of some
# versions twice. It prints any error at every start, so the code must not raise, even if our
# package is gone.
_HOOK = f"""
if all(getattr(finder, "__name__", "") != "UtkfaceTfxRepair" for finder in sys.meta_path):
    class UtkfaceTfxRepair:
        def find_spec(name, path=None, target=None):
            if name == {MODULE!r}:
                try:
                    from pipeline.engines.kubeflow.tfx_cli.repair import find_spec
                except Exception:
                    return None
                return find_spec(name, path)
    sys.meta_path.insert(0, UtkfaceTfxRepair)
"""
START_LINE = f"import sys; exec({_HOOK!r})\n"


def find_spec(
    name: str, path: Sequence[str] | None = None
) -> importlib.machinery.ModuleSpec | None:
    """Returns how to load TFX's handler; None for any other module, or if switched off."""
    if name != MODULE or os.environ.get(SWITCH, "").lower() == "off":
        return None
    spec = importlib.machinery.PathFinder.find_spec(name, path)
    if spec is not None and spec.loader is not None:
        spec.loader = _RepairingLoader(spec.loader)
    return spec


class _RepairingLoader(importlib.abc.Loader):
    """Loads a module, and replaces its handler with ours if it cannot be imported."""

    def __init__(self, loader: Any) -> None:
        self._loader = loader

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        try:
            self._loader.exec_module(module)
        except ImportError as error:
            # Without the SDK our handler would fail too, and TFX's message is better.
            if (error.name or "").partition(".")[0] == "kfp":
                raise
            from pipeline.engines.kubeflow.tfx_cli.handler import KubeflowHandler

            module.KubeflowHandler = KubeflowHandler  # type: ignore[attr-defined]
            reason = error.msg.partition(" (")[0]
            print(
                f"utkface-tfx: TFX's handler for Kubeflow cannot be imported ({reason}); "
                f"ours takes its place. {SWITCH}=off prevents it.",
                file=sys.stderr,
            )

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)
