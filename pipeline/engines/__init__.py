"""What runs the pipeline: this machine, Kubeflow Pipelines, Vertex AI."""
