"""Writes docs/settings.md from the settings models: `make docs`."""

from settings_page.defaults import write_yaml
from settings_page.markdown import ROOT, join, wrap
from settings_page.models import is_model, read_fields
from settings_page.sections import item, write_section

from pipeline.settings.config import PipelineConfig

PAGE = ROOT / "docs" / "settings.md"
_EXAMPLE_DATA = "crop_part1.tar.gz"
_HEADER = """\
<!-- Written by docs/write_settings.py. Edit the docstrings of the models, then run `make docs`. -->
# Settings

Every setting except `data` has a default. Put your own values into a YAML file and name it with
`--config`. Override single values with `--set`, which wins over the file:

```sh
utkface run --data faces --config settings.yaml --set trainer.epochs=3 --set gate.drift.age.warn=0.1
```

A file needs only the values that it changes. Under `gate` and `fairness` this holds at every level:
setting `gate.drift.age.warn` keeps the default of `gate.drift.age.stop`. Paths are relative to the
working directory.

All settings are checked before anything runs. An unknown name, a wrong type or a value out of range
ends the command with exit code 2 and one line per mistake. `ROOT/runs/RUN/config.yaml` keeps the
settings of each run. TFX's own command, `tfx`, has no `--config`: it reads the file that the
environment variable `UTKFACE_CONFIG` names.

## All settings with their defaults

Paths in `schema/` are relative to the project. `data` is an example.

"""


def write_page() -> str:
    """Returns the page."""
    fields = read_fields(PipelineConfig)
    sections = {name: field for name, field in fields.items() if is_model(field.annotation)}
    links = join([f"[`{name}`](#{name})" for name in sections], "and")
    blocks = [
        f"{_HEADER}```yaml\n{write_yaml(PipelineConfig, data=_EXAMPLE_DATA)}\n```",
        wrap(f"Each section in detail: [the run itself](#run), {links}."),
        "## Run",
        "\n".join(item(name, field) for name, field in fields.items() if name not in sections),
    ]
    for name, field in sections.items():
        blocks.extend(write_section(field.annotation, name, 2, field.default))
    return "\n\n".join(blocks) + "\n"


if __name__ == "__main__":
    PAGE.write_text(write_page(), encoding="utf-8")
