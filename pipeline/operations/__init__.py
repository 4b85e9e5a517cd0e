"""Runs that start by themselves: retraining, and its schedules."""
