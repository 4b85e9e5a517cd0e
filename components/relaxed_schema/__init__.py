"""RelaxedSchema: the curated schema, relaxed for labels that may be ranges."""
