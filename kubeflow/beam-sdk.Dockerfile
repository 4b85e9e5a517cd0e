# The image of kubeflow/Dockerfile with Beam's start program, for Dataflow and for engines that start
# containers themselves. Build the image of kubeflow/Dockerfile first:
#
#   docker build -f kubeflow/beam-sdk.Dockerfile --build-arg IMAGE=REGISTRY/utkface-tfx:0.1.0 \
#       -t REGISTRY/utkface-tfx-beam:0.1.0 .

ARG IMAGE=utkface-tfx:0.1.0
# The versions of Python and of Beam are those of the image.
FROM apache/beam_python3.13_sdk:2.77.0 AS beam

FROM ${IMAGE}
COPY --from=beam /opt/apache/beam /opt/apache/beam
# Otherwise the start program creates an environment without this project.
ENV RUN_PYTHON_SDK_IN_DEFAULT_ENVIRONMENT=1
ENTRYPOINT ["/opt/apache/beam/boot"]
