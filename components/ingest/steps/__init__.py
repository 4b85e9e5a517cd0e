"""The steps of the ingest transform, and the values they exchange."""
