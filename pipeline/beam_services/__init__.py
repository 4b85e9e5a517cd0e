"""Beam's job service and worker pool, as this project starts them."""
