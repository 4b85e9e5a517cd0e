"""DataGate: ExampleValidator only reports; this component stops the run."""

from tensorflow_metadata.proto.v0 import anomalies_pb2
from tfx import v1 as tfx
from tfx.dsl.io import fileio
from tfx.types import artifact_utils

from components.errors import DataGateError

_ANOMALIES_FILE = "SchemaDiff.pb"


def find_anomalies(anomalies: tfx.types.standard_artifacts.ExampleAnomalies) -> list[str]:
    """Returns a line for each anomaly: the split, the feature, what and how."""
    lines = []
    for split in sorted(artifact_utils.decode_split_names(anomalies.split_names)):
        uri = artifact_utils.get_split_uri([anomalies], split)
        with fileio.open(f"{uri}/{_ANOMALIES_FILE}", "rb") as file:
            found = anomalies_pb2.Anomalies.FromString(file.read())
        if found.HasField("dataset_anomaly_info"):
            lines.append(_line(split, "the whole split", found.dataset_anomaly_info))
        lines += [
            _line(split, name, found.anomaly_info[name]) for name in sorted(found.anomaly_info)
        ]
    return lines


@tfx.dsl.components.component
def DataGate(
    anomalies: tfx.dsl.components.InputArtifact[tfx.types.standard_artifacts.ExampleAnomalies],
) -> None:
    """Stops the run if the validator found any anomaly in any split.

    Make the components that must not see bad data depend on it with
    `add_upstream_node`.

    Args:
      anomalies: what ExampleValidator found.

    Raises:
      DataGateError: if there is an anomaly; the message lists them all.
    """
    lines = find_anomalies(anomalies)
    if lines:
        raise DataGateError("The data is not what the schema allows:\n" + "\n".join(lines))


def _line(split: str, feature: str, info: anomalies_pb2.AnomalyInfo) -> str:
    return f"{split}: {feature}: {info.short_description}: {info.description.strip()}"
