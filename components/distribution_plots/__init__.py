"""DistributionPlots: plots of the number of samples of each label."""
