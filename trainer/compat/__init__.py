"""Parts of Keras that are not public, each with its reason; nothing else uses any."""
