"""The UTKFace pipeline: its settings, definition, runners and command."""
