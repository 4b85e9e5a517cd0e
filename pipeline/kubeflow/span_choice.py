"""The step that looks for new data: `python -m pipeline.kubeflow.span_choice`."""

import argparse
import logging
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from components import object_store
from components.history.registry import ACCEPTED_STATISTICS, TAKEN_SPAN, History
from components.utkface_example_gen.spans import NEWEST
from pipeline.exit_codes import explain
from pipeline.retrain.choice import choose_span
from pipeline.retrain.settings import RetrainSettings

# What stands for no span.
NOTHING = -1


def choose(
    data: Sequence[str], span: int, settings: RetrainSettings, history: History
) -> tuple[int, tuple[str, ...]]:
    """Chooses a span, and keeps in the history that it was.

    It is kept before anything runs on it, for a run that the data gate stops leaves nothing else:
    neither that one nor one that failed is repeated by itself.

    Args:
      data: data paths, each with room for a span.
      span: the one to take, whatever was run before; NEWEST lets `settings` decide.
      settings: when a span is whole.
      history: of the pipeline.

    Returns:
      The span, NOTHING if there is nothing new, and what was found, a line each.

    Raises:
      InputError: as choose_span.
    """
    lines: tuple[str, ...] = ()
    if span == NEWEST:
        done = {
            **{
                entry.span: "its data were accepted"
                for entry in history.entries(ACCEPTED_STATISTICS)
            },
            **{entry.span: "a schedule took it" for entry in history.entries(TAKEN_SPAN)},
        }
        choice = choose_span(data, settings, done, to_take="a run with the parameter span={span}")
        lines = choice.lines
        if choice.span is None:
            return NOTHING, lines
        span = choice.span
    lines = (*lines, f"takes span {span}")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "found.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
        history.record(TAKEN_SPAN, folder, span=span, properties={})
    return span, lines


def main(argv: Sequence[str]) -> int:
    """Runs the step and returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m pipeline.kubeflow.span_choice")
    parser.add_argument("--history", required=True)
    parser.add_argument("--settings", required=True)
    parser.add_argument("--data", required=True)
    # The backend writes a whole number as 3 or as 3.0.
    parser.add_argument("--span", required=True, type=float)
    parser.add_argument("--output", required=True, type=Path)
    arguments = parser.parse_args(argv)
    object_store.register()
    try:
        span, lines = choose(
            arguments.data.splitlines(),
            int(arguments.span),
            RetrainSettings.model_validate_json(arguments.settings),
            History(arguments.history),
        )
    except Exception as error:
        logging.exception("The step ended with an error.")
        code, message = explain(error)
        print(message, file=sys.stderr)
        return code
    print("\n".join(lines))
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_text(str(span), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
