"""What the data gate compares."""
