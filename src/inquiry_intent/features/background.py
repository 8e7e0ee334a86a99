"""What is known of the client's company: registration, customs records, presence (group *background*, [003])."""

import pandas as pd

from inquiry_intent.features.known import known_pairs
from inquiry_intent.moments import days_between, known_at
from inquiry_intent.tables import Info

DAYS_PER_YEAR = 365.25


def latest_client(rows: pd.DataFrame, clients: pd.DataFrame, info: Info) -> pd.DataFrame:
    """The client's newest row that was known at each snapshot.

    Parameters
    ----------
    rows : DataFrame
        What `known.snapshot_rows` returns.
    clients : DataFrame
        The contract's table, in any order.
    info : Info
        Where its `client_precision` is a day, a row is known when that is over; one as of the receipt itself, from
        there on.

    Returns
    -------
    DataFrame of shape (n_snapshots, n_client_columns), index of `rows`
        The columns of `clients`; all NaN where no row was known.
    """
    clients = clients.sort_values("known_at", ignore_index=True)
    known = known_pairs(rows, clients, "client_id", "known_at", info.client_precision)
    receipt = rows[["client_id", "received_at"]].rename_axis("snapshot").reset_index()
    as_of_receipt = receipt.merge(
        clients[["client_id", "known_at"]].rename_axis("record").reset_index(),
        left_on=["client_id", "received_at"],
        right_on=["client_id", "known_at"],
    )
    pairs = pd.concat([known, as_of_receipt[["snapshot", "record"]]]).sort_values(["snapshot", "record"])
    pairs = pairs.drop_duplicates("snapshot", keep="last")
    return clients.take(pairs["record"].to_numpy()).set_axis(pairs["snapshot"]).reindex(rows.index)


def company_background(rows: pd.DataFrame, client: pd.DataFrame) -> pd.DataFrame:
    """Describe the client's company as of the snapshot.

    Import columns are NaN where the customs source does not cover the country: there "no record" says nothing [003].

    Parameters
    ----------
    rows : DataFrame
        What `known.snapshot_rows` returns.
    client : DataFrame
        What `latest_client` returns.

    Returns
    -------
    DataFrame of shape (n_snapshots, 9), index of `rows`; NaN where the client's row does not say
        has_import_record : 1 if the source lists an import, else 0.
        import_frequency_per_year : import records in the year before the row was known.
        import_value_usd : their value.
        last_import_days : from the last import to as_of.
        import_volatility : standard deviation over mean of the yearly values.
        supplier_stability : 0..1, share of imports from suppliers used before.
        registration_age_years : from registration to as_of.
        web_presence : 0..1.
        exhibition_count : trade fairs attended.
    """
    as_of = rows["as_of"]
    covered = client["import_covered"].eq(1)
    # A date after as_of cannot have been known then, whatever the row says.
    last_import_at = client["last_import_at"].where(known_at(client["last_import_at"], as_of))
    registered_at = client["registered_at"].where(known_at(client["registered_at"], as_of))
    has_record = client["import_count"].gt(0) | last_import_at.notna()
    has_record = has_record.where(client["import_count"].notna() | last_import_at.notna())
    return pd.DataFrame(
        {
            "has_import_record": has_record.astype("float64").where(covered),
            "import_frequency_per_year": client["import_count"].where(covered),
            "import_value_usd": client["import_value_usd"].where(covered),
            "last_import_days": days_between(last_import_at, as_of).where(covered),
            "import_volatility": client["import_volatility"].where(covered),
            "supplier_stability": client["supplier_stability"].where(covered),
            "registration_age_years": days_between(registered_at, as_of) / DAYS_PER_YEAR,
            "web_presence": client["web_presence"],
            "exhibition_count": client["exhibition_count"],
        },
        index=rows.index,
    ).astype("float64")
