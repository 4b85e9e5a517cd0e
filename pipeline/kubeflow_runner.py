"""Compiles the pipeline for Kubeflow Pipelines; the runner file for `tfx pipeline create`.

    tfx pipeline create --engine kubeflow --endpoint URL --pipeline_path pipeline/kubeflow_runner.py
    tfx run create --engine kubeflow --endpoint URL --pipeline_name utkface

The environment variable UTKFACE_CONFIG names the YAML file with the settings.
"""

import sys

from pipeline.console.quiet import quiet_stderr

# Libraries of TFX print hundreds of warnings at import.
with quiet_stderr():
    from pipeline.engines.kubeflow.compiling.runner import compile_from_environment

if __name__ == "__main__":
    sys.exit(compile_from_environment())
