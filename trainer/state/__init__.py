"""Checkpoints, and what a warm start takes over."""
