"""Parts of TFX and kfp that are not public, each with its reason; nothing else uses any."""
