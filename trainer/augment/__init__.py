"""Augments training images, and averages predictions over mirrored images."""
