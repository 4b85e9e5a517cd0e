"""Compresses a Keras file, which Keras writes uncompressed; Keras reads both."""

import io
import zipfile
from typing import IO

import h5py

# The weights in a Keras file, an HDF5 file.
_WEIGHTS = "model.weights.h5"
# Elements of the smallest array that is worth compressing.
_SMALLEST = 1000


def compress(path: str, target: IO[bytes]) -> None:
    """Writes a copy of a Keras file with compressed weights.

    HDF5 groups the bytes of the numbers by significance before it compresses them: exponents are
    alike.

    Args:
      path: a local `.keras` file.
      target: gets the copy.
    """
    content = io.BytesIO()
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(content, "w") as copy:
        for name in source.namelist():
            data = source.read(name)
            copy.writestr(name, _compress_weights(data) if name == _WEIGHTS else data)
    target.write(content.getvalue())


def _compress_weights(data: bytes) -> bytes:
    content = io.BytesIO()
    with h5py.File(io.BytesIO(data), "r") as source, h5py.File(content, "w") as copy:

        def add(name: str, found: h5py.Group | h5py.Dataset) -> None:
            if isinstance(found, h5py.Group):
                added = copy.require_group(name)
            elif found.size < _SMALLEST:
                added = copy.create_dataset(name, data=found[()])
            else:
                added = copy.create_dataset(
                    name,
                    data=found[()],
                    chunks=found.shape,
                    shuffle=True,
                    compression="gzip",
                    compression_opts=1,
                )
            added.attrs.update(found.attrs)

        source.visititems(add)
        copy.attrs.update(source.attrs)
    return content.getvalue()
