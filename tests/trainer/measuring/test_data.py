"""The digests that identify the data and the code of a result."""

from pathlib import Path

import tensorflow as tf

from trainer.input_fn import read_records
from trainer.measuring.data import code_digest, describe_data


def describe(train: str, evaluation: str, examples: str) -> dict[str, str]:
    request = {"train_files": [train], "eval_files": [evaluation], "examples": [examples]}
    return describe_data(request)


def reverse(pattern: str, folder: Path) -> str:
    """Writes the records in reverse order; returns their glob."""
    folder.mkdir()
    records = [*read_records([pattern]).as_numpy_iterator()]
    with tf.io.TFRecordWriter(str(folder / "part-0.gz"), "GZIP") as writer:
        for record in reversed(records):
            writer.write(record)
    return str(folder / "*")


def test_data_digests_depend_on_the_examples_and_not_on_their_order(
    write_transformed, tmp_path: Path
) -> None:
    a = write_transformed("a", [(1, 0, 0), (2, 1, 1)])
    reordered = reverse(a, tmp_path / "reordered")
    b = write_transformed("b", [(1, 0, 0), (3, 1, 1)])
    first = describe(a, b, a)
    assert first == describe(reordered, b, reordered)
    assert first["code"] == code_digest()
    trained_on_other, measured_on_other = describe(b, b, a), describe(a, b, b)
    assert trained_on_other["training"] != first["training"]
    assert trained_on_other["measured"] == first["measured"]
    assert measured_on_other["training"] == first["training"]
    assert measured_on_other["measured"] != first["measured"]
    # The split of an example affects the digest.
    assert describe(b, a, a)["training"] != first["training"]
