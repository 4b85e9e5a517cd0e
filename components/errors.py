"""Errors that end a run for a reason its user can act on."""


class InputError(ValueError):
    """The data or the settings are not what they must be; the message says what to do."""


class DataGateError(RuntimeError):
    """The data gate stopped the run; the message lists the anomalies."""


class ResourceError(OSError):
    """The machine has no room left, on a disk or in memory; the message says where."""


class BusyError(RuntimeError):
    """Another run is under way where this one would be; the message says whose."""
