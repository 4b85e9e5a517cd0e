"""`utkface schedule`: unattended retraining on a schedule."""
