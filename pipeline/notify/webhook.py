"""Sends a summary, as often as it takes within reason; what does not arrive fails no run."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx
import tenacity

from pipeline.notify.settings import NotifySettings

# Seconds before the second try and the most before any: 1, 2, 4, ... 30.
_FIRST_WAIT, _LONGEST_WAIT = 1, 30
# Of answers, those that a later try may better.
_TOO_MANY, _SERVER_ERRORS = 429, 500


def send(
    settings: NotifySettings,
    summary: Mapping[str, Any],
    *,
    sleep: Callable[[float], None] = tenacity.nap.sleep,
) -> str:
    """Posts a summary.

    Args:
      settings: where to, and how patiently.
      summary: of pipeline.notify.summary.
      sleep: waits for so many seconds.

    Returns:
      Why it did not arrive, without the secrets of the URL; empty if it did, or if nobody is to
      be told.
    """
    if settings.webhook is None:
        return ""
    url = settings.webhook.get_secret_value()
    retrying = tenacity.Retrying(
        stop=tenacity.stop_after_attempt(settings.attempts),
        wait=tenacity.wait_exponential(multiplier=_FIRST_WAIT, max=_LONGEST_WAIT),
        retry=tenacity.retry_if_exception(_may_pass),
        sleep=sleep,
        reraise=True,
    )
    try:
        for attempt in retrying:
            with attempt:
                httpx.post(
                    url, json=dict(summary), timeout=settings.timeout_seconds
                ).raise_for_status()
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return f"the webhook at {urlsplit(url).hostname} was not told: {_explain(error)}"
    return ""


def _may_pass(error: BaseException) -> bool:
    if isinstance(error, httpx.HTTPStatusError):
        status = error.response.status_code
        return status == _TOO_MANY or status >= _SERVER_ERRORS
    return isinstance(error, httpx.TransportError)


def _explain(error: Exception) -> str:
    # The messages of httpx name the whole URL.
    if isinstance(error, httpx.HTTPStatusError):
        return f"it answered {error.response.status_code} {error.response.reason_phrase}".strip()
    return type(error).__name__
