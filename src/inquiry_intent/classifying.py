"""The rules' verdict on every inquiry, with its basis: useful on day one, before any model is trained."""

import pandas as pd

from inquiry_intent.config import FeatureConfig, RuleConfig
from inquiry_intent.embedding import buyer_texts, embed_texts
from inquiry_intent.features.signals import buyers_signals
from inquiry_intent.identifying import identities
from inquiry_intent.moments import known_at, messages_known_from, sorted_by_moment
from inquiry_intent.playbook import is_cold, next_steps
from inquiry_intent.reasons import meaning_of
from inquiry_intent.rules import NO_GRADE, signal_points, verdicts
from inquiry_intent.scoring import FACTS, features_of
from inquiry_intent.snapshots import KEY, snapshots_of_day, status_at
from inquiry_intent.tables import Info, Tables, conform, empty_table

MOST_QUOTES = 8
#: Columns that say which inquiry it is and how it stands.
FIRST = ["inquiry_id", "as_of", "status"]


def classify(
    tables: Tables, features_config: FeatureConfig, rules: RuleConfig, as_of: pd.Timestamp | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Fill in the rule card for every inquiry, as of a moment.

    Parameters
    ----------
    as_of : Timestamp, optional
        Default: the last moment that the export knows of. An export without times has no moment.

    Returns
    -------
    (DataFrame, DataFrame)
        The verdicts, open inquiries first, the long silent behind the others, then those without
        a grade, then by score, one row an inquiry:
        inquiry_id, as_of, status (won, lost or open, as known then), grade, rule_score, rule_confidence, rule_intent,
        rule_role, rule_potential (each with a confidence), funnel_step, passes_first_screening, the columns of
        `identifying.identities` and `scoring.FACTS` (client, salesperson, country, product, receipt), basis (signal,
        quote, points), and the playbook's next step, empty where the inquiry is decided. And the inquiries left out,
        with left_out_reason.
    """
    # When the last day that the export knows of is over: until then nothing dated to it is known.
    snapshots = snapshots_of_day(tables, tables.recorded_until if as_of is None else as_of)
    early = snapshots["age_days"] < 0
    left_out = snapshots[early].assign(left_out_reason="received after as_of")
    snapshots = snapshots[~early].reset_index(drop=True)
    texts = embed_texts(tables.messages, None, None)
    features = features_of(tables, snapshots[KEY], texts, features_config)
    verdict = verdicts(features, rules)
    verdict = verdict.join(identities(tables, snapshots).set_axis(verdict.index))
    facts = tables.inquiries.set_index("inquiry_id")[FACTS].reindex(snapshots["inquiry_id"])
    verdict = verdict.join(facts.set_axis(verdict.index))
    verdict["basis"] = basis(tables, snapshots, features_config).to_numpy()
    status = status_at(tables, snapshots).to_numpy()
    verdict = verdict.join(next_steps(verdict, features, replies_known=tables.has_replies)[status == "open"])
    if len(verdict) + len(left_out) != len(tables.inquiries):
        raise AssertionError("every inquiry must be classified or left out, once")
    cold = is_cold(features).to_numpy()
    verdict = verdict.reset_index().assign(
        status=status, decided=status != "open", cold=cold, blank=verdict["grade"].eq(NO_GRADE).to_numpy()
    )
    order = {"decided": True, "cold": True, "blank": True, "rule_score": False, "inquiry_id": True}
    verdict = verdict.sort_values([*order], ascending=[*order.values()], kind="stable")
    verdict = verdict[[*FIRST, *(c for c in verdict if c not in (*FIRST, "decided", "cold", "blank"))]]
    return verdict.reset_index(drop=True), left_out.reset_index(drop=True)


def basis(tables: Tables, snapshots: pd.DataFrame, config: FeatureConfig) -> pd.Series:
    """What the verdict rests on: signals in the buyer's known messages, each with its first quote and any points.

    Returns
    -------
    Series of str, in the order of `snapshots`
        `asks for a sample “one sample first” (+1.5); …`, weightiest first, at most MOST_QUOTES; "" where nothing
        was said.
    """
    messages = sorted_by_moment(tables.messages.assign(known_from=messages_known_from(tables)))
    wrote = buyer_texts(messages).merge(snapshots[KEY], on="inquiry_id")
    wrote = wrote[known_at(wrote["known_from"], wrote["as_of"])].rename_axis("place").reset_index()
    hits = buyers_signals(wrote[["message_id", "text"]], config)
    hits = hits.merge(wrote[["message_id", *KEY, "place"]], on="message_id")
    first = hits.sort_values(["place", "start"]).drop_duplicates([*KEY, "signal"])
    points = first["signal"].map(signal_points()).fillna(0.0).astype("float64")
    first = first.assign(points=points, weight=-points.abs()).sort_values(["weight", "signal"], kind="stable")
    first = first[first.groupby(KEY, dropna=False).cumcount() < MOST_QUOTES]
    quote = first["evidence"].str.replace(r"\s+", " ", regex=True).str.slice(0, 80)
    worth = first["points"].map(lambda p: f" ({p:+.1f})" if p else "").astype("str")
    line = first["signal"].map(meaning_of).astype("str") + " “" + quote + "”" + worth
    joined = line.groupby([first["inquiry_id"], first["as_of"]], dropna=False).agg("; ".join)
    index = pd.MultiIndex.from_frame(snapshots[KEY])
    return joined.reindex(index).fillna("").set_axis(snapshots.index)


def tables_of_texts(texts: pd.DataFrame) -> Tables:
    """Tables of loose messages (message_id, text): each is an inquiry of its own, without times."""
    ids = texts["message_id"].astype("str")
    inquiries = conform(
        "inquiries", pd.DataFrame({"inquiry_id": ids, "client_id": ids, "received_at": pd.Series(pd.NaT, ids.index)})
    )
    messages = conform(
        "messages",
        pd.DataFrame(
            {"message_id": ids, "inquiry_id": ids, "sent_at": pd.NaT, "direction": "inbound", "text": texts["text"]}
        ),
    )
    return Tables(
        inquiries=inquiries,
        messages=messages,
        events=empty_table("events"),
        clients=empty_table("clients"),
        outcomes=empty_table("outcomes"),
        info=Info(source="texts", timeless=True, time_precision="none"),
    )
