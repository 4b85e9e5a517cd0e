"""DistributionPlots: how many samples each label has."""
