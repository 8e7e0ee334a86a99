"""Who the buyers of the demo corpus are and what they want: everything that is drawn before a word is written.

A client keeps its kind, role, potential, standing and habits; an inquiry adds intent, substance and what it is about.
The probability of winning is a smooth function of these, so that all that moves it leaves traces in the export.
"""

import numpy as np
import pandas as pd

from inquiry_intent.simulation.world import DAY, HOUR, choose, choose_rows, column, sigmoid, world

KINDS = ("real", "collector", "competitor", "invalid")
INTENTS = ("high", "watching", "low")
ROLES = ("decision_maker", "executor", "info_collector")
POTENTIALS = ("strategic", "short_term", "test")

#: Share of inquiries by kind [003, quoting Atradius].
KIND_SHARE = np.array([0.28, 0.40, 0.12, 0.20])
#: Inquiries a client sends within the 18 months, on average; geometric, at most MOST_INQUIRIES.
INQUIRIES_PER_CLIENT = np.array([2.1, 1.6, 1.6, 1.15])
MOST_INQUIRIES = 12
#: Rows: kind. Columns: intent, role, potential as named above.
INTENT_SHARE = np.array([[0.60, 0.31, 0.09], [0.20, 0.52, 0.28], [0.12, 0.53, 0.35], [0.10, 0.24, 0.66]])
ROLE_SHARE = np.array([[0.45, 0.45, 0.10], [0.18, 0.38, 0.44], [0.15, 0.45, 0.40], [0.30, 0.22, 0.48]])
POTENTIAL_SHARE = np.array([[0.22, 0.42, 0.36], [0.12, 0.36, 0.52], [0.15, 0.40, 0.45], [0.08, 0.24, 0.68]])

#: Where some kinds come from two and a half times as often as other inquiries do.
FREQUENT_IN = {"competitor": ("IN", "TR", "IT", "PL", "VN", "TW"), "invalid": ("NG", "IN", "PK", "CI", "DZ")}

#: What moves the log-odds of winning.
KIND_EFFECT = np.array([0.3, 0.0, -1.9, -3.2])
INTENT_EFFECT = np.array([0.75, 0.0, -0.75])
ROLE_EFFECT = np.array([0.35, 0.05, -0.45])
POTENTIAL_EFFECT = np.array([-0.1, 0.15, 0.0])
SUBSTANCE_EFFECT, REGULARITY_EFFECT, STANDING_EFFECT = 0.4, 0.15, 0.35

#: Yearly purchase in USD, log-uniform between these bounds; a margin keeps rounding and exchange off the tier's bounds.
YEARLY_USD = np.array([[1_050_000, 12_000_000], [105_000, 950_000], [3_000, 95_000]])


def draw_clients(rng: np.random.Generator, n_inquiries: int) -> pd.DataFrame:
    """The clients who send `n_inquiries` inquiries in all.

    Returns
    -------
    DataFrame, one row a client
        Codes (positions in the tuples above, or in the tables of world.yaml) and standard-normal-like traits:
        standing (how established), detail (how much they like to write), pace_hours (their usual reply time),
        disorder (spread of log reply hours), yearly_usd, n_inquiries (>= 1, adding up to the argument).
    """
    facts = world()
    kind = choose(rng, KIND_SHARE / INQUIRIES_PER_CLIENT, n_inquiries)
    count = np.minimum(rng.geometric(1 / INQUIRIES_PER_CLIENT[kind]), MOST_INQUIRIES)
    n = int(np.searchsorted(np.cumsum(count), n_inquiries)) + 1
    kind, count = kind[:n], count[:n]
    count[-1] -= count.sum() - n_inquiries

    countries = facts["countries"]
    country = choose(rng, column(countries, "weight"), n)
    for name, codes in FREQUENT_IN.items():
        weights = column(countries, "weight").copy()
        weights[[list(countries).index(code) for code in codes]] *= 2.5
        country = np.where(kind == KINDS.index(name), choose(rng, weights, n), country)

    role = choose_rows(rng, ROLE_SHARE[kind])
    potential = choose_rows(rng, POTENTIAL_SHARE[kind])
    low, high = np.log(YEARLY_USD[potential]).T
    standing = np.array([0.8, 0.1, 0.0, -1.6])[kind] + np.array([0.4, 0.1, -0.2])[potential] + rng.normal(0, 0.8, n)
    regularity = np.array([0.5, 0.0, 0.0, -0.8])[kind] + rng.normal(0, 0.7, n)
    # Large clients take their time, collectors and the idle answer at once [000]; both with much overlap.
    pace = np.array([20.0, 14.0, 12.0, 5.0])[kind] * np.array([1.9, 1.0, 0.8])[potential]
    return pd.DataFrame(
        {
            "kind": kind,
            "role": role,
            "potential": potential,
            "country": country,
            "product": choose(rng, column(facts["products"], "weight"), n),
            "yearly_usd": np.exp(low + (high - low) * rng.random(n)).round(),
            "standing": standing,
            "regularity": regularity,
            "detail": rng.normal(0, 1, n),
            "pace_hours": pace * np.exp(rng.normal(0, 0.6, n)),
            "disorder": 0.55 * np.exp(-0.55 * regularity),
            "n_inquiries": count,
        }
    )


