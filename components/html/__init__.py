"""What all HTML pages of the project share: their look, and text that cannot harm them."""
