"""TFX's BulkInferrer, which here checks the files of a model before it loads them."""
