"""Measures slices, with intervals."""
