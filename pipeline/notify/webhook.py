"""Sends a summary, as often as it takes within reason; what does not arrive fails no run."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx
import tenacity

from pipeline.settings.notify import NotifySettings

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
    name = f"the webhook at {urlsplit(url).hostname}"
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
                asyncio.run(_post(url, dict(summary), settings.timeout_seconds))
    except asyncio.TimeoutError:
        return f"{name} did not answer within {settings.timeout_seconds:g} seconds"
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
        return f"{name} was not told: {_explain(error)}"
    return ""


async def _post(url: str, summary: dict[str, Any], seconds: float) -> None:
    """Makes one attempt.

    Args:
      seconds: from resolving the host name to the status line and headers of the answer; httpx's
        own timeouts limit each read, so that a slow server would pass them for ever.

    Raises:
      asyncio.TimeoutError: if the attempt takes longer.
      httpx.HTTPError: if the server cannot be reached, or does not accept the summary.
      OSError, ValueError: if a certificate or a proxy of the environment is not usable.
    """
    await asyncio.wait_for(_status_of(url, summary), seconds)


async def _status_of(url: str, summary: dict[str, Any]) -> None:
    async with (
        httpx.AsyncClient(timeout=None) as client,
        # Only the status counts: the body of the answer, of any size, is never read.
        client.stream("POST", url, json=summary) as answer,
    ):
        answer.raise_for_status()


def _may_pass(error: BaseException) -> bool:
    if isinstance(error, httpx.HTTPStatusError):
        status = error.response.status_code
        return status == _TOO_MANY or status >= _SERVER_ERRORS
    return isinstance(error, (httpx.TransportError, asyncio.TimeoutError))


def _explain(error: Exception) -> str:
    # The messages of httpx name the whole URL.
    if isinstance(error, httpx.HTTPStatusError):
        return f"it answered {error.response.status_code} {error.response.reason_phrase}".strip()
    return type(error).__name__
