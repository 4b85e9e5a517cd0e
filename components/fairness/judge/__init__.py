"""Compares measures with bounds and with the model blessed last."""
