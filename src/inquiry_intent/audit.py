"""The leak audit: which columns know the outcome, and why one should think so. See docs/audit.md.

A finding is strong, which makes a suspect by itself, or a hint: two hints of different kinds, one of them about the
outcome, make a suspect; else they are remarks. Every suspect is kept out of the line, or allowed with a written reason
in `params.yaml`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from inquiry_intent.auditing.checks import examine
from inquiry_intent.auditing.column import LEAST_OF_CLASS, Finding, origin
from inquiry_intent.auditing.joint import Joint, joint_figures
from inquiry_intent.auditing.records import Change
from inquiry_intent.auditing.sample import Sample, build_sample
from inquiry_intent.auditing.texts import texts_that_know
from inquiry_intent.config import AuditConfig, Target
from inquiry_intent.errors import DataError, counted, listed
from inquiry_intent.reports.spreadsheet import safe_cells
from inquiry_intent.storage import replacing
from inquiry_intent.tables import Tables
from inquiry_intent.training import why_not

#: Difference between won and lost of the share whose client's record changed after the decision.
CHANGED_GAP = 0.3
#: Columns named as those that tell the test period, and the area from which they are.
SHOWN_COLUMNS, SHOWN_ADVERSARIAL = 3, 0.75
#: Kinds of hints that would be the same whatever the outcomes.
WITHOUT_LABEL = {"name", "adversarial"}
SUSPECTS = ["feature", "severity", "check", "evidence", "remedy", "allowed"]


@dataclass(frozen=True)
class AuditResult:
    """What the audit of one target found.

    Attributes
    ----------
    suspects : DataFrame
        A line for each finding, those of suspects first: feature; severity (suspect or remark); check; evidence;
        remedy; allowed (the reason given in params.yaml, NaN: none).
    figures : DataFrame, indexed by feature
        Every column with its figures, the one that tells most first; NaN: not measurable, or not called for.
    joint : Joint
        What all columns tell together.
    rows : int
        Labelled snapshots that were looked at.
    won_late : int
        Those that were not, since their inquiry was won after the horizon: neither won nor not won.
    not_judged : str
        Why no column can be judged, such as all labels being alike; "" where columns can be.
    """

    target: Target
    suspects: pd.DataFrame
    figures: pd.DataFrame
    joint: Joint
    rows: int
    won_late: int = 0
    not_judged: str = ""

    @property
    def refused(self) -> list[str]:
        """Suspects that no written reason allows."""
        rows = self.suspects[self.suspects["severity"].eq("suspect") & self.suspects["allowed"].isna()]
        return list(dict.fromkeys(rows["feature"]))


def audit(
    features: pd.DataFrame, snapshots: pd.DataFrame, target: Target, tables: Tables, config: AuditConfig
) -> AuditResult:
    """Look for columns that know the outcome.

    Parameters
    ----------
    features, snapshots : DataFrame
        What the stages `featurize` and `label` wrote; embeddings are passed over.
    target : Target
        Whose label is audited.
    tables : Tables
        Both come from these.

    Raises
    ------
    DataError
        If no snapshot has a label for the target, or features, snapshots and tables are not of the same rows.
    """
    sample = build_sample(features, snapshots, target, tables)
    n_tests = sample.X.shape[1] * len(sample.labels) * len(set(sample.position))
    figures, findings = {}, []
    for name in map(str, sample.X):
        figures[name], found = examine(name, sample, n_tests, config)
        findings += found
    findings += [finding for change in sample.changes for finding in _changed(change)]
    findings += texts_that_know(tables)
    label = next(iter(sample.labels.values()))
    joint = joint_figures(sample.X, label, sample.folds, sample.later, sample.test)
    table = pd.DataFrame.from_dict(figures, orient="index").rename_axis("feature")
    if "auc" in table:
        table = table.sort_values("auc", ascending=False, kind="stable")
    verdicts = _verdicts(findings, target, config.allowed)
    return AuditResult(target, verdicts, table, joint, len(sample.X), sample.won_late, _why_not_judged(sample))


def _why_not_judged(sample: Sample) -> str:
    """Why no column can be judged: no label has enough inquiries on both of its sides; "" where one has."""
    sides: dict[str, int] = {}
    for name, label in sample.labels.items():
        # Each inquiry once: no age has more of them.
        ones = int(label[sample.first].sum())
        sides |= {name: ones, f"not {name}": int(sample.first.sum()) - ones}
    fewest = {name: min(sides[name], sides[f"not {name}"]) for name in sample.labels}
    if max(fewest.values()) >= LEAST_OF_CLASS:
        return ""
    if not any(fewest.values()):
        return "all of them have the same outcome, so nothing can tell one from the other"
    few = ", ".join(f"{n} {name}" for name, n in sides.items() if n < LEAST_OF_CLASS)
    return f"only {few}; it takes {LEAST_OF_CLASS} inquiries on each side to tell anything of a column"


def _changed(change: Change) -> list[Finding]:
    """A client's column that the decision changes: the line reads its earlier version, another mapping might not."""
    if abs(change.won - change.lost) < CHANGED_GAP:
        return []
    said = (
        f"changes after the decision for {change.won:.0%} of the won and {change.lost:.0%} of the lost inquiries; "
        "features read the version known at the snapshot"
    )
    return [Finding(f"clients.{change.column}", "changed", False, said)]


