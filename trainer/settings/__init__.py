"""The hyperparameters."""
