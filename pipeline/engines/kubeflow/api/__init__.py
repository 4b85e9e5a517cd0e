"""The client of a Kubeflow Pipelines server."""
