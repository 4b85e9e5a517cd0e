"""Tells whoever listens what the gate could not look at."""

import logging

from components.data_gate.finding import Finding

# A listener adds a handler; without one the messages end in the log.
LOGGER = logging.getLogger("utkface.data_gate")


def tell_note(note: Finding) -> None:
    """Logs a record whose attribute `gate_note` is the finding's message."""
    LOGGER.info("%s", note.message, extra={"gate_note": note.message})
