"""Runs the pipeline on Kubeflow Pipelines 2 and on Vertex AI; see kubeflow/README.md."""
