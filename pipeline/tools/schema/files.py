"""Reads a schema, without importing TensorFlow."""

from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from components.errors import InputError
from components.ingest.labels.curated_entries import read_text


def load_schema(path: str) -> schema_pb2.Schema:
    """Reads a schema in text format, like `schema/schema.pbtxt`.

    Raises:
      InputError: if the file does not exist, its syntax is wrong, it describes no feature, or
        it describes a feature twice.
    """
    schema = schema_pb2.Schema()
    try:
        text_format.Parse(read_text(path), schema)
    except text_format.ParseError as error:
        raise InputError(
            f"{path}: expected a schema as text, such as schema/schema.pbtxt; found at {error}. "
            "Correct it, or choose another file."
        ) from None
    names = [feature.name for feature in schema.feature]
    if not names:
        raise InputError(
            f"{path}: expected a schema of at least one feature; found none. Choose another file."
        )
    for name in names:
        if names.count(name) > 1:
            raise InputError(
                f"{path}: expected each feature once; found {name!r} several times. Keep one."
            )
    return schema
