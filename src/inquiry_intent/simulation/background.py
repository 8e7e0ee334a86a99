"""What outside sources say about the clients of the demo corpus: registration, web, fairs, customs records."""

import numpy as np
import pandas as pd

from inquiry_intent.simulation.latents import KINDS
from inquiry_intent.simulation.world import DAY, HOUR, column, sigmoid, world


def background_rows(rng: np.random.Generator, clients: pd.DataFrame, first: np.ndarray, end: int) -> pd.DataFrame:
    """Rows of `clients.csv`, without names: what was known of each client, and when.

    Parameters
    ----------
    clients : DataFrame from `draw_clients`
    first : array of shape (n_clients,)
        Time of each client's first inquiry, seconds since 1970.
    end : int
        End of the export; rows known later are left out.

    Returns
    -------
    DataFrame
        client (row of `clients`), known (seconds since 1970), named (its company was identified), registered and
        last_import (seconds, NaN: unknown), and the figures of the contract's clients table. Import figures are NaN
        where the country publishes no customs records or the client was not identified; 0 means none found.
    """
    n = len(clients)
    standing = clients["standing"].to_numpy()
    kind = clients["kind"].to_numpy()
    strategic, test = clients["potential"].to_numpy() == 0, clients["potential"].to_numpy() == 2
    named = rng.random(n) < sigmoid(1.6 + 0.9 * standing)
    years = np.clip(np.exp(rng.normal(1.7 + 0.45 * standing + 0.3 * strategic, 0.6, n)), 0.1, 90)
    covered = column(world()["countries"], "covered")[clients["country"]] & named
    # A competitor makes these goods itself: it shows them at fairs and hardly imports them.
    competitor = kind == KINDS.index("competitor")
    imports = covered & (rng.random(n) < sigmoid(0.3 + 1.1 * standing + 0.8 * strategic - 0.5 * test - 2 * competitor))
    per_year = np.maximum(np.exp(rng.normal(1.6 + 1.2 * strategic - 0.6 * test, 0.7, n)).round(), 1)
    value = clients["yearly_usd"].to_numpy() * np.exp(rng.normal(0.3, 0.6, n)) * np.where(competitor, 0.3, 1.0)
    last = first - np.exp(rng.normal(4.0 - 0.4 * standing, 0.9, n)) * DAY
    columns = {
        "client": np.arange(n),
        # Most lookups are automatic, at the moment the inquiry comes in; the others are done by hand later.
        "known": first + np.where(rng.random(n) < 0.72, 0, rng.exponential(40, n) * HOUR).astype(np.int64),
        "named": named,
        "registered": np.where(named, (first - years * 365 * DAY).round(-5), np.nan),
        "import_covered": np.where(named, covered, np.nan),
        "import_count": np.where(covered, np.where(imports, per_year, 0), np.nan),
        "import_value_usd": np.where(covered, np.where(imports, value.round(-2), 0), np.nan),
        "last_import": np.where(imports, last.round(-4), np.nan),
        "import_volatility": np.where(imports, (0.5 * np.exp(rng.normal(-0.35 * standing, 0.4, n))).round(2), np.nan),
        "supplier_stability": np.where(imports, sigmoid(0.3 + 0.6 * standing + rng.normal(0, 0.8, n)).round(2), np.nan),
        "web_presence": np.where(named, sigmoid(0.9 * standing + rng.normal(0, 0.8, n)), 0).round(2),
        "exhibition_count": np.where(
            named, rng.poisson(np.exp(np.clip(0.5 * standing - 0.5 + 0.9 * competitor, -4, 2))), np.nan
        ),
    }
    rows = pd.DataFrame(columns)[rng.random(n) < 0.93]  # of the others nobody ever looked
    later = rows[rng.random(len(rows)) < 0.25].copy()
    later["known"] += (rng.uniform(60, 240, len(later)) * DAY).astype(np.int64)
    grown = later["import_count"] > 0
    more = rng.integers(0, 4, len(later))
    later["import_value_usd"] = (later["import_value_usd"] * (1 + 0.1 * more)).round(-2)
    later["last_import"] = later["last_import"].mask(grown & (more > 0), (later["known"] - 20 * DAY).round(-4))
    later["import_count"] = later["import_count"] + np.where(grown, more, 0)
    rows = pd.concat([rows, later])
    return rows[rows["known"] < end].sort_values(["client", "known"], kind="stable", ignore_index=True)
