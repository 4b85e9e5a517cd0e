"""The settings, checked as they are read."""
