"""Components that record accepted results."""
