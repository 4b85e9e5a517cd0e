"""Runs the pipeline on this machine; the runner file for `tfx pipeline create`.

    tfx pipeline create --engine local --pipeline_path pipeline/local_runner.py
    tfx run create --engine local --pipeline_name utkface

The environment variable UTKFACE_CONFIG names the YAML file with the settings.
"""

import sys

from pipeline.console.quiet import quiet_stderr

# Libraries of TFX print hundreds of warnings at import.
with quiet_stderr():
    from pipeline.engines.local.runner import main

if __name__ == "__main__":
    sys.exit(main())
