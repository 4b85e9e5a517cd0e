"""UtkFaceExampleGen: converts UTKFace files to TFRecords with parsed labels."""
