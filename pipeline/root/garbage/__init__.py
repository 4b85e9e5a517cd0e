"""What `utkface gc` keeps and removes: old artifacts, and what killed runs left."""
