"""When a prediction is kept back."""

from pydantic import Field

from pipeline.settings import Settings


class PredictionSettings(Settings):
    """How certain an answer must be to be given; 0 gives all of them.

    The fairness report shows, race by race, how often the model is right if it keeps silent
    where it is less certain. Those kept back are mostly children and unclear faces.

    Attributes:
      min_gender_certainty: of the gender, 0 to 1; of two, no answer is below 0.5.
      min_race_certainty: of the race, 0 to 1; of five, no answer is below 0.2.
    """

    min_gender_certainty: float = Field(default=0.0, ge=0, le=1)
    min_race_certainty: float = Field(default=0.0, ge=0, le=1)
