"""A trained model as one file, for machines without TensorFlow.

What the file takes is `pixels`: uint8 [batch, size, size, 3], RGB from 0 to 255, any batch size.
The size is that of the SavedModel, 96 unless the settings say otherwise. Phones and browsers decode
pictures themselves, and neither format has a decoder. As bytes they are what every decoder gives,
a quarter of what floats would be, and what the model was trained on; a float input would take
pixels from 0 to 1 silently. The normalisation is inside.

The answers are those of the SavedModel if the pixels are: the picture upright by EXIF's
orientation, on white where it is transparent, resized without regard for its proportions as
trainer.preprocessing does it, which is bilinear with antialiasing and half-pixel centres, and
rounded to the nearest grey level. Pillow's `resize((size, size), Image.Resampling.BILINEAR)` is
within one grey level of it. Another filter, or none against aliasing, moves ages by up to a year.

What comes back is named as the SavedModel's outputs, a `Task.output_key` of trainer.tasks each: of
a regression float32 [batch, 1] in the unit of the task; of two classes float32 [batch, 1], the
probability of the second; of more float32 [batch, n], a probability for each class.
"""
