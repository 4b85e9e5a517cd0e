"""The multi-task model: features, preprocessing, architectures, training and serving."""
