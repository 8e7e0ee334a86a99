"""The checks on one column: each gives figures, and the findings that follow from them."""

import numpy as np
import pandas as pd

from inquiry_intent.auditing.column import LEAST_OF_CLASS, Column, Finding, best_view, origin
from inquiry_intent.auditing.figures import (
    Cells,
    area_of_rows,
    both_ways,
    cut,
    gaps,
    null_z,
    paired_z,
    pure_rows,
    together_by_chance,
    told,
)
from inquiry_intent.auditing.records import decided_area, held, rank_correlation
from inquiry_intent.auditing.sample import Sample
from inquiry_intent.config import AuditConfig
from inquiry_intent.sources.naming import mentions, vocabulary
from inquiry_intent.sources.schema import DAYS_SUFFIX
from inquiry_intent.tables import ATTRIBUTE_PREFIX

#: Features that hold the decision once it is made, by definition.
HISTORY = ("_win_rate", "_decided_count")
#: Words of the vocabulary of leaks that also stand for the conversion of currencies.
AMBIGUOUS = ("converted", "conversion")
#: A column that says the label of this part of the rows beyond the commoner class is a copy of it.
COPY = 0.8
#: From here on a single column is worth a remark.
REMARKABLE_AUC = 0.8
#: Growth of the area that is sudden, and what it must come to.
JUMP, JUMPED_AUC = 0.2, 0.85
#: Difference of the missing shares of two classes that is a hint.
MISSING_GAP = 0.2
#: Share of dates after as_of from which a column holds later dates.
LATER_DATES = 0.9
#: Share of different values with which a category, and a whole number, names rows; from so many values on.
ID_SHARE, ID_NUMBER_SHARE, LEAST_IDS = 0.3, 0.95, 30
#: Clients of each value, on average, up to which a value names its client.
CLIENTS_OF_ID = 1.05
#: Rows of the other class that chance would put among values that hold none of it, before that means something.
LEAST_MISSED = 30
#: How closely a running number follows the time.
RUNNING = 0.95
#: Standard errors beyond which a difference is not chance, whichever of some hundred columns shows it.
SURE_Z = 4.0
#: Share of the changed values of a client's column that a copy of the later version holds; of so many at least.
HOLDS, LEAST_HELD = 0.9, 20

Figures = dict[str, object]
Checked = tuple[Figures, list[Finding]]


def examine(name: str, sample: Sample, n_tests: int, config: AuditConfig) -> Checked:
    """All figures of one column, and all findings, when `n_tests` columns and ages are looked at."""
    values = sample.X[name]
    figures: Figures = {
        "origin": origin(name),
        "missing_share": float(values.isna().mean()),
        "distinct": int(values.nunique()),
    }
    view = best_view(name, sample)
    if view is None:
        return figures, []
    column = Column(name, sample, view, n_tests, config)
    checks = [tells, copies, misses, belongs_to_a_time]
    checks += [grows] if column.origin == "computed" else []
    checks += [is_filled_on_decision] if column.origin in ("attribute", "inquiry") else []
    if column.origin == "attribute":
        checks += [is_named_later, is_dated_later, counts_later_records, holds_later_version, names_rows, loses_forward]
    findings = []
    for check in checks:
        more, found = check(column)
        figures |= more
        findings += found
    made = {f.check for f in findings}
    if {"name", "later_date"} & made and "tells" not in made and view.told.auc >= config.hint_auc and column.real:
        findings.append(column.finding("tells", False, f"tells the outcome with AUC {view.told.auc:.2f} by itself"))
    if "by_chance" in vars(column):
        figures["by_chance"] = column.by_chance
    return figures, findings


def tells(column: Column) -> Checked:
    """Single-feature area and information against the base rate."""
    seen, base = column.view.told, column.y.mean()
    figures: Figures = {
        "label": column.view.label,
        "rows": int(column.view.rows.sum()),
        "base_rate": float(base),
        "auc": seen.auc,
        "auc_first_age": column.view.first_auc,
        "information": seen.information,
    }
    said = (
        f"tells {column.view.label} with AUC {seen.auc:.2f} by itself and takes {max(seen.information, 0):.0%} of the "
        f"uncertainty away (base rate {base:.0%}, {figures['rows']:,} rows)"
    )
    # The size of a request rightly tells much of the tier, and its largest all of it.
    limit = REMARKABLE_AUC if column.sample.target == "conversion" else column.config.auc
    if seen.auc >= limit and column.real:
        return figures, [column.finding("tells", seen.auc >= column.config.auc, said)]
    return figures, []


