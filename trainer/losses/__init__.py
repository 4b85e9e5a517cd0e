"""The loss of each task, and how they are weighted."""
