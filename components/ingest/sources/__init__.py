"""Data paths: folders, globs, archives and object stores."""
