"""KnownLabels: examples with a weight for each label that may be unknown."""
