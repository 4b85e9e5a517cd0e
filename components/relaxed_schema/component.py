"""RelaxedSchema: the curated schema, relaxed for labels that may be ranges."""

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
    """Makes labels that may be ranges optional, and keeps all other constraints.

    Args:
      labels: keys of the labels, separated by spaces.
      schema: the curated schema.
      relaxed: the same schema, except for the labels and their bands.
    """
    curated = io_utils.SchemaReader().read(f"{schema.uri}/{_FILE}")
    io_utils.write_pbtxt_file(f"{relaxed.uri}/{_FILE}", relax(curated, labels.split()))
