"""The steps of the transform, and what they hand on."""
