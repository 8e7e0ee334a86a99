"""Texts that know the decision: notes kept along the way, which the mapping dates at receipt."""

import pandas as pd

from inquiry_intent.auditing.column import LEAST_OF_CLASS, Finding
from inquiry_intent.tables import Tables

#: Days as notes name them, of any year: 12.05, 5/12/2026, 2026-05-12, 5月12日. What could be a decimal counts too:
#: chance takes it into account.
DAY = r"(?<![\d.,])(\d{1,2})[./-](\d{1,2})(?![\d,%])|\d{4}[-/.年]\s?(\d{1,2})[-/.月]\s?(\d{1,2})|(\d{1,2})月(\d{1,2})"
#: A text this long before the decision hardly knows its day.
BEFORE = pd.Timedelta(days=3)
#: Share of the inquiries that name the day, and how many times as many as by chance. Buyers' deadlines stay far below.
SHARE, TIMES_CHANCE = 0.2, 3
#: Chance is measured with the delays, and with the days, of so many other inquiries.
OTHERS = 5


def texts_that_know(tables: Tables) -> list[Finding]:
    """Whether what buyers wrote names the day of the decision, long before it: a finding about messages.text, or none.

    A buyer's deadline is seldom the day of the decision: dates by themselves are no finding.
    """
    if tables.info.timeless or tables.info.decision_precision == "month":
        return []
    outcomes = tables.outcomes[tables.outcomes["status"].isin(["won", "lost"])].dropna(subset=["decided_at"])
    written = tables.messages[tables.messages["direction"].eq("inbound") & tables.messages["text"].notna()]
    texts = written.merge(outcomes[["inquiry_id", "decided_at", "status"]], on="inquiry_id")
    texts = texts[texts["decided_at"] - texts["sent_at"] >= BEFORE].reset_index(drop=True)
    inquiries = texts.drop_duplicates("inquiry_id").set_index("inquiry_id")
    if len(inquiries) < LEAST_OF_CLASS:
        return []
    named = _named_days(texts["text"])

    def naming(days: pd.Series) -> pd.Index:
        """The inquiries of which a text names its day."""
        # In the export's own zone it may be the day before or after.
        either = pd.concat([days - pd.Timedelta(hours=12), days, days + pd.Timedelta(hours=12)])
        pairs = pd.DataFrame({"text": either.index, "day": either.dt.month * 100 + either.dt.day})
        return pd.Index(texts["inquiry_id"].loc[named.merge(pairs)["text"].unique()].unique())

    found = naming(texts["decided_at"])
    delays = inquiries["decided_at"] - inquiries["sent_at"]
    chance = 0
    for shift in range(1, OTHERS + 1):
        for others, start in ((delays, texts["sent_at"]), (inquiries["decided_at"], None)):
            turned = pd.Series([*others.iloc[shift:], *others.iloc[:shift]], index=others.index)
            of_text = texts["inquiry_id"].map(turned)
            chance = max(chance, len(naming(of_text if start is None else start + of_text)))
    if len(found) < max(LEAST_OF_CLASS, SHARE * len(inquiries), TIMES_CHANCE * chance):
        return []
    by_class = pd.Series(inquiries.index.isin(found)).groupby(inquiries["status"].to_numpy()).mean()
    classes = ", ".join(f"{share:.0%} of {status}" for status, share in by_class.items())
    said = (
        f"{len(found):,} of {len(inquiries):,} inquiries ({classes}) have a text of the buyer that is dated "
        f"{BEFORE.days} days or more before the decision and names that day; by chance {chance:,} would: notes kept "
        "until the decision, dated at receipt, or a closing date that buyers name"
    )
    return [Finding("messages.text", "names_decision", True, said)]


def _named_days(texts: pd.Series) -> pd.DataFrame:
    """Days that texts name: text (its index) and day (100 x month + day), day and month read both ways."""
    pairs = texts.str.extractall(DAY).astype("float64")
    first, second = (pairs[i].fillna(pairs[i + 2]).fillna(pairs[i + 4]) for i in (0, 1))
    text = pairs.index.get_level_values(0)
    days = [
        pd.DataFrame({"text": text, "day": (100 * a + b).to_numpy()}) for a, b in ((first, second), (second, first))
    ]
    return pd.concat(days).dropna().astype("int64").drop_duplicates()
