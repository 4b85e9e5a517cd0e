"""Components that record what was accepted."""
