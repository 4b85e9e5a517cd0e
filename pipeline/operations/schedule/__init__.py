"""`utkface schedule`: retraining by the clock, without anybody there."""
