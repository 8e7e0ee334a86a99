"""Where a client's clock stands: time zone and weekend of a country, and local time."""

from functools import cache

import numpy as np
import pandas as pd
from babel import Locale, UnknownLocaleError
from babel.core import get_global

#: Local hours in which an office works: from the first up to, not including, the second.
WORKING_HOURS = (8.0, 18.0)
SATURDAY, SUNDAY = 5, 6

#: Countries with several zones: where most of their trade is done; for the USA the middle, at most two hours off the
#: coasts. Territories without offices (Antarctica, minor islands) are left out: their local time is unknown.
MAIN_ZONES = {
    "AR": "America/Argentina/Buenos_Aires",
    "AU": "Australia/Sydney",
    "BR": "America/Sao_Paulo",
    "CA": "America/Toronto",
    "CD": "Africa/Kinshasa",
    "CL": "America/Santiago",
    "CN": "Asia/Shanghai",
    "CY": "Asia/Nicosia",
    "DE": "Europe/Berlin",
    "EC": "America/Guayaquil",
    "ES": "Europe/Madrid",
    "FM": "Pacific/Pohnpei",
    "GL": "America/Nuuk",
    "ID": "Asia/Jakarta",
    "KI": "Pacific/Tarawa",
    "KZ": "Asia/Almaty",
    "MH": "Pacific/Majuro",
    "MN": "Asia/Ulaanbaatar",
    "MX": "America/Mexico_City",
    "MY": "Asia/Kuala_Lumpur",
    "NZ": "Pacific/Auckland",
    "PF": "Pacific/Tahiti",
    "PG": "Pacific/Port_Moresby",
    "PS": "Asia/Hebron",
    "PT": "Europe/Lisbon",
    "RU": "Europe/Moscow",
    "UA": "Europe/Kyiv",
    "US": "America/Chicago",
    "UZ": "Asia/Tashkent",
}

#: Parts of the world whose zones go by another name; the islands of the Atlantic and Indian Oceans keep theirs.
PARTS = {"America": "Americas", "Australia": "Oceania", "Pacific": "Oceania", "Arctic": "Europe"}


@cache
def zone_of(country: str) -> str | None:
    """Time zone of a country (ISO 3166-1 alpha-2); None where it is unknown.

    >>> zone_of("FR"), zone_of("BR"), zone_of("XX")
    ('Europe/Paris', 'America/Sao_Paulo', None)
    """
    if country in MAIN_ZONES:
        return MAIN_ZONES[country]
    zones = get_global("territory_zones").get(country, ())
    return zones[0] if len(zones) == 1 else None


@cache
def weekend_of(country: str) -> frozenset[int]:
    """Days of the week (Monday is 0) on which a country's offices are closed.

    >>> sorted(weekend_of("DE")), sorted(weekend_of("EG")), sorted(weekend_of("IR"))
    ([5, 6], [4, 5], [4])
    """
    try:
        week = Locale.parse(f"und_{country}")
    except (UnknownLocaleError, ValueError):
        return frozenset({SATURDAY, SUNDAY})
    days = (week.weekend_end - week.weekend_start) % 7 + 1
    return frozenset((week.weekend_start + day) % 7 for day in range(days))


def local_clock(times: pd.Series, countries: pd.Series) -> pd.DataFrame:
    """Local time of moments in a country.

    Parameters
    ----------
    times : Series of datetime64[us, UTC]
    countries : Series of str, same index
        ISO 3166-1 alpha-2.

    Returns
    -------
    DataFrame of shape (n, 3), index of `times`; NaN where time, country or its zone is unknown
        hour : 0 <= hour < 24, with fractions.
        weekday : 0 Monday … 6 Sunday.
        working : 1 within WORKING_HOURS of a day that is no weekend there, else 0.

    Examples
    --------
    >>> friday = pd.Series(pd.to_datetime(["2026-03-06T09:30Z"] * 3))
    >>> local_clock(friday, pd.Series(["DE", "EG", None]))
       hour  weekday  working
    0  10.5      4.0      1.0
    1  11.5      4.0      0.0
    2   NaN      NaN      NaN
    """
    hour, weekday, working = (np.full(len(times), np.nan) for _ in range(3))
    known = times.notna().to_numpy()
    codes, names = pd.factorize(countries)
    for code, country in enumerate(names):
        zone, where = zone_of(country), known & (codes == code)
        if zone is None or not where.any():
            continue
        local = times[where].dt.tz_convert(zone).dt
        hour[where] = local.hour + local.minute / 60 + local.second / 3600
        weekday[where] = local.day_of_week
        opens, closes = WORKING_HOURS
        office_day = ~np.isin(weekday[where], list(weekend_of(country)))
        working[where] = office_day & (hour[where] >= opens) & (hour[where] < closes)
    return pd.DataFrame({"hour": hour, "weekday": weekday, "working": working}, index=times.index)


def region_of(countries: pd.Series) -> pd.Series:
    """The part of the world by which a country's time zone goes: Africa, Americas, Asia, Europe, Oceania, …

    >>> region_of(pd.Series(["DE", "BR", "AE", None])).tolist()
    ['Europe', 'Americas', 'Asia', nan]
    """
    zones = {country: zone_of(country) for country in countries.dropna().unique()}
    parts = {country: zone.partition("/")[0] for country, zone in zones.items() if zone is not None}
    return countries.map({country: PARTS.get(part, part) for country, part in parts.items()}).astype("str")
