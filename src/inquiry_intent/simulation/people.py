"""Who writes: invented names, companies, addresses and numbers, and how they sign."""

import unicodedata
from dataclasses import dataclass

import numpy as np
import pandas as pd

from inquiry_intent.simulation.draws import Draws
from inquiry_intent.simulation.latents import KINDS, ROLES
from inquiry_intent.simulation.phrases import LANGUAGES, language
from inquiry_intent.simulation.world import sigmoid, world


@dataclass(frozen=True)
class Person:
    """One client's correspondent and habits of writing; None: not given."""

    name: str
    title: str | None
    company: str
    website: str
    email: str
    phone: str | None
    language: str
    signature: tuple[str, ...]
    signs: float
    greets: float
    names_us: bool
    quotes: float
    typos: float
    lower_case: bool
    breaks_lines: bool


def _ascii(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.replace("ı", "i").replace("ø", "o"))
    return "".join(c for c in plain.lower() if c.isascii() and c.isalnum())


def draw_people(rng: np.random.Generator, clients: pd.DataFrame, first_client: int) -> list[Person]:
    """One person a client, in the order of `clients`.

    Domains begin with `demo-` and mailboxes with `demo.`, so that none can be taken for somebody's address.
    `first_client` numbers the mailboxes apart over the whole corpus.
    """
    facts, draws = world(), Draws(rng)
    codes = list(facts["countries"])
    standing, kinds = clients["standing"].to_numpy(), clients["kind"].to_numpy()
    roles = clients["role"].to_numpy()
    n = len(clients)
    openness = 0.8 * standing + np.array([0.5, 0.1, -0.8, -1.7])[kinds]
    corporate = (rng.random(n) < sigmoid(0.6 + openness)).tolist()
    titled = (rng.random(n) < sigmoid(0.4 + 0.5 * openness + np.array([0.5, 0.4, -1.0])[roles])).tolist()
    # Nobody's title is a sure sign of the role: some have one that fits another role better.
    shown = np.where(rng.random(n) < 0.88, roles, rng.integers(0, 3, n)).tolist()
    phone_given = (rng.random(n) < sigmoid(0.3 + openness)).tolist()
    phone_right = (rng.random(n) < sigmoid(1.8 + 0.9 * standing)).tolist()
    site_given = (rng.random(n) < sigmoid(-0.3 + openness)).tolist()
    throwaway = (rng.random(n) < np.where(kinds == KINDS.index("invalid"), 0.08, 0.003)).tolist()

    people = []
    for k, (country, role) in enumerate(zip(clients["country"].tolist(), shown, strict=True)):
        code = codes[country]
        entry = facts["countries"][code]
        spoken = draws.weighted(entry["languages"])
        names = facts["people"][entry["names"]]
        first, last = draws.pick(names["first"]), draws.pick(names["last"])
        stem = "".join(draws.pick(facts["syllables"]) for _ in range(2 + (draws.unit() < 0.6)))
        trade = draws.pick(facts["trades"])
        company = f"{stem.capitalize()} {trade} {draws.pick(entry['legal'])}"
        domain = (
            f"demo-{stem}{trade.lower() if draws.unit() < 0.3 else ''}.{entry['tld'] if draws.unit() < 0.6 else 'com'}"
        )
        if corporate[k]:
            local = draws.pick((f"{_ascii(first)}.{_ascii(last)}", f"{_ascii(first)[0]}.{_ascii(last)}", _ascii(first)))
            if draws.unit() < 0.15:
                local = draws.pick(("info", "purchase", "sales", "office"))
            email = f"{local}@{domain}"
        else:
            boxes = facts["mailboxes"].get(spoken, facts["mailboxes"]["any"])
            box = draws.pick(facts["throwaway"] if throwaway[k] else boxes)
            email = f"demo.{_ascii(first)}.{_ascii(last)}.{first_client + k}@{box}"
        phone = None
        if phone_given[k]:
            phone = draws.digits(entry["phone"])
            if not phone_right[k]:
                phone = phone[: len(phone) - 4] if draws.unit() < 0.6 else draws.digits("+1 000 ### ####")
        titles = language(spoken if draws.unit() < 0.7 else "en").words["titles"][ROLES[role]]
        title = draws.pick(titles) if titled[k] else None
        website = f"www.{domain}"
        lines = [f"{first} {last}", title, company if draws.unit() < 0.85 or corporate[k] else None]
        lines += [phone and draws.pick((f"Tel: {phone}", f"Mob. {phone}", phone, f"WhatsApp {phone}"))]
        lines += [website if site_given[k] else None, email if draws.unit() < 0.25 else None]
        people.append(
            Person(
                name=f"{first} {last}",
                title=title,
                company=company,
                website=website,
                email=email,
                phone=phone,
                language=spoken,
                signature=tuple(line for line in lines if line),
                signs=(0.95, 0.6, 0.15)[int(3 * draws.unit())],
                greets=(0.95, 0.7, 0.2)[int(3 * draws.unit())],
                names_us=draws.unit() < 0.5,
                quotes=(0.9, 0.4, 0.0)[int(3 * draws.unit())],
                typos=(0.0, 0.0, 0.2, 0.6, 1.8)[int(5 * draws.unit())] * (0.2 if spoken == "zh" else 1.0),
                lower_case=draws.unit() < 0.06,
                breaks_lines=draws.unit() < 0.4,
            )
        )
    assert all(person.language in LANGUAGES for person in people)
    return people
