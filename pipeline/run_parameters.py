"""What may differ from one run of a pipeline to the next."""

from dataclasses import dataclass

from tfx.orchestration.data_types import RuntimeParameter

from components.utkface_example_gen import spans
from pipeline.acceptances import NOTHING, Acceptances
from pipeline.settings.config import PipelineConfig


@dataclass(frozen=True, kw_only=True)
class RunParameters:
    """Values that are fixed, or that a run can be given.

    Attributes:
      data: the data paths, one a line; see PipelineConfig.
      span: the number of the span, or spans.NEWEST.
      accept_anomalies: why to go on although the data gate says stop; empty stops then.
      accept_unfairness: why to publish a model although it fails a group; empty does not.
      epochs, steps_per_epoch, learning_rate, warm_start_learning_rate: see Hyperparameters.
    """

    data: str | RuntimeParameter
    span: int | RuntimeParameter
    accept_anomalies: str | RuntimeParameter
    accept_unfairness: str | RuntimeParameter
    epochs: int | RuntimeParameter
    steps_per_epoch: int | RuntimeParameter
    learning_rate: float | RuntimeParameter
    warm_start_learning_rate: float | RuntimeParameter

    @classmethod
    def fixed(cls, config: PipelineConfig, accepted: Acceptances = NOTHING) -> "RunParameters":
        """Returns the values of the settings."""
        return cls(
            data="\n".join(config.data),
            span=spans.NEWEST if config.span is None else config.span,
            accept_anomalies=accepted.anomalies,
            accept_unfairness=accepted.unfairness,
            epochs=config.trainer.epochs,
            steps_per_epoch=config.trainer.steps_per_epoch,
            learning_rate=config.trainer.learning_rate,
            warm_start_learning_rate=config.trainer.warm_start_learning_rate,
        )

    @classmethod
    def adjustable(cls, config: PipelineConfig) -> "RunParameters":
        """Returns parameters of a run that have the values of the settings for defaults."""
        defaults = vars(cls.fixed(config))
        return cls(
            **{
                name: RuntimeParameter(name=name, ptype=type(value), default=value)
                for name, value in defaults.items()
            },
        )
