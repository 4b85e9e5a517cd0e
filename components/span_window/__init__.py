"""SpanWindow: combines the images of the newest spans."""
