"""The step that looks for new data: `python -m pipeline.engines.kubeflow.pod.span_choice`."""

import argparse
import sys
from collections.abc import Sequence

from components.history.registry import MEASURED_MODEL, TAKEN_SPAN, History
from components.utkface_example_gen.spans import NEWEST
from pipeline.engines.kubeflow.pod.native_step import NativeStep, run_native_step
from pipeline.engines.kubeflow.pod.preflight import add_store_arguments, begin_run
from pipeline.engines.kubeflow.pod.run_records import SpanChoice, records_of_environment
from pipeline.engines.kubeflow.specs.retraining_spec import DATA, SPAN
from pipeline.settings.retrain import RetrainSettings
from pipeline.span_choice import choose_span

# The value for "no span".
NOTHING = -1

_OUTPUT = "found"


def choose(
    data: Sequence[str], span: int, settings: RetrainSettings, history: History
) -> SpanChoice:
    """Chooses a span. The last step records the span as taken, unless the run fails.

    Args:
      data: data paths, each with a span placeholder.
      span: the span to take, even if it was run before; NEWEST lets `settings` decide.
      settings: the settings that define a complete span.
      history: the history of the pipeline.

    Raises:
      InputError: see choose_span.
    """
    lines: tuple[str, ...] = ()
    if span == NEWEST:
        done = {
            **{entry.span: "a model was measured" for entry in history.entries(MEASURED_MODEL)},
            **{entry.span: "a schedule took it" for entry in history.entries(TAKEN_SPAN)},
        }
        choice = choose_span(
            data, settings, done, run_command="a run with the parameter span={span}"
        )
        lines = choice.lines
        if choice.span is None:
            return SpanChoice(None, lines)
        span = choice.span
    return SpanChoice(span, (*lines, f"takes span {span}"))


def main(argv: Sequence[str]) -> int:
    """Runs the step and returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m pipeline.engines.kubeflow.pod.span_choice")
    add_store_arguments(parser)
    parser.add_argument("--history", required=True)
    parser.add_argument("--settings", required=True)
    arguments = parser.parse_args(argv)

    def work(step: NativeStep) -> None:
        lines = begin_run(step, _OUTPUT, root=arguments.root, folders=arguments.folders)
        choice = choose(
            step.parameter(DATA).splitlines(),
            int(step.parameter(SPAN)),
            RetrainSettings.model_validate_json(arguments.settings),
            History(arguments.history),
        )
        if records := records_of_environment(step.run_id):
            records.record_choice(choice)
        print("\n".join(choice.lines))
        step.write_file(_OUTPUT, "".join(f"- {line}\n" for line in (*choice.lines, *lines)))
        step.write_parameter(SPAN, NOTHING if choice.span is None else choice.span)

    return run_native_step(arguments.executor_input, work)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
