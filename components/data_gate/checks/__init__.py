"""The checks of the data gate."""
