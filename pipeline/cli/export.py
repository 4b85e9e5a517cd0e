"""`utkface export`: a pushed model as one file, for phones and browsers."""

import contextlib
from pathlib import Path

import click

from components.errors import InputError
from pipeline.cli.commands import command
from pipeline.cli.options import usage_errors
from pipeline.console.terminal import echo
from pipeline.root.served_versions import served_version
from pipeline.tools.exporting.export import check_request, convert
from pipeline.tools.exporting.formats import FORMATS


@command()
@click.argument("model", required=False)
@click.option("--root", help="Export the served model of this root.  [default: utkface-root]")
@click.option(
    "--format",
    "format_name",
    required=True,
    type=click.Choice(list(FORMATS)),
    help="Format of the file: LiteRT (formerly TensorFlow Lite) or ONNX.",
)
@click.option(
    "--output",
    required=True,
    type=click.Path(dir_okay=False),
    help="File to write. An existing file is not overwritten.",
)
@click.option("--force", is_flag=True, help="Overwrite an existing file.")
def export(model: str | None, root: str | None, format_name: str, output: str, force: bool) -> None:
    """Convert MODEL, the folder of a SavedModel, to one file that predicts the same.

    The file takes uint8 pixels of the size that MODEL was trained on, which is printed. It is
    written only if its predictions match those of MODEL.
    """
    missing = FORMATS[format_name].missing()
    if missing:
        raise click.ClickException(
            f"--format {format_name} needs {' and '.join(missing)}, which are not installed: "
            "run pip install '.[export]' in the project's folder."
        )
    with contextlib.ExitStack() as stack:
        with usage_errors(OSError):
            folder, files = _find_model(model, root, stack)
            check_request(files, output, force=force)

        from pipeline.tools.exporting.parity import ParityError

        try:
            written = convert(files, format_name, output)
        except ParityError as error:
            raise click.ClickException(f"{folder}: {error} Nothing was written.") from None
    for name, difference in written.differences.items():
        echo(f"{name:13} differs by at most {difference:.1e}")
    echo(f"exported      {output}, {written.size / 1e6:,.1f} MB")
    height, width, channels = written.shape
    echo(f"input         pixels, uint8 [batch, {height}, {width}, {channels}]")
    echo(f"model         {folder}")


def _find_model(
    model: str | None, root: str | None, stack: contextlib.ExitStack
) -> tuple[str, str]:
    """Returns the folder of the model, and the folder of its files until the stack is closed."""
    if model is None:
        version = stack.enter_context(served_version(Path(root or "utkface-root")))
        for warning in version.warnings:
            click.echo(warning, err=True)
        return version.folder, str(version.files)
    if root is not None:
        raise InputError("Expected MODEL or --root; found both. Leave one out.")
    return model, model
