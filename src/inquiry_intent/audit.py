"""The leak audit: which columns know the outcome, and why one should think so. See docs/audit.md.

A finding is strong, which makes a suspect by itself, or a hint: two hints of different kinds make a suspect, one is a
remark. Every suspect is kept out of the line, or allowed with a written reason in `params.yaml`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from inquiry_intent.auditing.checks import Finding, examine, origin
from inquiry_intent.auditing.joint import Joint, joint_figures
from inquiry_intent.auditing.records import Change
from inquiry_intent.auditing.sample import build_sample
from inquiry_intent.config import AuditConfig, Target
from inquiry_intent.errors import DataError, listed
from inquiry_intent.tables import Tables

#: Difference between won and lost of the share whose client's record changed after the decision.
CHANGED_GAP = 0.3
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
        Labelled snapshots.
    """

    target: Target
    suspects: pd.DataFrame
    figures: pd.DataFrame
    joint: Joint
    rows: int

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
        If no snapshot has a label for the target, or features and snapshots are not of the same rows.
    """
    sample = build_sample(features, snapshots, target, tables)
    n_tests = sample.X.shape[1] * len(sample.labels) * len(set(sample.position))
    figures, findings = {}, []
    for name in map(str, sample.X):
        figures[name], found = examine(name, sample, n_tests, config)
        findings += found
    findings += [finding for change in sample.changes for finding in _changed(change)]
    label = next(iter(sample.labels.values()))
    one = sample.first
    joint = joint_figures(sample.X[one], label[one], sample.folds[one], sample.later[one], sample.test[one])
    table = pd.DataFrame.from_dict(figures, orient="index").rename_axis("feature")
    if "auc" in table:
        table = table.sort_values("auc", ascending=False, kind="stable")
    return AuditResult(target, _verdicts(findings, target, config.allowed), table, joint, len(sample.X))


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
        suspect = feature in strong or len({f.kind for f in own}) > 1
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


def refuse_leaks(results: Sequence[AuditResult]) -> None:
    """The gate: stop where a suspect is not allowed.

    Raises
    ------
    DataError
        Every suspect without a written reason, with what was found and what to do.
    """
    found = pd.concat([r.suspects for r in results], ignore_index=True).drop_duplicates(["feature", "check"])
    refused = list(dict.fromkeys(feature for r in results for feature in r.refused))
    if not refused:
        return
    lines = []
    for feature in refused:
        own = found[found["feature"].eq(feature) & found["severity"].eq("suspect")]
        lines.append(f"{feature}: {'; '.join(own['evidence'])}. To do: {own['remedy'].iloc[0]}")
    raise DataError(f"{len(refused)} column(s) seem to know the outcome:\n{listed(lines)}")


def unused_reasons(results: Sequence[AuditResult], allowed: dict[str, str]) -> list[str]:
    """Columns that params.yaml allows though no target's audit suspects them."""
    suspected = {f for r in results for f in r.suspects.loc[r.suspects["severity"].eq("suspect"), "feature"]}
    return sorted(set(allowed) - suspected)
