"""The part of a suggested mapping that reads orders: what they are worth, and which inquiry they fall to."""

import re
from typing import TYPE_CHECKING, Any

import pandas as pd

from inquiry_intent.sources.building import mail_domains
from inquiry_intent.sources.currencies import currency_code
from inquiry_intent.sources.meanings import is_flag, meaning, meanings, yes_values
from inquiry_intent.sources.naming import mentions, names_code, rank, vocabulary
from inquiry_intent.sources.profiles import Profile
from inquiry_intent.sources.samples import SLIPS, Sample, fits, mailboxes
from inquiry_intent.sources.schema import Rule
from inquiry_intent.sources.suggest_decisions import carried_out, decided_by, decided_rule, only_date, status_column
from inquiry_intent.sources.suggest_rules import Draft, columns_of, first_column
from inquiry_intent.sources.values import currencies_in, currencies_named, map_values, parse_numbers
from inquiry_intent.sources.writing import flow

if TYPE_CHECKING:
    from inquiry_intent.sources.suggest import Suggestion

#: Behind an amount's name: its values are in units of 10,000, of whatever currency.
TEN_THOUSANDS = re.compile(r"[(（\[【/_ ](?:单位[:：]?)?(?P<unit>万\s?\w{0,4})\s*[)）\]】]?\s*$", re.I)
#: Orders are looked for so many days after an inquiry, until the user says better. So many of their clients must be
#: known among the inquiries, if both name clients in the same way.
WITHIN_DAYS, KNOWN_CLIENTS = 120, 0.5
#: A column of more cells than this that cannot be read as numbers holds no amounts.
MOST_UNREAD = 0.5


def holds_orders(sample: Sample) -> bool:
    """Whether a file's title says that its rows are orders."""
    return mentions(sample.title, vocabulary()["orders"]["files"]) is not None


def lists_orders(sample: Sample) -> bool:
    """Whether the columns of a file are those of orders or invoices: their number, date and value."""
    known = vocabulary()
    numbered = any(map(numbers_orders, sample.profiles))
    dated = any(profile.kind == "time" for profile in sample.profiles.values())
    return numbered and dated and any(rank(name, known["outcomes"]["order_value"]) for name in sample.profiles)


def numbers_orders(name: str) -> bool:
    """Whether a column's name is that of the number of an order or an invoice."""
    return (rank(name, vocabulary()["order_ids"]) or (9,))[0] <= 1


def revisions(sample: Sample, key: Profile) -> str | None:
    """The column of offers or orders whose name, or one of whose values, says that a later row replaces an earlier one.

    None: rows of one key are beside each other.
    """
    words, statuses = vocabulary()["revisions"], vocabulary()["outcomes"]["status"]
    again = key.values.notna() & key.values.duplicated(keep=False)
    for name, profile in sample.profiles.items():
        if profile is key or profile.kind not in ("category", "number"):
            continue
        rows = pd.DataFrame({"key": key.values, "value": profile.values})[again]
        if mentions(name, words["columns"]) and profile.distinct > 1 and rows.duplicated().mean() <= SLIPS:
            return name
        if rank(name, statuses) and any(
            mentions(value, words["replaced"]) for value in rows["value"].dropna().unique()
        ):
            return name
    return None


def orders_of(draft: "Suggestion", sample: Sample, link: str) -> bool:
    """Look up what a second file knows of the outcomes: when the order came, and its value; whether it knows any."""
    rule = draft.tables["outcomes"][0]
    key = rule["columns"].get("inquiry_id") or draft.own_key
    free = set(sample.profiles) - {link}
    remarks: list[str] = []
    found: Draft = {}
    if "decided_at" not in rule["columns"] and (decided := decided_by(sample, free)):
        found["decided_at"] = decided_rule(decided)
    if "order_value" not in rule["columns"]:
        found |= order_amounts(
            sample, free - {name for origin in found.values() for name in columns_of(origin)}, remarks
        )
    elif holds_orders(sample) or lists_orders(sample):
        instead = _ordered_instead(draft, rule, sample, key, link)
        if instead is None and not found:
            return True
        found |= instead or {}
    if not found or not key or sample.parts:  # a lookup reads one sheet
        return False
    lookup = {"file": sample.key, "on": {key: link}}
    if sample.profiles[link].values.dropna().duplicated().any():
        revised = revisions(sample, sample.profiles[link])
        which = f" (the latest, where {revised!r} says that it replaces others)" if revised else ""
        draft.remarks.append(
            f"not used: {sample.place}; {link!r} repeats in it. With one row for each{which}, and this line in "
            f"outcomes, its columns can be read as '{sample.key}.COLUMN': lookup: {flow([lookup])}"
        )
        return True
    rule["lookup"] = [*rule.get("lookup", []), lookup]
    beside = {c: _either(_prefixed(found[c], sample.key), rule["columns"][c]) for c in found if c in rule["columns"]}
    rule["columns"] |= {column: _prefixed(origin, sample.key) for column, origin in found.items()} | beside
    rule["remarks"] += [*remarks, f"{', '.join(found)}: from {sample.key!r}, where the inquiry has a row there"]
    sample.used |= {name for origin in found.values() for name in columns_of(origin)}
    return True


