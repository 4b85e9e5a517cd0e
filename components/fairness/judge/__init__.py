"""Compares measures with bounds and with the last blessed model."""
