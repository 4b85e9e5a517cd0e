"""Images: decoded strictly, repaired and measured."""
