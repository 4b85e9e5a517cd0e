"""Private parts of Keras, each with its reason. No other module uses them."""
