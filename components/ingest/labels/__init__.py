"""Labels of files: from names, manifests and corrections."""
