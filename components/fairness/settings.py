"""What a model must reach on its slices to be blessed."""

from pydantic import Field

from components.partial_settings import Number, PartialSettings


class Bounds(PartialSettings):
    """Bounds of one measure; None asks for nothing.

    Attributes:
      worst: what every slice must reach: at most so much of an error, at least so much of an
        accuracy.
      gap: how far the slices of one attribute may be from the best of them.
      worse: by how much a slice may be worse than it was with the model that was blessed last.
    """

    worst: Number | None = Field(default=None, ge=0)
    gap: Number | None = Field(default=None, ge=0)
    worse: Number | None = Field(default=None, ge=0)


class ShareBounds(Bounds):
    """Bounds of an accuracy, 0 to 1."""

    worst: Number | None = Field(default=None, ge=0, le=1)
    gap: Number | None = Field(default=None, ge=0, le=1)
    worse: Number | None = Field(default=None, ge=0, le=1)


class TaskBounds(PartialSettings):
    """Bounds by measure.

    Attributes:
      age_mae: mean absolute error, years.
      gender_accuracy: share of right genders.
      race_accuracy: share of right races; within a race that is its recall.
    """

    age_mae: Bounds = Bounds()
    gender_accuracy: ShareBounds = ShareBounds()
    race_accuracy: ShareBounds = ShareBounds()


class Improvement(PartialSettings):
    """By how much a model must be better than the one blessed last, over all test examples.

    None asks nothing; below 0 it may be so much worse. Chance is not allowed for.

    Attributes:
      age_mae: mean absolute error, years.
      gender_accuracy: share of right genders.
      race_accuracy: share of right races.
    """

    age_mae: Number | None = None
    gender_accuracy: Number | None = Field(default=None, ge=-1, le=1)
    race_accuracy: Number | None = Field(default=None, ge=-1, le=1)


class FairnessSettings(PartialSettings):
    """What is asked of slices; a bound counts as missed only where chance does not explain it.

    Attributes:
      min_examples: slices of fewer test examples are shown, and asked nothing.
      confidence: how sure all of it together must be: with nothing wrong, no bound is missed so
        often.
      groups: bounds of each race, each gender, and each gender of each race.
      age_bands: bounds of each age band. Ages differ more than groups do: nobody can tell the
        gender of a baby by its face.
      improvement: on the model that was blessed last.
    """

    min_examples: int = Field(default=30, ge=2)
    confidence: float = Field(default=0.95, gt=0.5, lt=1)
    groups: TaskBounds = TaskBounds(
        age_mae=Bounds(worst=12.0, gap=6.0, worse=0.5),
        gender_accuracy=ShareBounds(worst=0.6, gap=0.2, worse=0.03),
        race_accuracy=ShareBounds(worse=0.05),
    )
    age_bands: TaskBounds = TaskBounds(
        age_mae=Bounds(worst=18.0, worse=0.5),
        gender_accuracy=ShareBounds(worse=0.03),
        race_accuracy=ShareBounds(worst=0.4, worse=0.05),
    )
    improvement: Improvement = Improvement()
