"""Changes pictures while training, and averages predictions over mirrored ones."""
