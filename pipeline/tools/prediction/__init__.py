"""Predicts on picture files with a served model."""
