"""Settings of the webhook that receives the outcome of a run."""

from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from trainer.settings.base import Settings

_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")


class NotifySettings(Settings):
    """Webhook of runs on one machine. On Kubeflow, set `kubeflow.webhook` instead.

    Attributes:
      webhook: URL that receives a JSON summary whenever a run ends. It may contain a secret, so
        logs and copies of the settings omit it.
      timeout_seconds: timeout of one attempt, in seconds. It covers everything from resolving the
        host to the status.
      attempts: maximum attempts, at growing intervals. A failed notification never fails the run.
    """

    webhook: SecretStr | None = None
    timeout_seconds: float = Field(default=10.0, gt=0, le=120)
    attempts: int = Field(default=4, ge=1, le=10)

    @field_validator("webhook")
    @classmethod
    def _check_url(cls, webhook: SecretStr | None) -> SecretStr | None:
        if webhook is not None and not _is_url(webhook.get_secret_value()):
            raise ValueError("expected a URL that begins with https:// or http://")
        return webhook

    @property
    def warning(self) -> str:
        """A warning about the URL; empty if the URL is safe."""
        url = urlsplit(self.webhook.get_secret_value() if self.webhook else "")
        if url.scheme != "http" or url.hostname in _THIS_MACHINE:
            return ""
        return (
            "notify.webhook: expected https://; found http://. Anyone on the network path to "
            f"{url.hostname} can read the URL and the secrets in it."
        )


def _is_url(text: str) -> bool:
    try:
        url = urlsplit(text)
        return url.scheme in ("http", "https") and bool(url.hostname) and url.port != 0
    except ValueError:  # Python's message quotes the host or the port
        return False
