"""The demo corpus as rows of a CRM export; None is an empty cell."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from inquiry_intent.simulation.draws import Draws
from inquiry_intent.simulation.people import Person
from inquiry_intent.simulation.world import world

Rows = Iterator[tuple[Any, ...]]


def iso(seconds: pd.Series) -> list[str | None]:
    """Times as ISO 8601 with Z, from seconds since 1970; NaN becomes None."""
    known = seconds.notna().to_numpy()
    text = np.datetime_as_string(seconds.fillna(0).to_numpy().astype("int64").astype("datetime64[s]")).tolist()
    return [f"{time}Z" if there else None for time, there in zip(text, known.tolist(), strict=True)]


def inquiry_rows(
    rng: np.random.Generator,
    inquiries: pd.DataFrame,
    ids: Sequence[str],
    client_ids: Sequence[str],
    subjects: Sequence[str],
) -> Rows:
    facts = world()
    codes, channels, owners = list(facts["countries"]), list(facts["channels"]), list(facts["owners"])
    products = [entry["names"] for entry in facts["products"].values()]
    # Nobody files goods we do not sell under a product, and now and then somebody forgets to.
    filed = (~inquiries["wrong_category"] & (rng.random(len(inquiries)) < 0.95)).tolist()
    received = iso(inquiries["received"])
    columns = ("client", "channel", "country", "product", "variant", "owner")
    for k, (client, channel, country, product, variant, owner) in enumerate(
        zip(*(inquiries[name].tolist() for name in columns), strict=True)
    ):
        goods = products[product][variant] if filed[k] else None
        place = channels[channel], codes[country], goods
        yield ids[k], client_ids[client], received[k], *place, subjects[k], owners[owner]


def message_rows(
    rng: np.random.Generator,
    inquiries: pd.DataFrame,
    messages: pd.DataFrame,
    traits: Sequence[Sequence[str]],
    texts: Sequence[str],
    people: Sequence[Person],
    ids: Sequence[str],
) -> Rows:
    draws = Draws(rng)
    clients, owners = inquiries["client"].tolist(), inquiries["owner"].tolist()
    names = list(world()["owners"])
    number = (messages.groupby("inquiry").cumcount() + 1).tolist()
    sent = iso(messages["sent"])
    columns = ("inquiry", "inbound", "quote")
    for k, (inquiry, inbound, quote, shown) in enumerate(
        zip(*(messages[name].tolist() for name in columns), traits, strict=True)
    ):
        head = (f"M{ids[inquiry][1:]}-{number[k]}", ids[inquiry], sent[k])
        if inbound:
            person = people[clients[inquiry]]
            attached = draws.pick((1, 1, 2, 3)) if "attaches_document" in shown else int(draws.unit() < 0.03)
            yield (*head, "inbound", person.name, person.title, person.email, person.phone, attached, texts[k])
        else:
            name = names[owners[inquiry]]
            yield (*head, "outbound", name, None, desk(name), None, int(quote), texts[k])


def desk(owner: str) -> str:
    """A salesperson's mail address."""
    return f"{owner.split(' ')[0].lower()}@demo-exporter.com"


def event_rows(events: pd.DataFrame, ids: Sequence[str]) -> Rows:
    yield from zip(
        [ids[k] for k in events["inquiry"].tolist()], iso(events["occurred"]), events["kind"].tolist(), strict=True
    )


def client_rows(
    background: pd.DataFrame, clients: pd.DataFrame, people: Sequence[Person], client_ids: Sequence[str]
) -> Rows:
    codes = list(world()["countries"])
    countries = clients["country"].tolist()
    figures = [
        *(iso(background[name]) for name in ("known", "registered")),
        *(_numbers(background[name], 0) for name in ("import_covered", "import_count", "import_value_usd")),
        iso(background["last_import"]),
        *(_numbers(background[name], 2) for name in ("import_volatility", "supplier_stability", "web_presence")),
        _numbers(background["exhibition_count"], 0),
    ]
    for client, named, known, registered, *rest in zip(
        background["client"].tolist(), background["named"].tolist(), *figures, strict=True
    ):
        person = people[client]
        company, website = (person.company, person.website) if named else (None, None)
        yield client_ids[client], known, company, website, codes[countries[client]], registered, *rest


def outcome_rows(
    rng: np.random.Generator, inquiries: pd.DataFrame, outcomes: pd.DataFrame, ids: Sequence[str], end: int
) -> Rows:
    """Decisions before `end`. Most of what is open is written down as open, the rest has no row at all."""
    facts, draws = world(), Draws(rng)
    codes, dollars = list(facts["countries"]), facts["dollars"]
    decided = outcomes["decided"].to_numpy() < end
    times = iso(outcomes["decided"].where(decided))
    columns = (inquiries["country"], inquiries["order_usd"], inquiries["yearly_usd"], outcomes["won"])
    for k, (country, order, yearly, won) in enumerate(zip(*(values.tolist() for values in columns), strict=True)):
        paid = facts["currencies"].get(codes[country], "USD")
        currency = paid if isinstance(paid, str) else draws.weighted(paid)
        if not decided[k]:
            if draws.unit() < 0.7:
                yield ids[k], None, "open", None, None, None
        elif won:
            rate = dollars[currency]
            yield ids[k], times[k], "won", f"{order / rate:.2f}", currency, f"{yearly / rate:.2f}"
        else:
            yield ids[k], times[k], "lost", None, None, None


def _numbers(values: pd.Series, digits: int) -> list[str | None]:
    return [None if value != value else f"{value:.{digits}f}" for value in values.astype(float).tolist()]
