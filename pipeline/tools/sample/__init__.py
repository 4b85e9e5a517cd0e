"""Face-like drawings with UTKFace file names, to try the pipeline on.

A random number generator invents every face: no image shows a person, and a model's measures on
them do not carry over to photographs.
"""

from pipeline.tools.sample.writer import MAX_COUNT, write_samples

__all__ = ["MAX_COUNT", "write_samples"]
