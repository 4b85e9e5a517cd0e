"""`utkface inspect`: what the ingest would do with files, as counts and as a page."""
