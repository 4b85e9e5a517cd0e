"""Settings of the webhook that receives the outcome of a run."""

from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from trainer.settings.base import Settings

_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")


class NotifySettings(Settings):
    """Webhook of runs on one machine. On Kubeflow, set `kubeflow.webhook` instead.

    Attributes:
      allow_http: whether a webhook on another machine may begin with `http://`. Anyone on the
        network path can read the summary and the URL, with the secrets in it.
      webhook: URL that receives a JSON summary whenever a run ends. It may contain a secret, so
        logs and copies of the settings omit it. Redirects are not followed.
      timeout_seconds: timeout of one attempt, in seconds. It covers everything from resolving the
        host to the status.
      attempts: maximum attempts, at growing intervals. A failed notification never fails the run.
    """

    # Before the URL, whose check needs it.
    allow_http: bool = False
    webhook: SecretStr | None = None
    timeout_seconds: float = Field(default=10.0, gt=0, le=120)
    attempts: int = Field(default=4, ge=1, le=10)

    @field_validator("webhook")
    @classmethod
    def _check_url(cls, webhook: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if webhook is None:
            return webhook
        if not _is_url(webhook.get_secret_value()):
            raise ValueError("expected a URL that begins with https://")
        url = urlsplit(webhook.get_secret_value())
        open_to_others = url.scheme == "http" and url.hostname not in _THIS_MACHINE
        if open_to_others and not info.data.get("allow_http"):
            raise ValueError(
                "expected a URL that begins with https://; found http://, which anyone on the "
                "network path can read. Set notify.allow_http to allow it"
            )
        return webhook


def _is_url(text: str) -> bool:
    try:
        url = urlsplit(text)
        return url.scheme in ("http", "https") and bool(url.hostname) and url.port != 0
    except ValueError:  # Python's message quotes the host or the port
        return False
