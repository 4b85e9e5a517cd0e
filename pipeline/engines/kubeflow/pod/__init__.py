"""What runs in the pods: around each component, and in the steps beside them."""
