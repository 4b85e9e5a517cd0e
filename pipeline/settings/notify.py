"""Whom to tell what became of a run."""

from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from trainer.settings.base import Settings

_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")


class NotifySettings(Settings):
    """Read by runs on one machine.

    Attributes:
      webhook: a URL that gets a summary as JSON, by POST, whenever a run ends, however it does.
        It may hold a secret, so that no log and no copy of the settings shows it.
      timeout_seconds: of one attempt as a whole, from resolving the host to the status.
      attempts: how often it is tried, at growing intervals; a run never fails for it.
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
        """What is worth a warning; empty if nothing is."""
        url = urlsplit(self.webhook.get_secret_value() if self.webhook else "")
        if url.scheme != "http" or url.hostname in _THIS_MACHINE:
            return ""
        return (
            f"notify.webhook: expected https://; found http://, so that everybody on the way to "
            f"{url.hostname} can read the URL with the secrets in it"
        )


def _is_url(text: str) -> bool:
    try:
        url = urlsplit(text)
        return url.scheme in ("http", "https") and bool(url.hostname) and url.port != 0
    except ValueError:  # Python's words quote the host, or the port
        return False
