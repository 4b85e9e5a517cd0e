"""Devices, workers and precision."""
