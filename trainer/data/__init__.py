"""What training reads: decoded examples, balanced."""
