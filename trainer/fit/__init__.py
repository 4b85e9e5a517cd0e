"""Fits a model, and records its curves."""
