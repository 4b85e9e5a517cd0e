"""Compiles the pipeline for Vertex AI; the runner file for `tfx pipeline compile`.

    tfx pipeline compile --engine vertex --pipeline_path pipeline/vertex_runner.py

The environment variable UTKFACE_CONFIG names the YAML file with the settings.
"""

import sys

from pipeline.console.quiet import quiet_stderr

# Libraries of TFX print hundreds of warnings at import.
with quiet_stderr():
    from pipeline.engines.kubeflow.compiling.runner import compile_from_environment
    from pipeline.engines.vertex.runner import VertexRunner

if __name__ == "__main__":
    sys.exit(compile_from_environment(VertexRunner))
