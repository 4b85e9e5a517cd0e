"""RelaxedSchema: the curated schema, for labels of which some are ranges."""

from tfx import v1 as tfx
from tfx.utils import io_utils

from components.relaxed_schema.relaxing import relax

_FILE = "schema.pbtxt"


@tfx.dsl.components.component
def RelaxedSchema(
    labels: tfx.dsl.components.Parameter[str],
    schema: tfx.dsl.components.InputArtifact[tfx.types.standard_artifacts.Schema],
    relaxed: tfx.dsl.components.OutputArtifact[tfx.types.standard_artifacts.Schema],
) -> None:
    """Lets examples lack labels of which a range alone is known, and asks all else of them.

    Args:
      labels: the keys of the labels, with blanks between.
      schema: the curated one.
      relaxed: the same but for the labels and their bands.
    """
    curated = io_utils.SchemaReader().read(f"{schema.uri}/{_FILE}")
    io_utils.write_pbtxt_file(f"{relaxed.uri}/{_FILE}", relax(curated, labels.split()))
