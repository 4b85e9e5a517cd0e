"""A learning rate schedule that starts at a later step of the optimizer."""

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable("utkface")
class Restarted(keras.optimizers.schedules.LearningRateSchedule):
    """Wraps a schedule, whose step 0 becomes a later step of the optimizer."""

    def __init__(self, schedule: keras.optimizers.schedules.LearningRateSchedule, first: int):
        """Makes the schedule.

        Args:
          schedule: the learning rate by step, counted from 0.
          first: step of the optimizer at which `schedule` starts.
        """
        super().__init__()
        self._schedule = schedule
        self._first = first

    def __call__(self, step: int | keras.KerasTensor) -> keras.KerasTensor:
        # As an integer: above 16 million, float32 does not represent every step.
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
