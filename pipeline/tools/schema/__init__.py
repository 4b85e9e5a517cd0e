"""Compares the schema with statistics, and proposes changes."""
