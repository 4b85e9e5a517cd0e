"""The shared parts of all HTML pages: style, tables, plots, and safe display of untrusted text."""
