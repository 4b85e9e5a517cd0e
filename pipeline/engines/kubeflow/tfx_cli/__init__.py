"""Makes `tfx ... --engine kubeflow` work."""
