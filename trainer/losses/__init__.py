"""The loss of each task, and the weights of the losses."""
