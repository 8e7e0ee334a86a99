"""What is known of the client's company at the snapshot."""

import pandas as pd
import pytest

from tests.feature_tables import START, features, make_tables, row, snapshots_of, timeless

IMPORTS = [
    "has_import_record",
    "import_frequency_per_year",
    "import_value_usd",
    "last_import_days",
    "import_volatility",
    "supplier_stability",
]


def known(hours: float = 0, **columns: object) -> dict:
    facts = {
        "import_covered": 1,
        "import_count": 4,
        "import_value_usd": 9000,
        "last_import_at": -48,
        "import_volatility": 0.5,
        "supplier_stability": 0.75,
        "web_presence": 1,
        "exhibition_count": 2,
        "registered_at": START - pd.Timedelta(days=3652.5),
    }
    return {"client_id": "client", "known_at": hours, **facts, **columns}


def test_the_newest_row_known_by_then_counts():
    tables = make_tables(clients=[known(20, import_count=7, exhibition_count=0), known(0)])
    before, after = row(tables, 19), row(tables, 20)
    assert before[["import_frequency_per_year", "exhibition_count"]].tolist() == [4, 2]
    assert after[["import_frequency_per_year", "exhibition_count"]].tolist() == [7, 0]
    assert before[["last_import_days", "registration_age_years"]].tolist() == pytest.approx(
        [67 / 24, 10 + 19 / 24 / 365.25]
    )


def test_a_client_that_is_not_known_yet_has_no_background():
    got = row(make_tables(clients=[known(10)]), 9)
    assert got[[*IMPORTS, "registration_age_years", "web_presence", "exhibition_count"]].isna().all()


@pytest.mark.parametrize("covered", [0, None])
def test_no_import_record_is_unknown_where_the_source_does_not_cover_the_country(covered):
    got = row(make_tables(clients=[known(import_covered=covered, import_count=0)]), 0)
    assert got[IMPORTS].isna().all()
    assert got["web_presence"] == 1


def test_no_import_record_is_observed_where_the_source_covers_the_country():
    got = row(make_tables(clients=[known(import_count=0, last_import_at=None)]), 0)
    assert got["has_import_record"] == 0
    assert pd.isna(got["last_import_days"])


def test_a_date_after_the_snapshot_is_not_believed():
    got = row(make_tables(clients=[known(0, last_import_at=30, registered_at=30)]), 24)
    assert got[["last_import_days", "registration_age_years"]].isna().all()


def test_a_timeless_export_knows_its_clients():
    tables = timeless(make_tables(clients=[known(0)]))
    got = features(tables, snapshots_of(tables, 0)).iloc[0]
    assert got[["has_import_record", "exhibition_count"]].tolist() == [1, 2]
    assert got[["last_import_days", "registration_age_years"]].isna().all()
