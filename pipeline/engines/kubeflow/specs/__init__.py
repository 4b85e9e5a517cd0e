"""Edits pipeline specifications."""
