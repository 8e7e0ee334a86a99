"""No feature knows the future, depends on its neighbours, or changes what it was given."""

from copy import deepcopy
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from benchmarks.feature_speed import all_snapshots, random_tables
from inquiry_intent.config import SnapshotConfig
from inquiry_intent.errors import DataError, TableError
from inquiry_intent.features import known
from inquiry_intent.features.build import build_features
from inquiry_intent.features.history import build_history
from inquiry_intent.scoring import training_features
from inquiry_intent.snapshots import build_snapshots
from inquiry_intent.tables import COLUMNS, EVENT_KINDS, NAMES, TEXT, Tables, check_tables
from tests.feature_tables import CONFIG, at, embedded, features, inquiry, make_tables, snapshots, snapshots_of, timeless

#: The column of each table that says when a record became known.
KNOWN = {
    "inquiries": "received_at",
    "messages": "sent_at",
    "events": "occurred_at",
    "clients": "known_at",
    "outcomes": "decided_at",
}
AGES_HOURS = (0, 30, 72)
#: A failing example is shown as it was found: to shrink it would build features for minutes.
FEW = settings(deadline=None, max_examples=8, phases=(Phase.explicit, Phase.reuse, Phase.generate))
hours = st.integers(0, 96)


@st.composite
def corpora(draw: st.DrawFn) -> Tables:
    """Three clients with up to four inquiries, and records around the moments at which they are looked at."""
    count = draw(st.integers(1, 4))
    received = [draw(st.sampled_from([0, 1, 24])) for _ in range(count)]
    inquiries = [
        inquiry(
            f"i{i}",
            received[i],
            f"c{draw(st.integers(0, 2))}",
            owner=draw(st.sampled_from(["mei", "bo", None])),
            country=draw(st.sampled_from(["DE", "EG", None])),
            channel=draw(st.sampled_from(["fair", "web"])),
            subject=draw(st.sampled_from(["RFQ 5", None])),
            attr_size=draw(st.sampled_from([512.5, 717.0, 500.0, None])),
        )
        for i in range(count)
    ]
    which = st.integers(0, count - 1)
    messages = [
        {
            "message_id": f"m{number}",
            "inquiry_id": f"i{i}",
            "sent_at": received[i] + hour,
            "direction": direction,
            "text": text,
            "sender_name": "Ana",
            "sender_email": email,
            "sender_title": title,
            "sender_phone": phone,
            "attachment_count": attachments,
        }
        for number, (i, hour, direction, text, email, title, phone, attachments) in enumerate(
            draw(
                st.lists(
                    st.tuples(
                        which,
                        hours,
                        st.sampled_from(["inbound", "outbound"]),
                        st.sampled_from(["Price?", "请问价格", "We need 500 pcs!\nsee www.acme.example", None]),
                        st.sampled_from(["a@gmail.com", "a@acme.de", "b@mailinator.com", None]),
                        st.sampled_from(["CEO", None]),
                        st.sampled_from(["+49 30 901820", None]),
                        st.sampled_from([0, 2, None]),
                    ),
                    max_size=12,
                )
            )
        )
    ]
    events = [
        {"inquiry_id": f"i{i}", "occurred_at": received[i] + hour, "kind": kind}
        for i, hour, kind in draw(st.lists(st.tuples(which, hours, st.sampled_from(EVENT_KINDS[:3])), max_size=6))
    ]
    clients = [
        {
            "client_id": f"c{client}",
            "known_at": hour,
            "company": company,
            "website": "www.acme.de",
            "import_covered": 1,
            "import_count": imports,
            "registered_at": -1000,
        }
        for (client, hour), company, imports in draw(
            st.lists(
                st.tuples(st.tuples(st.integers(0, 2), hours), st.sampled_from(["Acme", "Other"]), st.integers(0, 3)),
                unique_by=lambda drawn: drawn[0],
                max_size=4,
            )
        )
    ]
    outcomes = [
        {"inquiry_id": f"i{i}", "status": status, "decided_at": received[i] + hour}
        for i, (status, hour) in draw(
            st.dictionaries(which, st.tuples(st.sampled_from(["won", "lost"]), hours), max_size=count)
        ).items()
    ]
    tables = make_tables(inquiries, messages, events, clients, outcomes, attributes={"attr_size": "numeric"})
    check_tables(tables)
    return tables


def known_by(tables: Tables, moment: pd.Timestamp) -> Tables:
    """The tables as they were at a moment."""
    return replace(tables, **{n: frame[frame[KNOWN[n]] <= moment] for n in NAMES for frame in [getattr(tables, n)]})


def columns_that_know_the_future(tables: Tables, keys: pd.DataFrame) -> set[str]:
    """Features that change when all records after the newest of the snapshots are removed."""
    full, cut = features(tables, keys), features(known_by(tables, keys["as_of"].max()), keys)
    assert list(full) == list(cut)
    return {str(name) for name in full if not full[name].equals(cut[name])}


