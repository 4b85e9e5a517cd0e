"""UtkFaceStatisticsGen: TFX's StatisticsGen with statistics that are the same in each run."""