def _ordered_instead(draft: "Suggestion", rule: Draft, sample: Sample, key: str | None, link: str) -> Draft | None:
    """An order's own amount, where that of the deal is known and only its estimate: {} where orders have none.

    None where a remark has said all: orders are worth what the deals say, or are written in another way.
    """
    deals = next(other for other in draft.samples if other.key == rule["from"])
    ours, own = rule["columns"]["order_value"], deals.profiles.get(key or "")
    name = first_column(ours)
    theirs = order_amounts(sample, set(sample.profiles) - {link}, [])
    if holds_orders(deals) or own is None or name not in deals.profiles or "order_value" not in theirs:
        return {}
    ordered = sample.profiles[first_column(theirs["order_value"]) or ""]
    estimates = pd.Series(deals.profiles[name].numbers().array, index=own.values.array)
    estimates = estimates[estimates.index.notna() & ~estimates.index.duplicated()]
    both = pd.DataFrame({"order": ordered.numbers(), "deal": sample.profiles[link].values.map(estimates)}).dropna()
    differ = int((both["order"] != both["deal"]).sum())
    if differ <= SLIPS * len(both):
        draft.remarks.append(f"not used: {ordered.name!r} of {sample.place}; {name!r} of {deals.place} says the same")
        return None
    said = (
        f"ORDERS HAVE THEIR OWN AMOUNTS: {ordered.name!r} of {sample.place} differs from {name!r} of {deals.place} in "
        f"{differ} of {len(both)}"
    )
    theirs = {column: theirs[column] for column in ("order_value", "currency") if column in theirs}
    if sample.profiles[link].values.dropna().duplicated().any() or any(
        _either(_prefixed(origin, sample.key), rule["columns"].get(column)) is None for column, origin in theirs.items()
    ):
        draft.remarks.append(
            f"{said}, and is not read: {link!r} repeats, or currencies and signs are written otherwise"
        )
        return None
    rule["remarks"].append(f"{said}; the order's counts, and the deal's only where there is none. Is that so?")
    return theirs


def _either(theirs: Any, ours: Any) -> Any:
    """A rule that reads one column, else another; None: they are read in different ways."""
    first, second = ({"column": rule} if isinstance(rule, str) else rule for rule in (theirs, ours))
    if first == second:
        return ours
    if second is None or "column" not in first or "column" not in second:
        return None
    how = [{part: what for part, what in rule.items() if part != "column"} for rule in (first, second)]
    return {"first_of": [first["column"], second["column"]], **how[0]} if how[0] == how[1] else None


def note_left_over(draft: "Suggestion") -> None:
    """Name what the file of the outcomes has left of numbers and times, where no order value or decision was found."""
    rule = next(iter(draft.tables.get("outcomes", [])), None)
    if rule is None:
        return
    sample = next(sample for sample in draft.samples if sample.key == rule["from"])
    left = [p for name, p in sample.profiles.items() if name not in sample.used and not names_code(name)]
    later = [*vocabulary()["ahead"], *vocabulary()["plans"]]
    for column, told, kind, what in (
        ("order_value", "NO ORDER VALUE", "number", "what an order is worth"),
        ("decided_at", "NO DATE OF THE DECISION", "time", "when it was won or lost"),
    ):
        names = [p.name for p in left if p.kind == kind and not (kind == "time" and mentions(p.name, later))]
        if column not in rule["columns"] and names and not (kind == "time" and draft.timeless):
            rule["remarks"].append(
                f"{told} was found in {sample.place}. It has {names[:10]} left: if one of these is {what}, map it as "
                f"{column}, and as no attribute"
            )


