"""UtkFaceTransform: TFX's Transform with examples that are the same in each run."""
