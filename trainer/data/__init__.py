"""Training data: decoded examples, and the balance of groups."""
