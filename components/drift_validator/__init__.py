"""DriftValidator: TFX's DistributionValidator, fit for a first run and for every engine."""