def currency_of_inquiries(draft: "Suggestion", main: Sample) -> None:
    """Take the currency of order values from the inquiries' own file where that of the outcomes has none."""
    rule = next(iter(draft.tables.get("outcomes", [])), None)
    free, key = set(main.profiles) - main.used, main.profiles.get(draft.own_key)
    found = main.best("outcomes", "currency", free) or _column_of_codes(main, free)
    if rule is None or found is None or "order_value" not in rule["columns"] or "currency" in rule["columns"]:
        return
    codes = _codes(found)
    if found.distinct == 1:
        (said,) = found.values.dropna().unique()
        rule["columns"]["currency"] = {"constant": codes.get("values", {}).get(said, said)}
    elif rule["from"] == main.key or "by_client" in rule or main.parts or key is None or key.repeating > 0:
        return
    else:
        ids = rule["columns"].get("inquiry_id", draft.own_key)
        rule["lookup"] = [*rule.get("lookup", []), {"file": main.key, "on": {ids: key.name}}]
        name = f"{main.key}.{found.name}"
        rule["columns"]["currency"] = {"column": name, **codes} if codes else name
    main.used.add(found.name)
    rule["remarks"] = [remark for remark in rule["remarks"] if not remark.startswith("no currency was found")]
    rule["remarks"].append(f"currency: as {found.name!r} of {main.place} says")


def _prefixed(origin: Any, key: str) -> Any:
    """A rule that reads another file's columns."""
    if isinstance(origin, str):
        return f"{key}.{origin}"
    named = {"first_of": [f"{key}.{name}" for name in columns_of(origin)], "column": f"{key}.{origin.get('column')}"}
    return origin | {how: columns for how, columns in named.items() if how in origin}


def orders_by_client(draft: "Suggestion", sample: Sample, main: Sample) -> bool:
    """Draft the outcomes from orders that name their client and date but no inquiry; whether there are such."""
    remarks: list[str] = []
    decided = decided_by(sample, set(sample.profiles)) or only_date(sample, set(sample.profiles), remarks)
    found = _client_of_orders(draft, sample, main, remarks) if decided else None
    if found is None:
        return False
    remarks += [
        f"an order falls to its client's latest inquiry in the {WITHIN_DAYS} days before: HOW LONG DO YOURS TAKE?"
    ]
    rule: Draft = {"from": sample.key, "optional": True}
    free = set(sample.profiles) - {*found.values(), *(profile.name for profile in decided)}
    status = status_column(sample, free)
    void = void_orders(sample, free)
    if status is not None and status.name not in void:
        told = meanings(status, "statuses")
        void[status.name] = [v for v, result in told.items() if result == "lost" and v not in carried_out(told)]
    for name, nothing in void.items():
        others = sorted(set(sample.profiles[name].values.dropna().unique()) - set(nothing))
        remarks.append(f"{name!r}: {others[:10]} are orders, {nothing[:10]} came to nothing; is that so?")
    free -= set(void)
    sample.used |= set(void)
    if unless := {name: values for name, values in void.items() if values}:
        rule["unless"] = unless
    rule["by_client"] = {"client_id": found.get("column", found), "within_days": WITHIN_DAYS, "ignore_case": True}
    columns: Draft = {"decided_at": decided_rule(decided)}
    columns |= order_amounts(sample, free, remarks)
    draft.note_used(sample, columns)
    draft.tables["outcomes"] = [rule | {"columns": columns, "remarks": remarks}]
    return True


