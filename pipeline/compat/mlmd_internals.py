"""Private parts of ML Metadata.

- `MetadataStore._call_method`: every request to a store passes through it.

`tests/pipeline/root/test_metadata_server.py` fails if a release drops or renames it.
"""

from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from ml_metadata import MetadataStore, errors

_BACKSLASH = "\\"
# Where Cygwin and Samba put a backslash in names that must not have one.
_STAND_IN = "\uf05c"
# In the messages of MySQL and MariaDB about two transactions that got in each other's way.
_CONFLICT = "try restarting transaction"


def accept_backslashes(store: MetadataStore) -> MetadataStore:
    """Makes a store on PostgreSQL accept text with backslashes, such as JSON in JSON.

    ML Metadata quotes such text wrongly: PostgreSQL finds a syntax error in it. The database gets
    another character instead, and readers get the backslash again.
    """
    call = store._call_method

    def call_without(method: str, request: Message, response: Message) -> None:
        _replace(request, _BACKSLASH, _STAND_IN)
        call(method, request, response)
        _replace(response, _STAND_IN, _BACKSLASH)

    store._call_method = call_without
    return store


def repeat_conflicts(store: MetadataStore) -> MetadataStore:
    """Makes a store on MySQL or MariaDB repeat a request after a conflict with another run.

    A request is one transaction, which the conflict undoes. ML Metadata's client repeats requests
    that were aborted, but takes this for another error. MariaDB reports it since 11.6.2 whenever a
    row changes while it is read.
    """
    call = store._call_method

    def call_or_abort(method: str, request: Message, response: Message) -> None:
        try:
            call(method, request, response)
        except errors.StatusError as error:
            if _CONFLICT not in str(error):
                raise
            raise errors.AbortedError(str(error)) from error

    store._call_method = call_or_abort
    return store


def _replace(message: Message, old: str, new: str) -> None:
    """Replaces a character in all text of a message, except in keys of maps."""
    for field, value in message.ListFields():
        if field.type == FieldDescriptor.TYPE_STRING:
            if isinstance(value, str):
                setattr(message, field.name, value.replace(old, new))
            else:
                value[:] = [text.replace(old, new) for text in value]
        elif field.type == FieldDescriptor.TYPE_MESSAGE:
            for inner in _messages(field, value):
                _replace(inner, old, new)


def _messages(field: FieldDescriptor, value: Any) -> list[Message]:
    if isinstance(value, Message):
        return [value]
    if field.message_type.GetOptions().map_entry:
        return [inner for inner in value.values() if isinstance(inner, Message)]
    return list(value)
