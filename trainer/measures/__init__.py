"""The measures of predictions: one registry that everything which measures a model reads."""