def _verdicts(findings: Sequence[Finding], target: Target, allowed: dict[str, str]) -> pd.DataFrame:
    """One line a finding: suspects, then remarks."""
    lines = []
    strong = {f.feature for f in findings if f.alone}
    for feature in sorted(dict.fromkeys(f.feature for f in findings), key=lambda name: name not in strong):
        own = [f for f in findings if f.feature == feature]
        kinds = {f.kind for f in own}
        # A name and a time say nothing of the outcome, however many honest columns have both.
        suspect = feature in strong or (len(kinds) > 1 and not kinds <= WITHOUT_LABEL)
        lines += [
            {
                "feature": feature,
                "severity": "suspect" if suspect else "remark",
                "check": f.check,
                "evidence": f.evidence,
                "remedy": remedy(feature, target),
                "allowed": allowed.get(feature),
            }
            for f in own
            if suspect or not f.silent
        ]
    table = pd.DataFrame(lines, columns=SUSPECTS).astype("str")
    return table.sort_values("severity", key=lambda s: s.ne("suspect"), kind="stable", ignore_index=True)


def remedy(feature: str, target: Target) -> str:
    """What to do about a column that should not be there."""
    allow = f"or allow it with a reason: audit.allowed.{feature} in params.yaml"
    where = origin(feature)
    if feature == "messages.text":
        return f"map texts that are notes of your own with the time at which each was written, or not at all; {allow}"
    if where == "attribute":
        tier = ", or name it under 'tier_leaks' if only the tier must not see it" if target == "client_tier" else ""
        return f"forbid its column in the mapping (files.….forbidden) and take it out of the attributes{tier}; {allow}"
    if where == "inquiry":
        return (
            f"map inquiries.{feature} from a column that holds what was known at receipt, or leave it unmapped; {allow}"
        )
    if where == "client":
        return f"map clients.known_at from the time when the record was made, not from an earlier one; {allow}"
    return f"check that the export's records carry the time when they happened, and decisions theirs; {allow}"


def audit_all(
    features: pd.DataFrame, snapshots: pd.DataFrame, targets: Sequence[Target], tables: Tables, config: AuditConfig
) -> list[AuditResult]:
    """The audit of each target that the export can teach.

    Raises
    ------
    DataError
        If it can teach none of them.
    """
    reasons = {target: why_not(snapshots, target) for target in targets}
    if all(reasons.values()):
        raise DataError("Nothing to audit: " + "; ".join(f"{target}: {why}" for target, why in reasons.items()) + ".")
    return [audit(features, snapshots, target, tables, config) for target, why in reasons.items() if not why]


