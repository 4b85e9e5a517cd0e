"""Code that runs in the pods: around each component, and in the additional steps."""
