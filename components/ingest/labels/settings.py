"""Settings of the labels: from file names or from a manifest."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from components.errors import InputError
from components.html.words import listed
from trainer.tasks import TASKS, Task

_TASKS = {task.name: task for task in TASKS}
_POINT_ZERO = re.compile(r"([0-9]+)\.0+")


def plain(cell: object) -> str:
    """Returns a cell normalized for comparison: `Male` is `male`, and `1.0` is `1`."""
    text = str(cell).strip().casefold()
    return match[1] if (match := _POINT_ZERO.fullmatch(text)) else text


@dataclass(frozen=True)
class FileColumn:
    """Which file a row describes.

    Attributes:
      column: column with the file name.
      pattern: file name, or the end of its path, with `{}` in place of the cell.
    """

    column: str = "file"
    pattern: str = "{}"

    def __post_init__(self) -> None:
        if self.pattern.count("{}") != 1:
            raise InputError(f"expected a pattern with one {{}}; found {self.pattern!r}")


@dataclass(frozen=True)
class TaskColumn:
    """Where the label of a task is, and how it is written.

    Attributes:
      column: column with the label. Empty uses the name of the task.
      values: class word or code for each cell value. Empty accepts the class words and codes
        themselves. Case does not matter.
      ranges: what happens to a range of numbers such as `20-29`. `quarantine` leaves the file out;
        `keep` keeps its other labels.
    """

    column: str = ""
    values: Mapping[str | int, str | int] = field(default_factory=dict)
    ranges: Literal["quarantine", "keep"] = "quarantine"

    def codes(self, task: Task) -> dict[str, int]:
        """Returns the codes of the classes by normalized cell; empty for a task without classes.

        Raises:
          InputError: if a value stands for no class, or for two classes.
        """
        known = {plain(word): code for code, word in enumerate(task.classes)}
        known |= {str(code): code for code in known.values()}
        codes: dict[str, int] = {}
        for cell, value in self.values.items():
            code = known.get(plain(value))
            if code is None or codes.setdefault(plain(cell), code) != code:
                raise InputError(
                    f"expected {cell!r} to stand for one class of {task.name}, "
                    f"{listed(known, 'or') if known else 'which has none'}; found {value!r}"
                )
        return codes or known


@dataclass(frozen=True)
class LabelSettings:
    """Where labels come from: file names or a manifest. See docs/data-and-labels.md.

    Attributes:
      manifest: CSV or Parquet file with the labels. A local path, an object store URI, or a file in
        an archive such as `faces.zip!/labels.csv`. `null` reads labels from file names.
      file: which file a row describes.
      tasks: column and values of each task, by task name.
    """

    manifest: str | None = None
    file: FileColumn = FileColumn()
    tasks: Mapping[str, TaskColumn] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, column in self.tasks.items():
            if name not in _TASKS:
                raise InputError(f"expected the task {listed(_TASKS, 'or')}; found {name!r}")
            column.codes(_TASKS[name])

    @property
    def ranged(self) -> tuple[str, ...]:
        """The keys of the labels that may be known only as ranges."""
        return tuple(
            task.label_key
            for task in TASKS
            if self.manifest and not task.classes and self.column_of(task).ranges == "keep"
        )

    def column_of(self, task: Task) -> TaskColumn:
        column = self.tasks.get(task.name, TaskColumn())
        return column if column.column else replace(column, column=task.label_key)
