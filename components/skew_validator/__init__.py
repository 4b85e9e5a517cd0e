"""SkewValidator: compares the splits of a run."""
