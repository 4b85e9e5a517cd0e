"""DriftValidator: TFX's DistributionValidator, adapted to first runs and to every engine."""
