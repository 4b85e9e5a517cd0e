"""Posts a summary to a webhook, with retries; a failed delivery fails no run."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx
import tenacity

from pipeline.settings.notify import NotifySettings

# Seconds before the second attempt, and the longest wait: 1, 2, 4, ... 30.
_FIRST_WAIT, _LONGEST_WAIT = 1, 30
# Statuses of responses that are worth another attempt.
_TOO_MANY, _SERVER_ERRORS = 429, 500


def send(
    settings: NotifySettings,
    summary: Mapping[str, Any],
    *,
    sleep: Callable[[float], None] = tenacity.nap.sleep,
) -> str:
    """Posts a summary.

    Args:
      settings: the URL, the number of attempts and the timeout.
      summary: the result of pipeline.notify.summary.
      sleep: waits for a number of seconds.

    Returns:
      Why the summary did not arrive, without the secrets of the URL; empty if it arrived or no
      webhook is set.
    """
    if settings.webhook is None:
        return ""
    url = settings.webhook.get_secret_value()
    name = f"the webhook at {urlsplit(url).hostname}"
    retrying = tenacity.Retrying(
        stop=tenacity.stop_after_attempt(settings.attempts),
        wait=tenacity.wait_exponential(multiplier=_FIRST_WAIT, max=_LONGEST_WAIT),
        retry=tenacity.retry_if_exception(_is_temporary),
        sleep=sleep,
        reraise=True,
    )
    try:
        for attempt in retrying:
            with attempt:
                # httpx's own timeouts limit each read, so a slow server could hold the connection
                # forever. This limit covers everything from resolving the host name to the status.
                asyncio.run(asyncio.wait_for(_post(url, summary), settings.timeout_seconds))
    except asyncio.TimeoutError:
        return f"{name} did not answer within {settings.timeout_seconds:g} seconds"
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
        return f"{name} did not receive the summary: {_explain(error)}"
    return ""


async def _post(url: str, summary: Mapping[str, Any]) -> None:
    """Makes one attempt.

    Raises:
      httpx.HTTPError: if the server cannot be reached, or rejects the summary.
      OSError, ValueError: if a certificate or a proxy of the environment is unusable.
    """
    async with (
        httpx.AsyncClient(timeout=None) as client,
        # Only the status counts: the body, of any size, is never read.
        client.stream("POST", url, json=dict(summary)) as response,
    ):
        response.raise_for_status()


def _is_temporary(error: BaseException) -> bool:
    if isinstance(error, httpx.HTTPStatusError):
        status = error.response.status_code
        return status == _TOO_MANY or status >= _SERVER_ERRORS
    return isinstance(error, (httpx.TransportError, asyncio.TimeoutError))


def _explain(error: Exception) -> str:
    # httpx's messages contain the whole URL.
    if isinstance(error, httpx.HTTPStatusError):
        return f"it answered {error.response.status_code} {error.response.reason_phrase}".strip()
    return type(error).__name__