def received_times(rng: np.random.Generator, countries: np.ndarray, start: int, end: int) -> np.ndarray:
    """When buyers write: seconds since 1970, mostly in the working hours of their own zone, less at weekends.

    Parameters
    ----------
    countries : array of shape (n,)
        Positions in world.yaml's countries.
    start, end : int
        The span in seconds since 1970; both at midnight UTC.
    """
    table = world()["countries"]
    days = np.arange(start // DAY, end // DAY)
    weekday = (days + 3) % 7  # 1970-01-01 was a Thursday; 0 is Monday
    # More in spring and autumn (fairs), a trough early in the year, and slow growth.
    season = 1 + 0.18 * np.cos(4 * np.pi * (days - 105) / 365.25) + 0.25 * (days - days[0]) / len(days)
    sunday_rest = np.array([1.1, 1.15, 1.1, 1.05, 0.9, 0.25, 0.2])[weekday] * season
    friday_rest = np.array([1.1, 1.15, 1.1, 0.95, 0.2, 0.4, 1.05])[weekday] * season
    resting = np.array([entry.get("friday", False) for entry in table.values()])[countries]
    n = len(countries)
    day = days[np.where(resting, choose(rng, friday_rest, n), choose(rng, sunday_rest, n))]
    hours = np.array([1, 1, 0.5, 0.5, 0.5, 1, 2, 4, 9, 14, 15, 14, 10, 10, 14, 14, 12, 9, 6, 4, 3, 3, 2, 1.5])
    hour = choose(rng, hours, n)
    zone = column(table, "zone")[countries]
    seconds = day * DAY + ((hour - zone) * HOUR).astype(np.int64) + rng.integers(0, HOUR, n)
    # A local day may begin before or end after the span: such inquiries move by one week, to the same weekday.
    seconds = np.where(seconds < start, seconds + 7 * DAY, seconds)
    return np.where(seconds >= end, seconds - 7 * DAY, seconds)


def draw_inquiries(rng: np.random.Generator, clients: pd.DataFrame, start: int, end: int) -> pd.DataFrame:
    """The inquiries of `clients`, sorted by time, with everything that decides their fate.

    Returns
    -------
    DataFrame, one row an inquiry
        client (row of `clients`) and its columns, received (seconds since 1970), intent, substance, channel, owner,
        wrong_category, order_usd, p_won (rounded to 6 digits), p_never (of being left undecided for good if not won),
        and won/lost delay parameters: log of the median in days and the spread of the logarithm.
    """
    facts = world()
    client = np.repeat(np.arange(len(clients)), clients["n_inquiries"])
    table = clients.iloc[client].reset_index(drop=True).drop(columns="n_inquiries")
    n, kind, potential = len(table), table["kind"].to_numpy(), table["potential"].to_numpy()
    invalid = kind == KINDS.index("invalid")

    intent = choose_rows(rng, INTENT_SHARE[kind])
    substance = np.array([0.35, -0.05, 0.15, -0.9])[kind] + np.array([0.6, 0.0, -0.7])[intent] + rng.normal(0, 0.65, n)
    channel = choose_rows(rng, np.array([[entry[k] for entry in facts["channels"].values()] for k in KINDS])[kind])
    owner = choose(rng, column(facts["owners"], "load"), n)
    other = choose(rng, column(facts["products"], "weight"), n)
    product = np.where(rng.random(n) < 0.8, table["product"], other)
    wrong_category = rng.random(n) < np.where(invalid, 0.3, 0.02)

    log_odds = (
        KIND_EFFECT[kind]
        + INTENT_EFFECT[intent]
        + ROLE_EFFECT[table["role"]]
        + POTENTIAL_EFFECT[potential]
        + SUBSTANCE_EFFECT * substance
        + REGULARITY_EFFECT * table["regularity"].to_numpy()
        + STANDING_EFFECT * table["standing"].to_numpy()
        + column(facts["countries"], "effect")[table["country"]]
        + column(facts["products"], "effect")[product]
        + column(facts["owners"], "effect")[owner]
        + column(facts["channels"], "effect")[channel]
        - 2.0 * wrong_category
    )
    table = table.assign(
        client=client,
        received=received_times(rng, table["country"].to_numpy(), start, end),
        intent=intent,
        substance=substance,
        channel=channel,
        owner=owner,
        product=product,
        variant=rng.integers(0, 3, n),
        wrong_category=wrong_category,
        order_usd=(table["yearly_usd"] * rng.uniform(0.06, 0.4, n)).round(),
        p_won=sigmoid(log_odds).round(6),
        p_never=np.array([0.10, 0.15, 0.12, 0.2])[kind],
        won_log_days=np.log(24.0) + np.array([0.3, 0.0, -0.2])[potential] + np.array([-0.1, 0.15, 0.1])[intent],
        won_spread=0.55,
        lost_log_days=np.log(20.0) + np.array([0.2, 0.15, 0.0, -0.5])[kind],
        lost_spread=0.6,
    )
    return table.sort_values("received", kind="stable", ignore_index=True)


def draw_outcomes(rng: np.random.Generator, inquiries: pd.DataFrame) -> pd.DataFrame:
    """What became of each inquiry, drawn from the probabilities alone.

    Returns
    -------
    DataFrame, one row an inquiry
        won (bool), decided (seconds since 1970; the largest int64 where it is never decided).
    """
    n = len(inquiries)
    won = rng.random(n) < inquiries["p_won"].to_numpy()
    never = ~won & (rng.random(n) < inquiries["p_never"].to_numpy())
    middle = np.where(won, inquiries["won_log_days"], inquiries["lost_log_days"])
    spread = np.where(won, inquiries["won_spread"], inquiries["lost_spread"])
    delay = np.exp(middle + spread * rng.standard_normal(n)) * DAY
    decided = inquiries["received"].to_numpy() + np.maximum(delay.round().astype(np.int64), 1)
    return pd.DataFrame({"won": won, "decided": np.where(never, np.iinfo(np.int64).max, decided)})
