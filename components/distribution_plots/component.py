"""DistributionPlots: the plots of the tutorial, for the data of every run."""

from tfx.dsl.component.experimental.annotations import InputArtifact, OutputArtifact
from tfx.dsl.component.experimental.decorators import component
from tfx.dsl.io import fileio
from tfx.types import artifact_utils, standard_artifacts

from components.distribution_plots import counts, drawing
from components.distribution_plots.artifact import Plots
from components.utkface_example_gen.artifact import DRAWINGS_PROPERTY
from trainer.tasks import TASKS


@component
def DistributionPlots(
    examples: InputArtifact[standard_artifacts.Examples],
    plots: OutputArtifact[Plots],
) -> None:
    """Writes an SVG file for each task, named after the task: samples by label, splits stacked.

    Args:
      examples: raw examples.
      plots: folder of the drawings.
    """
    splits = artifact_utils.decode_split_names(examples.split_names)
    by_split = {split: counts.count_labels(examples, split) for split in splits}
    drawings = examples.get_int_custom_property(DRAWINGS_PROPERTY)
    for task in TASKS:
        with fileio.open(f"{plots.uri}/{task.name}.svg", "wb") as file:
            file.write(drawing.draw(task, by_split, drawings=drawings))
