"""Pusher: publishes a blessed model, after a test of the files that will be served."""

from functools import partial

from tfx.components.util import model_utils
from tfx.dsl.component.experimental.annotations import InputArtifact, OutputArtifact, Parameter
from tfx.dsl.component.experimental.decorators import component
from tfx.types import standard_artifacts
from tfx.utils import path_utils

from components.model_digests import check_digests
from components.pusher.push import push
from components.pusher.smoke_test import check_answers, read_golden_answers
from components.serving.folder import ServingFolder
from components.serving.manifest import write_manifest

# Properties of the output, as of TFX's Pusher: 1 or 0, the folder of the version, and its number.
PUSHED = "pushed"
PUSHED_DESTINATION = "pushed_destination"
PUSHED_VERSION = "pushed_version"


@component
def Pusher(
    serving: Parameter[str],
    keep: Parameter[int],
    model: InputArtifact[standard_artifacts.Model],
    model_blessing: InputArtifact[standard_artifacts.ModelBlessing],
    predictions: InputArtifact[standard_artifacts.Examples],
    pushed_model: OutputArtifact[standard_artifacts.PushedModel],
) -> None:
    """Publishes a model if it is blessed.

    TFX's Pusher copies file by file into the folder that servers read. This one makes a version
    appear only once it is complete and has passed a test, and then moves `latest`.

    Args:
      serving: folder to push to; see components.serving.folder.
      keep: number of versions to keep.
      model: model to push.
      model_blessing: blessing of the model.
      predictions: examples with the outputs of the model, which the pushed model must repeat.
      pushed_model: a copy of the manifest; its properties name the version.

    Raises:
      InputError: if a file of the model changed after the training.
      OperationError: if the pushed model does not load, or predicts something else.
    """
    destination = ServingFolder(serving)
    if not model_utils.is_model_blessed(model_blessing):
        destination.sweep()
        pushed_model.set_int_custom_property(PUSHED, 0)
        return
    check_digests(model)
    check = partial(check_answers, golden=read_golden_answers(predictions))
    source = path_utils.serving_model_path(model.uri)
    manifest = push(source, destination, check=check, keep=keep)
    write_manifest(pushed_model.uri, manifest)
    pushed_model.set_int_custom_property(PUSHED, 1)
    folder = destination.path(manifest.version)
    pushed_model.set_string_custom_property(PUSHED_DESTINATION, folder)
    pushed_model.set_string_custom_property(PUSHED_VERSION, manifest.version)
