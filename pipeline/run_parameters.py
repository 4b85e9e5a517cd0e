"""Values that may differ between runs of a pipeline."""

from dataclasses import dataclass

from tfx.orchestration.data_types import RuntimeParameter

from components.utkface_example_gen import spans
from pipeline.acceptances import NOTHING, Acceptances
from pipeline.settings.config import PipelineConfig


@dataclass(frozen=True, kw_only=True)
class RunParameters:
    """Fixed values, or runtime parameters of a run.

    Attributes:
      data: the data paths, one per line; see PipelineConfig.
      span: the number of the span, or spans.NEWEST.
      accept_anomalies: why to continue although the data gate stops the run; empty accepts nothing.
      accept_unfairness: why to publish a model that misses a fairness bound; empty accepts nothing.
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
        """Returns runtime parameters with the settings as defaults."""
        defaults = vars(cls.fixed(config))
        return cls(
            **{
                name: RuntimeParameter(name=name, ptype=type(value), default=value)
                for name, value in defaults.items()
            },
        )
