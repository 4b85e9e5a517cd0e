"""The private parts of TensorFlow that we use exist and work as documented."""

from tensorflow.python.eager import context as tf_context

from trainer.compat import tensorflow_internals


def test_the_heartbeat_timeout_is_set(monkeypatch) -> None:
    context = tf_context.Context()
    monkeypatch.setattr(tf_context, "context", lambda: context)
    tensorflow_internals.tolerate_silence(30)
    context.configure_coordination_service(service_type="standalone", service_leader="/job:chief")
    configured = context.coordination_service
    assert configured.heartbeat_timeout_in_ms == 30_000
    assert configured.service_type == "standalone"
