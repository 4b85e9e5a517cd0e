"""UtkFaceExampleGen: from UTKFace files to TFRecords with parsed labels."""