def _client_of_orders(draft: "Suggestion", orders: Sample, main: Sample, remarks: list[str]) -> Draft | None:
    """How orders name the client of inquiries: as these do, or by mail domain; None: they do not.

    The domain of an address, which inquiries may have beside the client's name, becomes the client where more orders
    are known by it.
    """
    columns = draft.tables["inquiries"][0]["columns"]
    client = main.profiles.get(first_column(columns["client_id"]) or "")
    if client is None or columns["client_id"] == columns.get("inquiry_id"):
        return None
    named = {p.name: p.values.str.lower() for p in orders.profiles.values() if p.kind in ("key", "category", "text")}
    by_name = _most_known(named, set(client.values.str.lower().dropna()))
    found, most = ({"column": by_name[0]}, by_name[1]) if by_name else (None, 0)
    # Where addresses lack, the inquiries' own ids stand for clients, and clients have their facts by the key they have.
    mails = [p for p in main.profiles.values() if p.filled == 1 and mailboxes(p) and p is not client]
    mails = [*([client] if isinstance(columns["client_id"], str) else []), *(mails * ("clients" not in draft.tables))]
    domains = {name: mail_domains(values) for name, values in named.items()} if mails else {}
    address = None
    for mail in mails:
        by_domain = _most_known(domains, set(mail_domains(mail.values.dropna()).dropna()))
        if by_domain and by_domain[1] > most + SLIPS * len(orders.rows.frame):
            address, found, most = mail, {"domain": by_domain[0]}, by_domain[1]
    if address is None or found is None:
        return found
    columns["client_id"] = {"domain": address.name}
    main.used.add(address.name)
    for rule in draft.tables.get("clients", []):
        theirs = rule["columns"]["client_id"]
        if isinstance(theirs, str):
            rule["columns"]["client_id"] = {"domain": theirs}
            rule["one_per_key"] = True
    said = draft.tables["inquiries"][0]["remarks"]
    said[:] = [remark for remark in said if "counts as a client" not in remark]
    remarks.append(
        f"{found['domain']!r} holds the mail domains of {address.name!r} in {most} of {len(orders.rows.frame)} orders: "
        "each domain counts as a client"
    )
    return found


def _most_known(columns: dict[str, pd.Series], known: set[str]) -> tuple[str, int] | None:
    """The column most of whose cells are among the clients known, and how many; None: of none most filled ones are."""
    counts = {
        name: int(values.isin(known).sum())
        for name, values in columns.items()
        if values.notna().any() and values.dropna().isin(known).mean() >= KNOWN_CLIENTS
    }
    best = max(counts, key=lambda name: counts[name], default=None)
    return (best, counts[best]) if best is not None else None


def void_orders(sample: Sample, free: set[str]) -> dict[str, list[str]]:
    """The values that say of an order that it came to nothing, by the columns that say no more than this."""
    found: dict[str, list[str]] = {}
    for profile in (sample.profiles[name] for name in sorted(free)):
        if profile.kind in ("category", "number") and mentions(profile.name, vocabulary()["orders"]["void"]):
            known = [v for v in sorted(profile.values.dropna().unique()) if meaning(v, "statuses") == "lost"]
            nothing = yes_values(profile) if is_flag(profile) else known
            if nothing:
                found[profile.name] = nothing
    return found


def order_amounts(sample: Sample, free: set[str], remarks: list[str]) -> Draft:
    """Order value, its currency, and the annual volume."""
    vocab = vocabulary()
    columns: Draft = {}
    for column in ("order_value", "currency", "annual_volume"):
        words = vocab["outcomes"][column]
        among = {
            name
            for name in free - {name for origin in columns.values() for name in columns_of(origin)}
            if column != "order_value" or rank(name, words) is None or _an_order(name, words)
        }
        found = sample.best("outcomes", column, among)
        if found is None and column == "order_value":
            remarks += _unread_amounts(sample, among, words)
            found = _sum_of_order(sample, among, remarks)
        if found is None and column == "currency" and "order_value" in columns:
            found = _column_of_codes(sample, among, first_column(columns["order_value"]))
            remarks += [f"{found.name!r} holds currencies only, and is taken for that of the amounts"] if found else []
        if found is not None:
            reading: Draft = {"decimal": ","} if found.decimal == "," else {}
            if scaled := TEN_THOUSANDS.search(found.name):
                reading["scale"] = 10_000
                remarks.append(f"{found.name!r} is in ten thousands ({scaled['unit']}) by its name, so scaled")
            if column == "currency":
                reading = _codes(found)
            columns[column] = {"column": found.name, **reading} if reading else found.name
            if column == "order_value" and (mentions(found.name, [*vocab["plans"], *vocab["offered"]])):
                remarks.append(
                    f"{found.name!r} is an expectation or an offer; is it the order's value where the inquiry is won?"
                )
    value = columns.get("order_value")
    if value is not None and "currency" not in columns:
        name = value if isinstance(value, str) else value["column"]
        signs = currencies_in(sample.profiles[name].values) or currencies_named(name)
        codes = sorted(set(signs.values()))
        if len(codes) == 1:
            columns["currency"] = {"constant": codes[0]}
        elif codes:
            columns["currency"] = _currency_beside(name, signs, sample.profiles[name].values, remarks)
        else:
            remarks.append("no currency was found: amounts count as tier.currency of params.yaml; else map 'currency'")
    return columns


