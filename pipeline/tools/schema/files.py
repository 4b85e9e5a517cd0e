"""Reads a schema, without importing TensorFlow."""

from collections import Counter

from google.protobuf import text_format
from google.protobuf.message import EncodeError
from tensorflow_metadata.proto.v0 import schema_pb2

from components.errors import InputError
from components.ingest.labels.curated_entries import read_text

# Characters of the file to quote.
_MAX_QUOTED = 500


def load_schema(path: str) -> schema_pb2.Schema:
    """Reads a schema in text format, like `schema/schema.pbtxt`.

    Raises:
      InputError: if the file does not exist, its syntax is wrong, it describes no feature, or
        it describes a feature twice.
    """
    schema, text = schema_pb2.Schema(), read_text(path)
    try:
        text_format.Parse(text, schema)
        # Fails for half of a surrogate pair, which text can contain but no serialized schema.
        schema.SerializeToString()
    except text_format.ParseError as error:
        raise _syntax_error(path, f"at {error}") from None
    except RecursionError:
        raise _syntax_error(path, "too many levels of messages") from None
    except (EncodeError, ValueError):
        raise _syntax_error(path, "text that is not Unicode") from None
    names = [feature.name for feature in schema.feature]
    if not names:
        raise InputError(
            f"{path}: expected a schema of at least one feature; found none. Choose another file."
        )
    ((name, times),) = Counter(names).most_common(1)
    if times > 1:
        raise InputError(
            f"{path}: expected each feature once; found {name!r} several times. Keep one."
        )
    return schema


def _syntax_error(path: str, found: str) -> InputError:
    quoted = found if len(found) <= _MAX_QUOTED else f"{found[:_MAX_QUOTED]}..."
    return InputError(
        f"{path}: expected a schema as text, such as schema/schema.pbtxt; found {quoted}. "
        "Correct it, or choose another file."
    )
