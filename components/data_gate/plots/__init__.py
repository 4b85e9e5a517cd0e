"""The plots of the data gate's page."""
