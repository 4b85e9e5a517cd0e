"""History: what earlier runs recorded for later runs, the same on every engine."""
