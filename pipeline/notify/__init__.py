"""Tells others what became of a run."""
