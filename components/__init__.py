"""Custom TFX components of the UTKFace pipeline."""
