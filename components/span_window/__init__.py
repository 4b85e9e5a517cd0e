"""SpanWindow: the pictures of the last spans together."""
