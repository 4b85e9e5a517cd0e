"""DistributionPlots: how many samples an age, a gender and a race."""
