"""A training that several processes share, usually each on a machine of its own."""