@FEW
@given(corpora(), st.data())
def test_records_after_the_snapshot_change_no_feature(tables, data):
    keys = snapshots_of(tables, *AGES_HOURS)
    moment = data.draw(st.sampled_from(sorted(keys["as_of"].unique())))
    assert columns_that_know_the_future(tables, keys[keys["as_of"] <= moment]) == set()


def test_a_corpus_cut_in_the_middle_has_the_features_that_it_had_then():
    tables = random_tables(80, seed=1)
    keys = all_snapshots(tables)
    middle = keys["as_of"].sort_values().iloc[len(keys) // 2]
    assert columns_that_know_the_future(tables, keys[keys["as_of"] <= middle]) == set()


def planted() -> Tables:
    """A corpus in which every record lies between two snapshots."""
    return make_tables(
        [
            inquiry("i0", 0, "c0", owner="mei", channel="fair", country="DE", attr_size=512.5),
            inquiry("i1", 1, "c0", owner="mei", attr_size=512.5),
        ],
        [
            {
                "message_id": "m",
                "inquiry_id": "i0",
                "sent_at": 1,
                "direction": "inbound",
                "text": "Price for 500 pcs? www.acme.de",
                "sender_email": "a@acme.de",
                "sender_phone": "+49 30 901820",
                "sender_title": "CEO",
                "attachment_count": 1,
            },
            {"message_id": "n", "inquiry_id": "i0", "sent_at": 2, "direction": "outbound"},
            {"message_id": "o", "inquiry_id": "i0", "sent_at": 9, "direction": "inbound", "text": "OK"},
        ],
        [{"inquiry_id": "i0", "occurred_at": 1, "kind": "quote_sent"}],
        [
            {
                "client_id": "c0",
                "known_at": 1,
                "company": "Acme",
                "import_covered": 1,
                "import_count": 2,
                "web_presence": 1,
            }
        ],
        [{"inquiry_id": "i1", "status": "lost", "decided_at": 3}],
        attributes={"attr_size": "numeric"},
    )


@pytest.mark.parametrize("moment", [0, 0.5, 1, 2.5, 9])
def test_planted_future_records_are_invisible(moment):
    tables, keys = planted(), snapshots(("i0", moment))
    full, cut = features(tables, keys), features(known_by(tables, at(moment)), keys)
    pd.testing.assert_frame_equal(full, cut, check_exact=True)
    assert full["inbound_message_count"].item() == sum(hour <= moment for hour in (1, 9))
    assert full["same_size_days"].notna().item() == (moment >= 1)


#: Where a record of each table shows.
SHOWN = {"messages": "outbound_message_count", "events": "event_held_call_count", "clients": "web_presence"}
MIDNIGHT = -9  # of the day on which the inquiry of `dated` came, at nine


def dated(hours: float, received: float = 0, **info: str) -> Tables:
    """An inquiry with the buyer's words and, dated `hours`, a reply, more of his words, a call and his company."""
    reply = {"message_id": "2", "inquiry_id": "a", "sent_at": hours, "direction": "outbound", "text": "Dear buyer"}
    return make_tables(
        [inquiry(received_at=received)],
        [
            {**reply, "message_id": "10", "sent_at": hours, "direction": "inbound", "text": "The deposit is paid"},
            {**reply, "message_id": "9", "sent_at": received, "direction": "inbound", "text": "Price of pumps?"},
            reply,
        ],
        [{"inquiry_id": "a", "occurred_at": hours, "kind": "held_call"}],
        [{"client_id": "client", "known_at": hours, "web_presence": 1.0}],
        **info,
    )


@pytest.mark.parametrize(
    ("precision", "hours", "unseen", "seen"),
    [
        ("day", MIDNIGHT + 24, [0, 24, 38], [39, 50]),  # on the next day, which is over 39 hours after the receipt
        ("day", MIDNIGHT + 96, [0, 24, 96, 110], [111]),
        ("month", MIDNIGHT + 30 * 24, [0, 29 * 24, 50 * 24], [60 * 24]),  # in April
        ("minute", 15, [0, 14], [15]),  # a moment
    ],
)
def test_what_carries_a_date_only_is_seen_when_that_is_over(precision, hours, unseen, seen):
    fine = dict.fromkeys(("message_precision", "event_precision", "client_precision"), precision)
    got = features(dated(hours, **fine), snapshots(*(("a", hour) for hour in [*unseen, *seen])))
    for column in SHOWN.values():
        assert got[column].fillna(0).tolist() == [0] * len(unseen) + [1] * len(seen), column
    assert got["inbound_message_count"].tolist() == [1] * len(unseen) + [2] * len(seen)


@pytest.mark.parametrize(
    ("received", "receipts", "at_once"),
    [(0, "second", 0), (MIDNIGHT, "day", 1)],
    ids=["receipts are finer", "receipts are dates too"],
)
def test_the_message_that_an_inquiry_came_with_is_seen_at_once(received, receipts, at_once):
    """Ingest dates what carries the receipt's date to the receipt."""
    fine = dict.fromkeys(("message_precision", "event_precision"), "day")
    tables = dated(received, received, time_precision=receipts, **fine)
    got = features(tables, snapshots(("a", received), ("a", received + 24)))
    assert got["inbound_message_count"].tolist() == [1 + at_once, 2]
    assert got["outbound_message_count"].tolist() == [at_once, 1]
    assert got["event_held_call_count"].tolist() == [0, 1], "on which side of the receipt, nobody knows"
    assert got["web_presence"].tolist() == [1, 1], "known as of the receipt"
    assert got["first_text_word_count"].tolist() == [3, 3], "message 9 stands before 10"


@pytest.mark.parametrize("receipts", ["second", "day"])
def test_a_snapshot_after_messages_stands_where_they_are_known(receipts):
    tables = dated(0, time_precision=receipts, message_precision="day")
    keys = build_snapshots(tables, SnapshotConfig(ages_days=[], at_messages=[1, 3]))
    got = features(tables, keys)
    assert got["inbound_message_count"].iloc[-1] == 2
    assert keys["age_days"].max() == (1 if receipts == "second" else 0)


def test_the_check_catches_a_clock_that_is_not_looked_at(monkeypatch):
    """The test above can fail: with a clock that lets everything pass, each group of features shows the future."""
    monkeypatch.setattr(known, "known_at", lambda times, as_of: times.notna() | times.isna())
    caught = columns_that_know_the_future(planted(), snapshots(("i0", 0)))
    assert {
        "inbound_message_count",
        "buyer_silent_hours",
        "seller_first_reply_hours",
        "first_text_word_count",
        "language",
        "emb_mean_000",
        "emb_last_000",
        "free_mailbox",
        "title_given",
        "event_quote_sent_count",
        "silent_after_quote_hours",
        "has_import_record",
        "web_presence",
    } <= caught


def test_the_check_catches_a_history_without_a_clock():
    tables, keys = planted(), snapshots(("i0", 0))
    early = build_history(tables).assign(known_at=at(-1))
    leaked = build_features(tables, keys, embedded(tables), early, CONFIG)
    honest = features(tables, keys)
    assert {"owner_win_rate", "client_decided_count", "overall_win_rate"} <= {
        name for name in honest if not honest[name].equals(leaked[name])
    }


def _decided(status: str) -> Tables:
    """Four inquiries of one owner, one an hour; b, the test row, is decided before c comes in."""
    return make_tables(
        [inquiry(name, number, client_id=name, owner="ann") for number, name in enumerate("abcd")],
        outcomes=[
            {"inquiry_id": "a", "status": "won", "decided_at": 0.5},
            {"inquiry_id": "b", "status": status, "decided_at": 1.5},
        ],
    )


def _sides(*sides: str) -> pd.DataFrame:
    keys = snapshots(*((name, number) for number, name in enumerate("abcd")))
    return keys.assign(split=pd.Series(sides, dtype="str"), left_out_reason=None)


def test_training_rows_after_a_test_row_do_not_tell_its_outcome():
    split = _sides("train", "test", "train", "valid")
    won, lost = (training_features(_decided(s), split, embedded(_decided(s)), CONFIG) for s in ("won", "lost"))
    pd.testing.assert_frame_equal(won, lost, check_exact=True)
    assert won["owner_decided_count"].tolist() == [0, 1, 1, 1]  # a's outcome, a training row's, is known


def test_forward_in_time_nothing_is_hidden():
    split = _sides("train", "test", "test", "test")
    tables = _decided("won")
    got = training_features(tables, split, embedded(tables), CONFIG)
    pd.testing.assert_frame_equal(got, features(tables, split[["inquiry_id", "as_of"]]), check_exact=True)
    assert got["owner_decided_count"].tolist() == [0, 1, 2, 2]


def test_a_column_of_the_future_is_refused():
    tables = make_tables([{**inquiry(), "attr_has_contract": 1.0}])
    with pytest.raises(TableError, match="attr_has_contract, which info"):
        features(tables, snapshots(("a", 0)))


def test_no_column_of_the_outcomes_and_no_key_is_a_feature():
    got = set(features(planted(), snapshots(("i0", 50))))
    assert got.isdisjoint({*COLUMNS["outcomes"], "client_id", "given_split", "received_at"})


def test_an_inquiry_alone_has_the_row_of_its_week_to_the_bit():
    tables = random_tables(80, seed=2)
    keys, texts, history = all_snapshots(tables), embedded(tables), build_history(tables)
    week = build_features(tables, keys, texts, history, CONFIG)
    replied = week.index[week["reply_regularity"].notna()].get_level_values("inquiry_id").unique()
    for one in [*replied[:3], *tables.inquiries["inquiry_id"][:3]]:
        mine = keys[keys["inquiry_id"] == one]
        client = tables.inquiries.loc[tables.inquiries["inquiry_id"] == one, "client_id"].item()
        parts = {name: getattr(tables, name) for name in NAMES}
        its = {name: part[part["inquiry_id"] == one] for name, part in parts.items() if name != "clients"}
        its["clients"] = tables.clients[tables.clients["client_id"] == client]
        alone = build_features(replace(tables, **its), mine, texts, history, CONFIG)
        pd.testing.assert_frame_equal(alone, week.loc[[one]], check_exact=True)
    only = build_features(tables, keys.iloc[[-1]], texts, history, CONFIG)
    pd.testing.assert_frame_equal(only, week.iloc[[-1]], check_exact=True)


@FEW
@given(corpora(), st.integers(0, 2**32 - 1))
def test_the_order_of_rows_never_matters(tables, seed):
    def shuffled(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.sample(frac=1, random_state=seed)

    keys, texts, history = snapshots_of(tables, *AGES_HOURS), embedded(tables), build_history(tables)
    ordered = build_features(tables, keys, texts, history, CONFIG)
    mixed = replace(tables, **{name: shuffled(getattr(tables, name)) for name in NAMES})
    pd.testing.assert_frame_equal(build_history(mixed), history, check_exact=True)
    again = build_features(mixed, shuffled(keys), shuffled(texts), shuffled(history), CONFIG)
    assert again.index.tolist() == list(shuffled(keys).itertuples(index=False, name=None))
    pd.testing.assert_frame_equal(again.reindex(ordered.index), ordered, check_exact=True)


@FEW
@given(corpora())
def test_inputs_are_left_as_they_were(tables):
    keys, texts, history = snapshots_of(tables, *AGES_HOURS), embedded(tables), build_history(tables)
    frames = [*(getattr(tables, name) for name in NAMES), keys, texts, history]
    before = deepcopy(frames)
    build_features(tables, keys, texts, build_history(tables), CONFIG)
    for frame, copy in zip(frames, before, strict=True):
        pd.testing.assert_frame_equal(frame, copy, check_exact=True)


def test_a_timeless_export_has_counts_and_texts_but_no_clock():
    tables = timeless(planted())
    check_tables(tables)
    got = features(tables, snapshots_of(tables, 0)).loc["i0"].iloc[0]
    assert got[["inbound_message_count", "event_quote_sent_count", "title_given", "web_presence"]].tolist() == [
        2,
        1,
        1,
        1,
    ]
    assert got["first_text_word_count"] == 7
    clocked = [
        name
        for name in got.index
        if name.endswith(("_hours", "_days", "_years", "_win_rate", "_decided_count", "_per_day"))
    ]
    assert len(clocked) > 25
    assert got[clocked].isna().all()


def test_every_column_has_one_of_three_types():
    tables = make_tables(
        [{**inquiry(), "attr_size": 2, "attr_kind": "x"}],
        attributes={"attr_size": "numeric", "attr_kind": "categorical"},
    )
    got = features(tables, snapshots(("a", 0)))
    categories = [name for name, dtype in got.dtypes.items() if dtype == TEXT and name != "buyer_text"]
    assert categories == ["channel", "country", "product", "owner", "attr_kind", "language"]
    embeddings = [name for name in got if name.startswith("emb_")]
    numbers = got.drop(columns=[*categories, *embeddings, "buyer_text"])
    assert (got[embeddings].dtypes == np.float32).all()
    assert (numbers.dtypes == np.float64).all()
    assert got.index.names == ["inquiry_id", "as_of"]
    assert got[["attr_size", "attr_kind"]].iloc[0].tolist() == [2, "x"]


def test_an_attribute_that_is_declared_but_missing_is_named():
    with pytest.raises(TableError, match="declares attr_size, which inquiries does not have"):
        features(make_tables(attributes={"attr_size": "numeric"}), snapshots(("a", 0)))


def test_all_snapshots_that_do_not_fit_are_named():
    keys = snapshots(("a", 5), ("a", 5), ("b", 1), ("a", -1))
    with pytest.raises(DataError, match="3 problem") as error:
        features(make_tables(), keys)
    for what in ("stands twice", "is of no inquiry in the table", "is before its inquiry was received"):
        assert what in str(error.value)


def test_no_snapshots_give_no_rows_and_all_columns():
    tables = planted()
    none, some = features(tables, snapshots()), features(tables, snapshots(("i0", 3)))
    assert none.empty
    pd.testing.assert_series_equal(none.dtypes, some.dtypes)
