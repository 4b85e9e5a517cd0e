"""Checks that a cluster has what the steps of a package need."""
