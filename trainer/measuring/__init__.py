"""Trains and measures one candidate of `utkface compare`."""
