"""Archives, read as streams."""
