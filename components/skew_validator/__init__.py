"""SkewValidator: compares the splits of one run."""
