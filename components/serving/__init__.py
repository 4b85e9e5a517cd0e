"""Pushed models: their folder, their manifests, and which of them is served."""
