"""What all HTML pages share: their look, their tables and plots, and safe text of others."""
