"""`utkface inspect`: what would become of files, as counts and as a page."""
