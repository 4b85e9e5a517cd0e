"""The UTKFace pipeline: its configuration, its definition, its runners and its command."""
