"""`utkface compare`: several settings and seeds on the same data, in one table."""
