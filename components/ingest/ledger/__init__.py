"""What became of each listed file."""
