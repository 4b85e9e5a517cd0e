"""The model of all tasks: features, preprocessing, architectures, training and serving."""