def copies(column: Column) -> Checked:
    """Near-copies of the label, of all of it or of one class."""
    seen, config = column.view.told, column.config
    found = []
    if seen.agreement >= COPY and column.real:
        right = 1 - (1 - seen.agreement) * min(column.y.mean(), 1 - column.y.mean())
        said = f"nearly a copy of the label: right for {right:.1%} of the rows by itself"
        found.append(column.finding("near_copy", True, said))
    # What a buyer does may well decide alone: without any answer there is no order. Large amounts are of large clients.
    judged = column.origin in ("attribute", "inquiry") and column.sample.target == "conversion"
    many = seen.pure_rows >= LEAST_OF_CLASS and seen.pure_misses >= LEAST_MISSED
    if judged and many and seen.pure_share >= config.pure_share and _pure_for_sure(column):
        which = column.view.label if seen.pure_class else f"not {column.view.label}"
        said = f"some of its values hold {seen.pure_share:.0%} of the rows that are {which}, and next to no others"
        found.append(column.finding("pure", True, said))
    return {"agreement": seen.agreement, "pure_share": seen.pure_share}, found


def _pure_for_sure(column: Column) -> bool:
    """Whether chance would not gather so many rows of one class in some values of one of all columns."""
    of_class = column.view.told.pure_class
    stands, ways = pure_rows(column.view.cells, column.y, column.folds, of_class)
    return column.sure(together_by_chance(stands, column.y == of_class, column.clients) * ways)


def misses(column: Column) -> Checked:
    """Values that are filled, or missing, in one class only, or much more often."""
    missing = column.values[column.view.rows].isna().to_numpy()
    if not missing.any() or missing.all():
        return {}, []
    seen, label = gaps(missing, column.y), column.view.label
    figures: Figures = {"missing_share_in_class": seen.share_of_ones, "missing_share_in_rest": seen.share_of_zeros}
    if column.origin == "computed":
        return figures, []
    said = (
        f"missing for {seen.share_of_ones:.0%} of the rows that are {label}, for {seen.share_of_zeros:.0%} of the rest"
    )
    if seen.only is not None and seen.only_share >= column.config.missing_share:
        stands, of_class = missing == (seen.only == "missing"), column.y == seen.only_class
        # The gaps by themselves: the area of all cells together hardly moves for some dozen rows of thousands.
        p = together_by_chance(stands, of_class, column.clients) * 2  # as much of the other class would do as well
        if (stands & of_class).sum() >= LEAST_OF_CLASS and column.sure(p):
            which = label if seen.only_class else f"not {label}"
            return figures, [column.finding("missing", True, f"{seen.only} only where the row is {which}: {said}")]
    hint = abs(seen.share_of_ones - seen.share_of_zeros) >= MISSING_GAP and column.real
    return figures, [column.finding("missing", False, said)] if hint else []


def grows(column: Column) -> Checked:
    """Features that improve suddenly: on snapshots after the decision, or with age where decisions have no date."""
    sample, view = column.sample, column.view
    figures: Figures = {}
    found = []
    grown = view.told.auc - view.first_auc
    if sample.final_status and grown >= JUMP and view.told.auc >= JUMPED_AUC and column.real:
        said = (
            f"improves from AUC {view.first_auc:.2f} at the first age to {view.told.auc:.2f}, and decisions have no "
            "date: it may see records from after the decision"
        )
        found.append(column.finding("decided", True, said))
    values, y = sample.decided_X[column.name], sample.decided_won
    if min(y.sum(), (1 - y).sum()) >= LEAST_OF_CLASS and values.nunique(dropna=False) > 1:
        after = told(cut(values), y, sample.decided_folds).auc
        figures["auc_after_decision"] = after
        if after - view.told.auc >= JUMP and after >= column.config.auc and not column.name.endswith(HISTORY):
            said = f"improves from AUC {view.told.auc:.2f} before the decision to {after:.2f} after it: it records it"
            found.append(column.finding("decided", sample.final_status, said))
    return figures, found


def is_filled_on_decision(column: Column) -> Checked:
    """Columns of the export that tell decided from open inquiries."""
    sample = column.sample
    area = decided_area(sample.newest[column.name], sample.newest_folds, sample.tables)
    said = (
        f"tells decided from open inquiries of the same month with AUC {area:.2f}: it is written when the decision is"
    )
    return {"decided_auc": area}, [column.finding("decided", True, said)] if area >= column.config.decided_auc else []


def is_named_later(column: Column) -> Checked:
    """Names that stand for what is known only later."""
    name = column.name.removeprefix(ATTRIBUTE_PREFIX)
    for reason, words in vocabulary()["leaks"].items():
        if word := mentions(name, [word for word in words if word not in AMBIGUOUS]):
            return {"name_hint": word}, [column.finding("name", False, f"{word!r} in its name stands for {reason}")]
    return {}, []


def is_dated_later(column: Column) -> Checked:
    """Dates that lie after the snapshot. A buyer may have named them, so this is a hint only."""
    if not column.name.endswith(DAYS_SUFFIX) or not pd.api.types.is_numeric_dtype(column.values):
        return {}, []
    days = column.values[column.view.rows].dropna()
    # Days from a receipt at some hour to a date are broken numbers; whole ones are a length, such as a payment term.
    if days.empty or (days % 1 == 0).mean() > 1 - LATER_DATES:
        return {}, []
    share = float((days > column.sample.age_days[days.index]).mean())
    said = f"its dates lie after the snapshot in {share:.0%} of the rows that have one"
    return {"later_dates": share}, [column.finding("later_date", False, said, True)] if share >= LATER_DATES else []


