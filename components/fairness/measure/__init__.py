"""Measures of slices, with intervals."""
