"""Reuses the results of earlier runs whose inputs, settings, code and data are the same."""
