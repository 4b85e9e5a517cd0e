"""The `utkface` command; each subcommand is loaded when it is called."""

import os

import click

from components.html.words import listed
from pipeline.cli.commands import LazyGroup
from trainer.tasks import TASKS

SUMMARIES = {
    "compare": "Train each CONFIG with several seeds on the same splits, and compare the results.",
    "compile": "Write the compiled pipeline to a file, without a run.",
    "export": "Convert MODEL, the folder of a SavedModel, to one file that predicts the same.",
    "gc": "Remove the artifacts of old runs, and what failed and killed runs left.",
    "inspect": "Show what the ingest would accept of the files at each PATH, and why not.",
    "kubeflow": "Run the pipeline on a cluster with Kubeflow Pipelines 2.",
    "logs": "Print the log of RUN, or of the newest run.",
    "predict": f"Predict {listed(task.name for task in TASKS)} for each IMAGE, with the model that "
    "is served.",
    "report": "Show the verdict on the model of a run, the reasons, and the worst slices.",
    "retrain": "Run the pipeline on the newest complete span, unless it was run before.",
    "rollback": "Serve an earlier model again: VERSION, or the one before the newest.",
    "run": "Run the whole pipeline, from files to a published model.",
    "runs": "List the runs, newest first, with their data and outcome.",
    "sample": "Draw COUNT face-like images with UTKFace names into the folder OUT.",
    "schedule": "Retrain on a schedule, on this machine or on a cluster.",
    "schema": "Compare the schema with the statistics of a run, or infer one.",
    "worker": "Take part in the training of a run on another machine.",
}

# Other users never write to what a command creates.
_NOT_FOR_OTHERS = 0o002
# Wide enough for a sentence beside the name of a command.
_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group(cls=LazyGroup, context_settings=_SETTINGS, summaries=SUMMARIES)
@click.version_option(package_name="utkface-tfx")
def main() -> None:
    """Train, evaluate and serve models that predict age, gender and race from face images."""
    # With a umask of 0, which some services have, any user of the machine could change a model.
    os.umask(os.umask(_NOT_FOR_OTHERS) | _NOT_FOR_OTHERS)
