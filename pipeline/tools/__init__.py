"""Tools for the data, the models and the schema of the pipeline."""