def _sum_of_order(sample: Sample, among: set[str], remarks: list[str]) -> Profile | None:
    """In a file of orders what it calls its total, else the only column of amounts that name a currency."""
    if not (holds_orders(sample) or lists_orders(sample)):
        return None
    words = vocabulary()
    amounts = [
        sample.profiles[name] for name in sorted(among) if fits(sample.profiles[name], "outcomes", "order_value")
    ]
    found = [p for p in amounts if (rank(p.name, words["orders"]["amounts"]) or (9,))[0] == 0]
    found = found or [p for p in amounts if currencies_in(p.values) and not mentions(p.name, words["not_ordered"])]
    if len(found) != 1:
        return None
    remarks.append(f"{found[0].name!r} is taken for what each order is worth, as no other column says so; is it?")
    return found[0]


def _unread_amounts(sample: Sample, among: set[str], words: list[str]) -> list[str]:
    """A remark on the column that its name says is the order's value, where some of its cells are no known amounts."""
    for name in sorted(among):
        profile = sample.profiles[name]
        if (rank(name, words) or (9,))[0] > 1 or profile.kind not in ("key", "category", "text"):
            continue
        written = profile.values.dropna()
        by_sign = {sign: parse_numbers(written, sign)[1] for sign in ".,"}
        sign, other = sorted(by_sign, key=lambda sign: by_sign[sign].mean())
        unread = by_sign[sign]
        if not 0 < unread.mean() <= MOST_UNREAD:
            continue
        other_way = unread & ~by_sign[other]
        if other_way.any() and other_way.sum() >= SLIPS * len(written):
            return [
                f"{name!r} MAY BE THE ORDER'S VALUE, but {other_way.mean():.0%} of its cells write decimals the other "
                f"way round than the rest: {written[other_way].iloc[0]!r}. A column is read in one way: write all "
                "of it alike in the export, then draft again"
            ]
        return [
            f"{name!r} MAY BE THE ORDER'S VALUE, but {unread.mean():.0%} of its cells are no amounts, such as "
            f"{written[unread].iloc[0]!r}: with a currency or unit known here they would be read"
        ]
    return []


def _column_of_codes(sample: Sample, among: set[str], amount: str | None = None) -> Profile | None:
    """A column all of whose values are currencies, whatever it is called: the one next to the amount, or the only."""
    names = list(sample.profiles)
    found = [
        place
        for place, name in enumerate(names)
        if name in among
        and sample.profiles[name].kind == "category"
        and all(map(_is_currency, sample.profiles[name].values.dropna().unique()))
    ]
    if not found or (amount is None and len(found) > 1):
        return None
    beside = names.index(amount) if amount in names else 0
    return sample.profiles[names[min(found, key=lambda place: abs(place - beside))]]


def _is_currency(value: str) -> bool:
    """Whether a value is a currency by its code, sign or name; a single letter may be anything."""
    return not (len(value) == 1 and value.isalpha()) and currency_code(value) is not None


def _codes(currency: Profile) -> Draft:
    """The codes of currencies that a column names in words; none where it holds codes."""
    known = {value: currency_code(value) for value in sorted(currency.values.dropna().unique())}
    named = {value: code for value, code in known.items() if code is not None and code != value.upper()}
    return {"values": named, **({"keep_others": True} if len(named) < len(known) else {})} if named else {}


def _currency_beside(name: str, signs: dict[str, str], amounts: pd.Series, remarks: list[str]) -> Draft:
    """How the currencies that stand beside amounts are read; amounts without one have the commonest."""
    patterns: dict[str, str | None] = {f"*{sign}*": code for sign, code in _longest_first(signs)}
    codes = map_values(amounts, Rule(column=name, patterns=patterns), ())[0][amounts.notna()]
    rule: Draft = {"column": name, "patterns": patterns}
    if bare := int(codes.isna().sum()):
        rule["otherwise"] = str(codes.mode().iloc[0])
        remarks.append(
            f"{bare} OF {len(codes)} AMOUNTS in {name!r} name no currency and count as {rule['otherwise']}, the "
            "commonest; is that so?"
        )
    return rule


def _an_order(name: str, words: list[str]) -> bool:
    """Whether an amount so named can be an order's: it stands in the list as it is, or is no quotation or budget."""
    return (rank(name, words) or (9,))[0] == 0 or mentions(name, vocabulary()["not_ordered"]) is None


def _longest_first(signs: dict[str, str]) -> list[tuple[str, str]]:
    return sorted(signs.items(), key=lambda item: -len(item[0]))
