"""Pictures: decoded strictly, repaired and measured."""
