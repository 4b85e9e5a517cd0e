"""A trained model as one file, for machines without TensorFlow.

The input is `pixels`: uint8 [batch, size, size, 3], RGB from 0 to 255, any batch size. The size is
the size of the SavedModel, 96 unless the settings say otherwise. Phones and browsers decode images
themselves, and neither format has a decoder. Decoders return bytes, the model was trained on bytes,
and bytes take a quarter of the space of floats. A float input would silently accept pixels from 0
to 1. The file includes the normalization.

The predictions equal those of the SavedModel if the pixels are equal: the image upright by EXIF's
orientation, on white where it is transparent, resized without keeping its proportions as in
trainer.preprocessing (bilinear with antialiasing and half-pixel centers), and rounded to the
nearest gray level. Pillow's `resize((size, size), Image.Resampling.BILINEAR)` differs by at most
one gray level. Another filter, or no antialiasing, moves ages by up to a year.

The outputs have the names of the SavedModel's outputs, `Task.output_key` in trainer.tasks. A
regression returns float32 [batch, 1] in the unit of the task. Two classes return float32
[batch, 1], the probability of the second class. More classes return float32 [batch, n], a
probability per class.
"""