def refuse_leaks(results: Sequence[AuditResult]) -> None:
    """The gate: stop where a suspect is not allowed.

    Raises
    ------
    DataError
        Naming every suspect without a written reason, with the first thing found about it.
    """
    refused: dict[str, str] = {}
    for result in results:
        first = result.suspects.groupby("feature")["evidence"].first()
        refused |= {feature: first[feature] for feature in result.refused if feature not in refused}
    if refused:
        problems = [f"{feature}: {evidence}" for feature, evidence in refused.items()]
        raise DataError(
            f"{counted(len(refused), 'column')} may know the outcome:\n{listed(problems)}\n"
            "Keep each out of the line, or allow it with a written reason under audit.allowed in params.yaml. "
            "'inquiry-intent audit' says what to do about each."
        )


def write_audit(results: Sequence[AuditResult], allowed: dict[str, str], folder: Path) -> None:
    """audit.csv with the figures of every column, audit.txt for reading."""
    folder.mkdir(parents=True, exist_ok=True)
    write_figures(results, folder / "audit.csv")
    (folder / "audit.txt").write_text(report_text(results, allowed) + "\n", encoding="utf-8")


def write_figures(results: Sequence[AuditResult], path: Path) -> None:
    """The figures of every column as CSV, whole or not at all."""
    with replacing(path) as draft:
        safe_cells(figures_table(results)).to_csv(draft, index=False)


def report_text(results: Sequence[AuditResult], allowed: dict[str, str]) -> str:
    """What was found, for reading: suspects and what to do, allowed ones and why, remarks, reasons without a use."""
    lines = [_headline(result) for result in results]
    found = pd.concat([result.suspects for result in results], ignore_index=True)
    suspected = set(found.loc[found["severity"].eq("suspect"), "feature"])
    groups: dict[str, list[str]] = {"SUSPECT": [], "ALLOWED": [], "REMARK": []}
    for feature, own in found.drop_duplicates(["feature", "check"]).groupby("feature", sort=False):
        name = str(feature)
        group = "REMARK" if name not in suspected else "ALLOWED" if name in allowed else "SUSPECT"
        groups[group] += [f"{group} {name}", *(f"  {evidence}" for evidence in own["evidence"])]
        if group == "SUSPECT":
            groups[group].append(f"  To do: {own['remedy'].iloc[0]}.")
        if group == "ALLOWED":
            groups[group].append(f"  Allowed: {allowed[name]}")
    lines += [line for group in groups.values() for line in group]
    if not suspected and not any(result.not_judged for result in results):
        lines.append("No column seems to know the outcome.")
    lines += [f"Not suspected, so audit.allowed.{name} can go." for name in sorted(set(allowed) - suspected)]
    return "\n".join(lines)


def _headline(result: AuditResult) -> str:
    """Size and joint figures of one target's audit."""
    size = f"{result.target}: {counted(len(result.figures), 'column')} on {counted(result.rows, 'snapshot')}"
    if result.won_late:
        size += f", without {result.won_late:,} of inquiries won after the horizon"
    if result.not_judged:
        return f"{size}. COULD NOT JUDGE: {result.not_judged}."
    joint, told = result.joint, result.figures.get("adversarial_auc", pd.Series(dtype="float64"))
    most = told[told >= SHOWN_ADVERSARIAL].sort_values(ascending=False).index[:SHOWN_COLUMNS]
    through = f", mostly by {', '.join(most)}" if len(most) else ""
    return (
        f"{size}. All together tell the outcome with AUC {_area(joint.random)} among rows at random, "
        f"{_area(joint.forward)} forward in time; they tell the test period from what is before it with AUC "
        f"{_area(joint.adversarial)}{through}."
    )


def _area(value: float) -> str:
    return "(not measurable)" if pd.isna(value) else f"{value:.2f}"


def figures_table(results: Sequence[AuditResult]) -> pd.DataFrame:
    """All figures of all columns, with the verdict and the evidence: what is written for the record."""
    tables = []
    for result in results:
        own = result.suspects.groupby("feature")
        said = pd.DataFrame(
            {
                "target": result.target,
                "severity": own["severity"].first(),
                "evidence": own["evidence"].agg("; ".join),
                "allowed": own["allowed"].first(),
            }
        )
        # Findings may be about columns of records, which are no features and have no figures.
        names = result.figures.index.union(said.index, sort=False).rename("feature")
        tables.append(said.reindex(names).assign(target=result.target).join(result.figures).reset_index())
    return pd.concat(tables, ignore_index=True)
