"""Measures of predictions, in one registry that all consumers read."""
