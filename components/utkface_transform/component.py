"""UtkFaceTransform: TFX's Transform with examples that are the same in each run."""

from tfx import types
from tfx.components.transform.component import Transform
from tfx.dsl.components.base import executor_spec
from tfx.proto import transform_pb2

from components.utkface_transform.executor import TRANSFORMED_SPLITS, Executor
from trainer.features import IMAGE_SIZE_SETTING


class UtkFaceTransform(Transform):
    """Decodes and resizes the images; only the train split determines the normalization.

    Equal examples, schema and code give the same transformed examples, byte for byte and in the
    same order. The order and encoding of TFX's own examples differ in each run, so no training on
    them could be repeated, or resumed by another run.

    Component `outputs` contains:
      - `transform_graph`: tfx.types.standard_artifacts.TransformGraph.
      - `transformed_examples`: tfx.types.standard_artifacts.Examples, in the order of the raw
        examples.
    """

    EXECUTOR_SPEC = executor_spec.BeamExecutorSpec(Executor)

    def __init__(self, *, examples: types.BaseChannel, schema: types.BaseChannel, image_size: int):
        """Constructs the component.

        Args:
          examples: raw examples, as written by UtkFaceExampleGen.
          schema: the curated schema.
          image_size: width and height of the model's input images, in pixels.
        """
        super().__init__(
            examples=examples,
            schema=schema,
            preprocessing_fn="trainer.preprocessing.preprocessing_fn",
            splits_config=transform_pb2.SplitsConfig(
                analyze=["train"], transform=list(TRANSFORMED_SPLITS)
            ),
            custom_config={IMAGE_SIZE_SETTING: image_size},
            disable_statistics=True,
            # No run reads the cache of another run.
            disable_analyzer_cache=True,
        )
