"""Predicts on image files with a served model."""
