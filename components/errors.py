"""Errors that end a run for a reason that the user can act on."""


class InputError(ValueError):
    """The data or the settings are invalid; the message says what to do."""


class OperationError(RuntimeError):
    """An operation failed or was refused; the message is for the user."""


class DataGateError(RuntimeError):
    """The data gate stopped the run; the message lists the anomalies."""


class ResourceError(OSError):
    """A disk or the memory is full; the message says which."""


class BusyError(RuntimeError):
    """Another run holds the resources of this run; the message names its owner."""
