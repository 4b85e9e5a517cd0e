"""Predictions of a model on the test split, made once for every component that measures them."""

from tfx import types
from tfx.components import BulkInferrer
from tfx.proto import bulk_inferrer_pb2

from components.verified_bulk_inferrer.component import VerifiedBulkInferrer
from trainer.signatures import SERVING_DEFAULT
from trainer.tasks import TASKS

TEST = "test"


def make_bulk_inferrer(
    examples: types.BaseChannel,
    model: types.BaseChannel,
    blessing: types.BaseChannel | None = None,
) -> BulkInferrer:
    """Returns TFX's BulkInferrer, which adds the outputs of a model to raw examples.

    Args:
      examples: raw examples, of which the test split is read.
      model: the model, called through its serving signature.
      blessing: the blessing of the model; an unblessed model gets no predictions. None predicts
        without a blessing.
    """
    spec = bulk_inferrer_pb2.OutputExampleSpec()
    output = spec.output_columns_spec.add().predict_output
    for task in TASKS:
        output.output_columns.add(output_key=task.output_key, output_column=task.output_key)
    return VerifiedBulkInferrer(
        examples=examples,
        model=model,
        model_blessing=blessing,
        data_spec=bulk_inferrer_pb2.DataSpec(example_splits=[TEST]),
        model_spec=bulk_inferrer_pb2.ModelSpec(model_signature_name=[SERVING_DEFAULT]),
        output_example_spec=spec,
    )
