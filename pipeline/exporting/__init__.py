"""A trained model as one file, for machines without TensorFlow.

What the file takes is `pixels`: uint8 [batch, 96, 96, 3], RGB from 0 to 255, any batch size.
Phones and browsers decode pictures themselves, and neither format has a decoder. As bytes
they are what every decoder gives, a quarter of what floats would be, and what the model was
trained on; a float input would take pixels from 0 to 1 without a word. The normalisation is
inside.

The answers are those of the SavedModel if the pixels are: the picture upright by EXIF's
orientation, on white where it is transparent, without regard for its proportions resized to 96 x
96 as trainer.preprocessing does it, which is bilinear with antialiasing and half-pixel centres,
and rounded to the nearest grey level. Pillow's `resize((96, 96), Image.Resampling.BILINEAR)` is
within one grey level of it. Another filter, or none against aliasing, moves ages by up to a year.

What comes back is named as the SavedModel's outputs: `age_output`, float32 [batch, 1], years;
`gender_output`, float32 [batch, 1], the probability of `female`; `race_output`, float32
[batch, 5], a probability for each of trainer.features.RACES.
"""
