"""Checkpoints, and the training state of a warm start."""
