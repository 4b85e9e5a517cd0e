"""The engines that run the pipeline: this machine, Kubeflow Pipelines, Vertex AI."""