def counts_later_records(column: Column) -> Checked:
    """Numbers that go with how many records come later."""
    if not pd.api.types.is_numeric_dtype(column.values):
        return {}, []
    rows = column.view.rows
    rho = rank_correlation(column.values[rows].to_numpy(), column.sample.records_after[rows])
    said = f"goes with the number of messages and events that come after the snapshot (rank correlation {rho:.2f})"
    alone = abs(rho) >= column.config.later_correlation
    return {"later_records": rho}, [column.finding("later_records", True, said)] if alone else []


def holds_later_version(column: Column) -> Checked:
    """Columns that hold what `clients` knows since the decision, by its known_at, and not what it knew before."""
    found = []
    values = column.sample.newest[column.name]
    for change in column.sample.changes:
        if len(change.after) < LEAST_HELD:
            continue
        share = held(values, change.after)
        if share >= HOLDS:
            said = (
                f"holds clients.{change.column} as known only after the decision, in {share:.0%} of the "
                f"{len(change.after):,} inquiries where it changed"
            )
            found.append(column.finding("changed", True, said))
    return {}, found


def names_rows(column: Column) -> Checked:
    """Values so many that a model can only learn rows by heart."""
    rows = column.view.rows
    values = column.values[rows].dropna()
    distinct = values.nunique()
    share = distinct / max(len(values), 1)
    if distinct < LEAST_IDS:
        return {}, []
    said = f"has {distinct:,} different values in {len(values):,} rows"
    if not pd.api.types.is_numeric_dtype(values):
        learnt, kept = memory(column.view.cells, column.y), max(column.view.told.information, 0.0)
        said += f", each of one client: it takes {learnt:.0%} of the uncertainty away by heart, {kept:.0%} for others"
        owners = pd.DataFrame({"value": values, "client": column.sample.clients[values.index]}).drop_duplicates()
        alone = share >= ID_SHARE and len(owners) <= CLIENTS_OF_ID * distinct
        return {"memory": learnt - kept}, [column.finding("id_like", True, said)] if alone else []
    whole = bool((values % 1 == 0).all()) and share >= ID_NUMBER_SHARE
    if not whole:
        return {}, []
    time = column.sample.as_of[values.index]
    running = abs(rank_correlation(values.to_numpy(), time.astype("int64").to_numpy())) if time.notna().all() else 0.0
    named = mentions(column.name.removeprefix(ATTRIBUTE_PREFIX), vocabulary()["ids"])
    said += f" and {'follows the time' if running >= RUNNING else 'is named as one'}: a number of the row"
    return {}, [column.finding("id_like", True, said)] if running >= RUNNING or named else []


def memory(cells: Cells, y: np.ndarray) -> float:
    """Mutual information of cells and label in sample, over the label's entropy."""
    ones = np.bincount(cells.codes, weights=y, minlength=cells.count)
    rows = np.bincount(cells.codes, minlength=cells.count)
    p, base = ones[rows > 0] / rows[rows > 0], y.mean()

    def entropy(q: np.ndarray) -> np.ndarray:
        inner = q.clip(1e-12, 1 - 1e-12)
        return -(inner * np.log(inner) + (1 - inner) * np.log1p(-inner))

    left = float((rows[rows > 0] * entropy(p)).sum() / len(y))
    return 1 - left / float(entropy(np.array([base]))[0])


def belongs_to_a_time(column: Column) -> Checked:
    """Columns that tell the test period from what is before it."""
    test = column.sample.test[column.view.rows].astype(np.float64)
    if min(test.sum(), (1 - test).sum()) < LEAST_OF_CLASS:
        return {}, []
    area = told(column.view.cells, test, column.folds).auc
    said = f"tells the test period from what is before it with AUC {area:.2f}: its values belong to a time"
    hint = column.origin == "attribute" and area >= column.config.adversarial_auc and null_z(area, test) >= SURE_Z
    return {"adversarial_auc": area}, [column.finding("adversarial", False, said)] if hint else []


def loses_forward(column: Column) -> Checked:
    """Columns that tell the outcome among rows at random, and less of it forward in time."""
    view, config = column.view, column.config
    later = column.sample.later[view.rows]
    y = column.y[later]
    if min(y.sum(), (1 - y).sum()) < LEAST_OF_CLASS or view.told.auc < config.hint_auc:
        return {}, []
    scores = both_ways(view.cells, column.y, column.folds, later)
    at_random, forward = (area_of_rows(score, y) for score in scores)
    figures: Figures = {"auc_random": at_random, "auc_forward": forward}
    if at_random - forward < config.drop:
        return figures, []
    z = paired_z(*scores, y, column.clients[later], config.permutations, config.seed)
    said = f"AUC {at_random:.2f} among rows at random, {forward:.2f} forward in time"
    return figures, [column.finding("time_drop", False, said)] if z >= SURE_Z and column.real else []
