"""DataGate: turns the reports of the validators and its own checks into a verdict."""

import logging

from tfx.dsl.component.experimental.annotations import InputArtifact, OutputArtifact, Parameter
from tfx.dsl.component.experimental.decorators import component
from tfx.dsl.io import fileio
from tfx.types import standard_artifacts

from components.data_gate.artifact import (
    ACCEPTED_BECAUSE,
    ACCEPTED_BY,
    PAGE_FILE,
    VERDICT,
    GateReport,
)
from components.data_gate.checks import split_checks
from components.data_gate.checks.anomalies import find_violations, read_distances
from components.data_gate.checks.counts import check_counts
from components.data_gate.checks.distances import check_distances
from components.data_gate.checks.settings import GateSettings
from components.data_gate.checks.swaps import check_swaps
from components.data_gate.checks.unknown_labels import check_unknown_labels
from components.data_gate.finding import Finding, Level, OtherSchema, verdict
from components.data_gate.page import render_page
from components.data_gate.plots.balance_plot import count_groups
from components.data_gate.report import write_findings
from components.data_gate.slice_statistics import read_splits
from components.data_gate.wording import format_message
from components.history.artifact import ENTRY, FOUND, SCHEMA
from components.user import user_name
from components.utkface_example_gen.artifact import Ledger
from trainer.data.balance import Balance

# Listeners add a handler; empty_splits a handler, the messages go to the log.
LOGGER = logging.getLogger("utkface.data_gate")


@component
def DataGate(
    settings: Parameter[str],
    schema: Parameter[str],
    accepted_because: Parameter[str],
    rebalance: Parameter[str],
    rebalance_max_weight: Parameter[float],
    ledger: InputArtifact[Ledger],
    statistics: InputArtifact[standard_artifacts.ExampleStatistics],
    baseline: InputArtifact[standard_artifacts.ExampleStatistics],
    anomalies: InputArtifact[standard_artifacts.ExampleAnomalies],
    drift: InputArtifact[standard_artifacts.ExampleAnomalies],
    skew: InputArtifact[standard_artifacts.ExampleAnomalies],
    report: OutputArtifact[GateReport],
) -> None:
    """Turns all findings into pass, warn or stop; GateKeeper ends the run on a stop.

    Args:
      settings: GateSettings as JSON.
      schema: digest of the curated schema.
      accepted_because: why the user accepts a stop; empty to not accept it.
      rebalance: setting of trainer.settings.hyperparameters; the page shows its effect.
      rebalance_max_weight: setting of trainer.settings.hyperparameters; the page shows its effect.
      ledger: ledger of the ingest.
      statistics: statistics of this run, with components.data_gate.slice_statistics.SLICES.
      baseline: statistics accepted last, from HistoryLookup.
      anomalies: anomalies that ExampleValidator found.
      drift: distances from the baseline that DriftValidator measured.
      skew: distances between the splits of this run that SkewValidator measured.
      report: findings.json, findings.html, and the verdict as a property.

    Raises:
      RuntimeError: if the statistics cover another number of examples than the ledger.
    """
    limits = GateSettings.model_validate_json(settings)
    accepted_because = accepted_because.strip()
    now = read_splits(statistics)
    check_counts(ledger, now)
    before = read_splits(baseline) if baseline.get_int_custom_property(FOUND) else {}
    # An empty split lacks all features, so nothing can be compared with it.
    findings = [*split_checks.check_splits(now)]
    empty_splits = {finding.where for finding in findings}
    findings += (
        finding for finding in find_violations(anomalies) if finding.where not in empty_splits
    )
    findings += split_checks.check_labels(
        {split: slices for split, slices in now.items() if split not in empty_splits}
    )
    findings += check_unknown_labels(ledger, limits.unknown_labels)
    findings += split_checks.check_cells(now["train"], limits.train_cells, split="train")
    findings += split_checks.check_cells(now["eval"], limits.eval_cells, split="eval")
    findings += split_checks.check_balance(now["train"], limits.largest_share, split="train")
    findings += check_distances(
        (d for d in read_distances(skew) if not empty_splits & {d.split, d.baseline_split}),
        limits.skew,
        check="skew",
        now=now,
        before=now,
    )
    if not before:
        note = Finding(level=Level.PASS, check="baseline", where="train")
        findings.append(note)
        LOGGER.info("%s", format_message(note), extra={"gate_note": note})
    else:
        baseline_schema = baseline.get_string_custom_property(SCHEMA)
        if baseline_schema != schema:
            facts = OtherSchema(schema, baseline_schema)
            findings.append(Finding(level=Level.STOP, check="baseline", where="train", facts=facts))
        findings += check_distances(
            (d for d in read_distances(drift) if d.split not in empty_splits),
            limits.drift,
            check="drift",
            now=now,
            before=before,
        )
        findings += split_checks.check_slices(now["train"], before["train"], limits.slices)
        findings += check_swaps(now["train"], before["train"], limits.slices)
    # The most severe first; findings of the same level stay in the order of the checks.
    findings.sort(key=lambda finding: -finding.level.rank)
    write_findings(report.uri, findings)
    level = verdict(findings)
    report.set_string_custom_property(VERDICT, level.value)
    if level is Level.STOP and accepted_because:
        report.set_string_custom_property(ACCEPTED_BY, user_name())
        report.set_string_custom_property(ACCEPTED_BECAUSE, accepted_because)
    with fileio.open(f"{report.uri}/{PAGE_FILE}", "w") as file:
        file.write(
            render_page(
                findings,
                now=now,
                before=before,
                baseline_entry=baseline.get_string_custom_property(ENTRY),
                accepted_by=user_name(),
                accepted_because=accepted_because,
                balance=None
                if rebalance == "none"
                else Balance(rebalance, rebalance_max_weight, count_groups(now["train"])),
            )
        )
