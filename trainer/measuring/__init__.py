"""Trains one candidate of `utkface compare`, and measures it."""
