"""Compiles the pipeline for Vertex AI."""
