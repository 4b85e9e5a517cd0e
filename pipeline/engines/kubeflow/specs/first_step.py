"""The command of the first step of a run, which checks that the image contains the project."""

# Run by `python -c`, with the image, a module and the module's arguments.
_BOOT = """\
import importlib.util, runpy, sys
image, module = sys.argv[1:3]
if not all(importlib.util.find_spec(name) for name in ("pipeline", "pipeline.engines.kubeflow")):
    sys.exit(
        f"Error: {image}: expected an image that holds utkface-tfx; found one without it. Build "
        "it with kubeflow/Dockerfile, and name it in kubeflow.image or in the parameter `image` "
        "of the run."
    )
sys.argv = [module, *sys.argv[3:]]
runpy.run_module(module, run_name="__main__", alter_sys=True)
"""


def first_command(module: str) -> tuple[str, ...]:
    """Returns the command of a step that runs a module if the image contains it."""
    return ("python", "-c", _BOOT, "{{$.inputs.parameters['image']}}", module)
