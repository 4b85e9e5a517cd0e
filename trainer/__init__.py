"""The three-branch model: features, preprocessing, architectures, training and serving."""
