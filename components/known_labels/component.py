"""KnownLabels: prepares the Evaluator's input if some labels are ranges."""

from tfx.dsl.component.experimental.annotations import InputArtifact, OutputArtifact, Parameter
from tfx.dsl.component.experimental.decorators import component
from tfx.types import artifact_utils, standard_artifacts

from components.known_labels.marking import write_marked


@component
def KnownLabels(
    labels: Parameter[str],
    examples: InputArtifact[standard_artifacts.Examples],
    marked: OutputArtifact[standard_artifacts.Examples],
) -> None:
    """Gives each example all labels, with a weight of 0 for unknown labels.

    TFMA reads a label from every example, even if its weight is 0.

    Args:
      labels: keys of the labels that may be unknown, separated by spaces.
      examples: raw examples with the outputs of a model.
      marked: the same examples without their images; see components.known_labels.marking.
    """
    marked.split_names = examples.split_names
    for split in artifact_utils.decode_split_names(examples.split_names):
        source, target = (
            artifact_utils.get_split_uri([each], split) for each in (examples, marked)
        )
        write_marked(source, target, labels.split())
