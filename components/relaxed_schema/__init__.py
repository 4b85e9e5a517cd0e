"""RelaxedSchema: the curated schema, for labels of which some are ranges."""
