"""Rows of one size in a temporary file, read in any order."""

import errno
import os
import tempfile
from typing import Any

import numpy as np


class Spool:
    """Keeps rows on the local disk, so that they need no memory of the process.

    The file has no name: it is gone with the object, or with the process, however that
    ends. It lies where `tempfile` puts files, which TMPDIR can tell.
    """

    def __init__(self, row: np.dtype[Any]):
        """Makes an empty one.

        Args:
          row: type and shape of a row; it holds no Python objects.
        """
        self.row = row
        self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - lives as long as this
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def append(self, rows: np.ndarray) -> None:
        """Writes rows behind those there are.

        Raises:
          OSError: if the disk is full.
        """
        try:
            data = memoryview(rows.tobytes())
            while data:
                data = data[os.write(self._file.fileno(), data) :]
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            raise OSError(
                errno.ENOSPC,
                f"Expected room for the decoded examples in {tempfile.gettempdir()}, "
                f"{self.row.itemsize:,} bytes each. It was full after {self._length:,}. "
                "TMPDIR names another folder.",
            ) from error
        self._length += len(rows)

    def read(self, positions: np.ndarray) -> np.ndarray:
        """Returns rows.

        Args:
          positions: int64 [n], each from 0 and less than the number of rows.

        Raises:
          IndexError: if there is no such row.
        """
        rows = np.empty(len(positions), self.row)
        size = self.row.itemsize
        data = rows.view(np.uint8).reshape(len(positions), size)
        for row, position in zip(data, positions.tolist(), strict=True):
            if os.preadv(self._file.fileno(), [row], position * size) != size:
                raise IndexError(
                    f"Expected a row out of {self._length}. Received: position={position}."
                )
        return rows
