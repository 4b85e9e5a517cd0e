"""Drawn, face-like sample pictures with UTKFace file names, to try the pipeline on.

Every face is invented by a random number generator: no picture shows a person, and nothing that a
model scores on them says how it would score on photographs.
"""

from pipeline.tools.sample.writer import MAX_COUNT, write_samples

__all__ = ["MAX_COUNT", "write_samples"]
