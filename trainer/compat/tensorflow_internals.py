"""Private parts of TensorFlow.

- `Context.configure_coordination_service`: MultiWorkerMirroredStrategy calls it without a heartbeat
  timeout, and no public function sets one.

`tests/trainer/compat` fails if a release drops or renames it.
"""

import functools

from tensorflow.python.eager import context as tf_context


def tolerate_silence(seconds: float) -> None:
    """Sets how long a worker may be silent before the others give it up.

    On a busy machine, compiling a step delays the heartbeats of a worker by more than TensorFlow's
    10 seconds. Call this before the strategy is made.
    """
    context = tf_context.context()
    context.configure_coordination_service = functools.partial(
        context.configure_coordination_service, heartbeat_timeout_in_ms=round(seconds * 1000)
    )
