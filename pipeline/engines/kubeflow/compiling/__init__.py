"""Compiles the pipeline into a package for Kubeflow Pipelines."""
