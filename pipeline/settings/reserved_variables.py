"""Environment variables that this project sets in the steps of a cluster."""

# The folder of the launcher's copies, or NO_STAGING; see `staging`.
STAGING_VARIABLE = "UTKFACE_STAGING"
# The folder of `run_records`, the name of the step, and the hours that a run may take.
RECORDS_VARIABLE = "UTKFACE_RUN_RECORDS"
STEP_VARIABLE = "UTKFACE_STEP"
TIMEOUT_VARIABLE = "UTKFACE_RUN_TIMEOUT_HOURS"
# The URL of a webhook, from a secret.
WEBHOOK_VARIABLE = "UTKFACE_WEBHOOK"

RESERVED = (
    STAGING_VARIABLE,
    RECORDS_VARIABLE,
    STEP_VARIABLE,
    TIMEOUT_VARIABLE,
    WEBHOOK_VARIABLE,
)
