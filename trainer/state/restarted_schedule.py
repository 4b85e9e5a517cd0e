"""A learning rate that begins anew although the optimizer has taken steps before."""

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable("utkface")
class Restarted(keras.optimizers.schedules.LearningRateSchedule):
    """Another schedule, whose step 0 is a later step of the optimizer."""

    def __init__(self, schedule: keras.optimizers.schedules.LearningRateSchedule, first: int):
        """Makes the schedule.

        Args:
          schedule: the learning rate by step, counted from 0.
          first: the step of the optimizer at which it begins.
        """
        super().__init__()
        self._schedule = schedule
        self._first = first

    def __call__(self, step: int | keras.KerasTensor) -> keras.KerasTensor:
        # As a whole number: after 16 million steps float32 no longer tells one from the next.
        return self._schedule(ops.cast(step, "int64") - self._first)

    def get_config(self) -> dict[str, object]:
        return {
            "schedule": keras.saving.serialize_keras_object(self._schedule),
            "first": self._first,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Restarted":
        schedule = keras.saving.deserialize_keras_object(config["schedule"])
        return cls(schedule, config["first"])
