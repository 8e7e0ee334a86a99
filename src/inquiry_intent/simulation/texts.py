"""What both sides write: sentences chosen by trait, put together as people put letters together."""

import datetime
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from inquiry_intent.simulation.draws import Draws
from inquiry_intent.simulation.export import desk
from inquiry_intent.simulation.latents import KINDS
from inquiry_intent.simulation.people import Person
from inquiry_intent.simulation.phrases import Language, language
from inquiry_intent.simulation.world import DAY, world

MOST_QUOTED_CHARACTERS = 300


class Writer:
    """Writes the messages of one chunk, thread after thread."""

    def __init__(self, rng: np.random.Generator, inquiries: pd.DataFrame, people: Sequence[Person]) -> None:
        self._draws = Draws(rng)
        self._inquiries = inquiries
        self._people = people

    def subjects(self, blanks: Sequence[dict[str, Any]]) -> list[str]:
        """One subject an inquiry; the less substance, the vaguer."""
        draws, result = self._draws, []
        substance = self._inquiries["substance"].tolist()
        for k, client in enumerate(self._inquiries["client"].tolist()):
            sentences = language(self._people[client].language).sentences
            vague = draws.unit() < 0.4 - 0.18 * substance[k]
            result.append(draws.pick(sentences["vague_subjects" if vague else "subjects"]).format_map(blanks[k]))
        return result

    def blanks(self) -> list[dict[str, Any]]:
        """What fills the blanks of each inquiry's sentences."""
        facts, draws = world(), self._draws
        codes, categories, owners = list(facts["countries"]), list(facts["products"]), list(facts["owners"])
        table = self._inquiries
        columns = (
            "client",
            "country",
            "product",
            "variant",
            "owner",
            "wrong_category",
            "received",
            "order_usd",
            "yearly_usd",
            "kind",
        )
        result = []
        for client, country, product, variant, owner, wrong, received, order, yearly, kind in zip(
            *(table[name].tolist() for name in columns), strict=True
        ):  # fmt: skip
            person, spoken = self._people[client], language(self._people[client].language)
            entry, category = facts["countries"][codes[country]], categories[product]
            goods, words = facts["products"][category], spoken.words["products"][category]
            other = categories[(product + 1 + int(draws.unit() * (len(categories) - 1))) % len(categories)]
            # What buyers say of their size is rough; those who only look around say anything.
            spread = 0.35 if kind == 0 else 1.1 if kind == KINDS.index("invalid") else 0.7
            said = math.exp(spread * (draws.unit() + draws.unit() + draws.unit() - 1.5) * 2)
            pieces = order * said / goods["price"]
            names = spoken.words["aliens"] if wrong else words["names"]
            result.append(
                {
                    "product": draws.pick(names) if wrong else names[variant],
                    "other": draws.pick(spoken.words["products"][other]["names"]),
                    "use": draws.pick(words["uses"]),
                    "spec": draws.pick(goods["specs"]),
                    "std": draws.pick(goods["standards"]),
                    "model": draws.pick(goods["models"]),
                    "qty": self._quantity(spoken, goods["unit"], pieces, order * said),
                    "more": self._quantity(spoken, goods["unit"], pieces * draws.pick((1.5, 2, 3, 5)), 0),
                    "year": self._quantity(spoken, goods["unit"], yearly * said / goods["price"], 0),
                    "price": draws.pick(("USD ", "US$", "$")) + f"{goods['price'] * (0.75 + 0.2 * draws.unit()):.2f}",
                    "ours": f"USD {goods['price'] * (0.95 + 0.2 * draws.unit()):.2f}",
                    "pct": draws.pick((3, 5, 8, 10, 12, 15)),
                    "term": draws.pick(facts["incoterms"]),
                    "cert": draws.pick(facts["certificates"][entry["region"]]),
                    "port": draws.pick(entry["ports"]),
                    "country": spoken.words["countries"][codes[country]],
                    "brand": draws.pick(facts["brands"]),
                    "chain": draws.pick(facts["chains"]),
                    "date": self._date(spoken, received + int((25 + 100 * draws.unit()) * DAY)),
                    "month": draws.pick(spoken.words["months"]),
                    "company": person.company,
                    "name": person.name.split(" ")[0],
                    "owner": owners[owner].split(" ")[0],
                    "desk": desk(owners[owner]),
                }
            )  # fmt: skip
        return result

    def write(
        self, messages: pd.DataFrame, traits: Sequence[Sequence[str]], blanks: Sequence[dict[str, Any]]
    ) -> list[str]:
        """The text of every message.

        Parameters
        ----------
        messages : DataFrame from `draw_messages`, by inquiry and time
        traits : one list for each row, empty for our own
        blanks : one for each inquiry
        """
        clients, wrong = self._inquiries["client"].tolist(), self._inquiries["wrong_category"].tolist()
        result: list[str] = []
        last, ours, turn = -1, "", 0
        columns = ("inquiry", "inbound", "stage", "quote", "reminder", "waited_hours", "sent")
        for inquiry, inbound, stage, quote, reminder, waited, sent, shown in zip(
            *(messages[name].tolist() for name in columns), traits, strict=True
        ):
            if inquiry != last:
                last, ours, turn = inquiry, "", 0
            person = self._people[clients[inquiry]]
            if inbound:
                text = self._buyer_writes(person, shown, blanks[inquiry], stage, reminder, waited)
                if ours and self._draws.unit() < person.quotes * 0.7:
                    text += self._history(person, blanks[inquiry], ours, sent)
            else:
                text = ours = self._we_write(person, blanks[inquiry], turn, quote, reminder, wrong[inquiry])
                turn += 1
            result.append(text)
        return result

    def _buyer_writes(
        self, person: Person, traits: Sequence[str], blanks: dict[str, Any], stage: int, reminder: bool, waited: float
    ) -> str:
        draws, sentences = self._draws, language(person.language).sentences
        body = [draws.pick(sentences[name]) for name in traits]
        unit = draws.unit()
        if stage == 0:
            if (unit < 0.75 and "mass_mail" not in traits) or not body:
                body.insert(int(traits[:1] == ["courtesy"]), draws.pick(sentences["interest"]))
            if draws.unit() < 0.55 * person.signs:
                body.insert(0, draws.pick(sentences["intro"]))
        elif reminder:
            body.insert(0, draws.pick(sentences["reminder"]))
        else:
            if unit < 0.35 or not body:
                body.insert(0, draws.pick(sentences["ack"]))
            if waited > 60 and draws.unit() < 0.5:
                body.insert(0, draws.pick(sentences["apology"]))
        space = "" if person.language == "zh" else " "
        text = ("\n" if person.breaks_lines else space).join(body).format_map(blanks)
        if draws.unit() < person.greets:
            greeting = draws.pick(sentences["greeting_named" if person.names_us and stage else "greeting"])
            text = f"{greeting.format_map(blanks)}\n{text}"
        if person.lower_case:
            text = text.lower()
        if person.typos:
            text = self._mistyped(text, person.typos)
        if draws.unit() < person.greets:
            text = f"{text}\n{draws.pick(sentences['closing'])}"
        sign = draws.unit()
        if sign < person.signs:
            text = f"{text}\n" + "\n".join(person.signature)
        elif sign < 0.8:
            text = f"{text}\n{blanks['name']}"
        return text

    def _we_write(
        self, person: Person, blanks: dict[str, Any], turn: int, quote: bool, reminder: bool, wrong: bool
    ) -> str:
        """Our side writes English to everybody but Chinese readers."""
        draws = self._draws
        sentences = language("zh" if person.language == "zh" else "en").sentences
        if reminder:
            parts = ["outbound_reminder"]
        elif wrong:
            parts = ["outbound_thanks", "outbound_not_ours"][turn > 0 :]
        else:
            parts = ["outbound_thanks"] if turn == 0 else []
            parts += ["outbound_answer"] if draws.unit() < 0.6 else []
            parts += ["outbound_quote"] if quote else []
            parts += ["outbound_questions"] if not parts or draws.unit() < (0.3 if quote else 0.75) else []
        space = "" if sentences is language("zh").sentences else " "
        body = space.join(draws.pick(sentences[part]) for part in parts).format_map(blanks)
        return f"Dear {person.name},\n{body}\n{draws.pick(sentences['outbound_closing']).format_map(blanks)}"

    def _history(self, person: Person, blanks: dict[str, Any], ours: str, sent: int) -> str:
        day = datetime.datetime.fromtimestamp(sent, datetime.UTC).strftime("%d.%m.%Y")
        header = self._draws.pick(language(person.language).sentences["quote_header"])
        mark = "> " if self._draws.unit() < 0.7 else ""
        quoted = "\n".join(mark + line for line in ours[:MOST_QUOTED_CHARACTERS].splitlines())
        return f"\n\n{header.format_map(blanks | {'date': day})}\n{quoted}"

    def _mistyped(self, text: str, rate: float) -> str:
        """Drop or swap letters, `rate` times in a hundred characters; figures stay as they are."""
        draws = self._draws
        for _ in range(int(rate * len(text) / 100 + draws.unit())):
            k = int(draws.unit() * (len(text) - 1))
            pair = text[k : k + 2]
            if pair.isalpha():
                text = text[:k] + (pair[::-1] if draws.unit() < 0.5 else pair[1]) + text[k + 2 :]
        return text

    def _quantity(self, spoken: Language, unit: str, pieces: float, usd: float) -> str:
        draws = self._draws
        if usd > 60_000 and draws.unit() < 0.35:
            wording, number = draws.pick(spoken.words["quantity"]["box"]), max(round(usd / 45_000), 1)
        else:
            wording, number = draws.pick(spoken.words["quantity"][unit]), _rounded(pieces)
        return wording.format(n=f"{number:,}".replace(",", spoken.words["thousands"] if draws.unit() < 0.7 else ""))

    def _date(self, spoken: Language, seconds: int) -> str:
        day = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
        return self._draws.pick(spoken.sentences["dates"]).format(
            day=day.day, month=spoken.words["months"][day.month - 1], number=day.month, week=day.isocalendar().week
        )


def _rounded(number: float) -> int:
    """A count as people say it: two digits that matter.

    >>> [_rounded(n) for n in (0.4, 7.2, 94, 1234, 56_789)]
    [1, 7, 90, 1200, 57000]
    """
    whole = max(round(number), 1)
    if whole < 20:
        return whole
    if whole < 100:
        return round(whole, -1)
    return round(whole, 2 - len(str(whole)))
