"""`utkface compare`: the same data, several settings, several seeds, one table."""
