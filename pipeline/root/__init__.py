"""What lies in a pipeline root, the folder that all runs share."""
