"""What works beside the pipeline: on its data, its models and its schema."""
