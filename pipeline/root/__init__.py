"""Contents of a pipeline root, the folder that all runs share."""
