"""History: what earlier runs left for later ones, the same on every engine."""
