"""`utkface retrain`: what a schedule runs, unattended and never twice on the same data."""
