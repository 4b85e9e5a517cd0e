"""UtkFaceStatisticsGen: TFX's StatisticsGen whose statistics are the same on each run."""
