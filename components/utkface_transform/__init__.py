"""UtkFaceTransform: TFX's Transform whose examples are the same on each run."""
