"""The log of a step."""

import logging

# They log every request, which is noise in a healthy run.
_TALKATIVE = ("aiobotocore", "botocore", "s3fs", "urllib3")


def set_up_log() -> None:
    """Logs to standard error, instead of through absl's handler, which shows warnings only."""
    logging.basicConfig(
        level=logging.INFO, format="%(levelname)s %(name)s: %(message)s", force=True
    )
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
