"""Times, numbers, codes and countries as exports write them."""

# ruff: noqa: E501  (literal rows of exports and mappings are not wrapped)

import pandas as pd
import pytest

from inquiry_intent.sources.cells import plain_cells
from inquiry_intent.sources.clocks import like_dates, time_formats
from inquiry_intent.sources.countries import country_code, country_codes
from inquiry_intent.sources.schema import Rule
from inquiry_intent.sources.times import parse_times
from inquiry_intent.sources.values import map_values, parse_numbers


def text(*cells):
    return pd.Series(list(cells), dtype="str")


def utc(parsed):
    return [None if pd.isna(t) else t.strftime("%Y-%m-%d %H:%M:%S") for t in parsed.values]


@pytest.mark.parametrize(
    ("cell", "formats", "zone", "expected", "precision"),
    [
        ("2026-03-02T09:30:00Z", [], None, "2026-03-02 09:30:00", "minute"),
        ("2026-03-02 09:30:00 UTC", [], None, "2026-03-02 09:30:00", "minute"),
        ("2026-03-02 09:30:00 Z", [], None, "2026-03-02 09:30:00", "minute"),
        ("02.03.2026 09:30 GMT", ["%d.%m.%Y %H:%M GMT"], "Asia/Shanghai", "2026-03-02 09:30:00", "minute"),
        ("2026-03-02 10:30 CET", ["%Y-%m-%d %H:%M %Z"], None, "2026-03-02 09:30:00", "minute"),
        ("2026-03-02T17:30:00+08:00", [], None, "2026-03-02 09:30:00", "minute"),
        ("2026-03-02 17:30:00+08", [], None, "2026-03-02 09:30:00", "minute"),
        ("2026/03/02 17:30", [], "Asia/Shanghai", "2026-03-02 09:30:00", "minute"),
        ("2014-10-04 16:26:28.0", [], "UTC", "2014-10-04 16:26:28", "second"),
        ("2026-03-02", [], "UTC", "2026-03-02 00:00:00", "day"),
        ("20260302", [], "UTC", "2026-03-02 00:00:00", "day"),
        ("2026-03", [], "UTC", "2026-03-01 00:00:00", "month"),
        ("201602.0", ["month"], "UTC", "2016-02-01 00:00:00", "month"),
        ("2016年2月", ["month"], "UTC", "2016-02-01 00:00:00", "month"),
        ("1496341530.27", ["unix"], None, "2017-06-01 18:25:30", "second"),
        ("1496341530270", ["unix_ms"], None, "2017-06-01 18:25:30", "second"),
        ("43831.5", ["excel"], "UTC", "2020-01-01 12:00:00", "minute"),
        ("Tue, 3 Mar 2020 10:20:30 +0800 (CST)", ["mail"], None, "2020-03-03 02:20:30", "second"),
        ("31/12/2025 23:59", ["%d/%m/%Y %H:%M"], "UTC", "2025-12-31 23:59:00", "minute"),
        ("١٥/٠٣/٢٠٢٥ ٠٣:٠٥ م", ["%d/%m/%Y %I:%M %p"], "UTC", "2025-03-15 15:05:00", "minute"),
        ("١٥/٠٣/٢٠٢٥ ١٠:٠٥ص", ["%d/%m/%Y %I:%M %p"], "UTC", "2025-03-15 10:05:00", "minute"),
        ("15/03/49", ["%d/%m/%y"], "UTC", "2049-03-15 00:00:00", "day"),
        ("15/03/68", ["%d/%m/%y"], "UTC", "1968-03-15 00:00:00", "day"),
        ("۲۰۲۵-۰۳-۱۵", [], "UTC", "2025-03-15 00:00:00", "day"),
        ("２０２５／０３／１５　１０：３０", ["%Y／%m／%d %H：%M"], "UTC", "2025-03-15 10:30:00", "minute"),
        ("2026年3月2日", ["%Y年%m月%d日"], "UTC", "2026-03-02 00:00:00", "day"),
        ("2026年3月2日 下午9:30", ["%Y年%m月%d日 %p%I:%M"], "UTC", "2026-03-02 21:30:00", "minute"),
        ("2026年3月2日9时30分05秒", ["%Y年%m月%d日%H时%M分%S秒"], "UTC", "2026-03-02 09:30:05", "second"),
        ("segunda-feira, 2 de março de 2026", ["%A, %d de %B de %Y"], "UTC", "2026-03-02 00:00:00", "day"),
        ("03/02/26 9:30PM", ["%m/%d/%y %I:%M%p"], "UTC", "2026-03-02 21:30:00", "minute"),
        ("2 September 2026", ["%d %B %Y"], "UTC", "2026-09-02 00:00:00", "day"),
        ("2 September 2026", ["%d %b %Y"], "UTC", "2026-09-02 00:00:00", "day"),
    ],
)
def test_times_are_read_as_they_are_written(cell, formats, zone, expected, precision):
    parsed = parse_times(text(cell), formats, zone)
    assert (utc(parsed), parsed.precision, parsed.problems) == ([expected], precision, [])


@pytest.mark.parametrize(
    "cell",
    [
        "2026/3/2 下午9:30", "2026年3月2日下午9点30分", "2026年3月2日 星期一 21:30", "2026-03-02 晚上9:30", "2026年3月2日（周一）下午21:30",
        "2/3/26, 9:30 p. m.", "2/3/26, 9:30\u202fp.\u00a0m.", "2 de marzo de 2026 a las 21:30", "lun, 2 mar 2026, 21:30", "02-mar.-2026 21:30",
        "2 de mar. de 2026, 21:30", "02/03/2026 às 21h30", "2 DE MARÇO DE 2026 21:30", "02/mar/2026 21:30",
        "lundi 2 mars 2026 à 21:30", "2 mars 2026 à 21h30", "lun. 2 mars 2026, 21:30",
        "2. März 2026 um 21:30 Uhr", "Montag, 2. März 2026, 21:30", "Mo, 02.03.2026 21:30", "2. Mrz 2026 21:30",
        "2 марта 2026 г., 21:30", "2 мар. 2026 г. в 21:30", "понедельник, 2 марта 2026 г. 21:30",
        "٢ مارس ٢٠٢٦، ٩:٣٠ م", "الاثنين، ٢ آذار ٢٠٢٦ ٢١:٣٠", "2/3/2026 9:30 مساءً",
        "2026/03/02 午後9:30", "pazartesi, 2 Mart 2026 21:30", "poniedziałek, 2 marca 2026 21:30", "pon., 2 mar 2026 21:30",
        "Mon, Mar 2, 2026 9:30 PM", "March 2nd, 2026 at 9:30 p.m.", "Monday, 2 March 2026 21:30", "Mon Mar 02 21:30:00 2026",
    ],
)  # fmt: skip
def test_times_in_words_of_many_languages_are_recognised_and_read(cell):
    cells = plain_cells(text(*[cell] * 3))
    found = time_formats("Date", cells)
    assert found is not None
    assert set(utc(parse_times(cells, found[0], "UTC"))) == {"2026-03-02 21:30:00"}


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("mar. 3 mars 2026", "2026-03-03 00:00:00"),  # mardi, not March
        ("2 KASIM 2026", "2026-11-02 00:00:00"),  # a Turkish capital without its dot
        ("1er août 2026", "2026-08-01 00:00:00"),
        ("1º de maio de 2026", "2026-05-01 00:00:00"),
        ("5 كانون الثاني 2026", "2026-01-05 00:00:00"),
        ("2026/3/2 上午12:05", "2026-03-02 00:05:00"),
        ("2026/3/2 中午12:05", "2026-03-02 12:05:00"),
        ("2026/3/2 中午11:40", "2026-03-02 11:40:00"),
        ("2026/3/2 中午9:50", "2026-03-02 09:50:00"),
        ("2026/3/2 午後0:30", "2026-03-02 12:30:00"),
        ("2026/3/2 下午00:30", "2026-03-02 12:30:00"),
        ("2026/3/2 午前0:30", "2026-03-02 00:30:00"),
        ("2026/3/2 中午1:10", "2026-03-02 13:10:00"),
        ("çarşamba, 4 Mart 2026", "2026-03-04 00:00:00"),
        ("środa, 4 marca 2026", "2026-03-04 00:00:00"),
    ],
)
def test_days_in_words_are_those_meant(cell, expected):
    found = time_formats("Date", text(*[cell] * 3))
    assert found is not None
    assert set(utc(parse_times(text(cell), found[0], "UTC"))) == {expected}


def test_a_zone_in_letters_is_no_weekday():
    assert parse_times(text("3/1/2026 1:05 PM PT"), ["%m/%d/%Y %I:%M %p"], "UTC").unreadable.all()


def test_a_hostile_cell_costs_no_more_than_another():
    cells = text(*["de " * 40 + "1", "下午" * 60 + "1", "1:11" * 30 + " a. m.", ", " * 60 + "1月", "x" * 10_000_000])
    assert parse_times(cells, ["%d %b %Y"], "UTC").unreadable.all()


@pytest.mark.parametrize(
    ("cell", "formats", "expected"),
    [
        ("2026-03-02 17:30:05 GMT+8", ["iso"], "2026-03-02 09:30:05"),
        ("2026-03-02T17:30 UTC+08:00", ["iso"], "2026-03-02 09:30:00"),
        ("2026-03-02 15:00 (GMT+5:30)", ["iso"], "2026-03-02 09:30:00"),
        ("2026-03-02 09:30:05 (UTC)", ["iso"], "2026-03-02 09:30:05"),
        ("2026-03-02T09:30 (gmt)", ["iso"], "2026-03-02 09:30:00"),
        ("02/13/2026 09:30 UTC", ["%m/%d/%Y %H:%M %z"], "2026-02-13 09:30:00"),
        ("13 février 2026 à 09h30 (UTC)", ["mail"], "2026-02-13 09:30:00"),
        ("2026年3月2日 上午9:30（UTC）", ["%Y年%m月%d日 %I:%M %p %z"], "2026-03-02 09:30:00"),
        ("02/13/2026 06:30 UTC-3", ["%m/%d/%Y %H:%M %z"], "2026-02-13 09:30:00"),
        ("13 de março de 2026 6:30 PM GMT-03", ["%d %b %Y %I:%M %p %z"], "2026-03-13 21:30:00"),
        ("2026年3月2日 17:30 GMT+8", ["%Y年%m月%d日 %H:%M %z"], "2026-03-02 09:30:00"),
        ("Mon Mar 02 2026 17:30:05 GMT+0800 (中国标准时间)", ["%b %d %Y %H:%M:%S %z"], "2026-03-02 09:30:05"),
        ("Mon, 2 Mar 2026 17:30:05 GMT+8", ["mail"], "2026-03-02 09:30:05"),
        ("[25.03.26, 14:05:22]", ["%d.%m.%y, %H:%M:%S"], "2026-03-25 14:05:22"),
        ("[3/25/26, 2:05:22 PM]", ["%m/%d/%y, %I:%M:%S %p"], "2026-03-25 14:05:22"),
        ("[2026/3/25 下午2:05:22]", ["%Y/%m/%d %I:%M:%S %p"], "2026-03-25 14:05:22"),
        ("[٢٥/٣/٢٠٢٦، ٢:٠٥:٢٢ م]", ["%d/%m/%Y, %I:%M:%S %p"], "2026-03-25 14:05:22"),
    ],
)
def test_zones_as_a_difference_from_greenwich_and_times_in_brackets_are_recognised_and_read(cell, formats, expected):
    assert time_formats("Date", text(cell))[0] == formats
    assert utc(parse_times(text(cell), formats, "UTC")) == [expected]


@pytest.mark.parametrize(
    ("cell", "form"),
    [
        ("[25/03/2026, 14:05]", "[%d/%m/%Y, %H:%M]"),
        ("2026-03-25 14:05:00 GMT+8", "%Y-%m-%d %H:%M:%S GMT+8"),
        ("25/03/2026 14:05 (UTC)", "%d/%m/%Y %H:%M (UTC)"),
        ("25 de marzo de 2026 14:05 UTC", "%d de %B de %Y %H:%M UTC"),
    ],
)
def test_formats_that_name_brackets_or_a_zone_as_they_stand_are_read(cell, form):
    assert utc(parse_times(text(cell), [form], "UTC")) == ["2026-03-25 14:05:00"]


@pytest.mark.parametrize("cell", ["01.02.001", "12.03.120", "2025.1.123"])
def test_article_numbers_do_not_look_like_dates(cell):
    assert like_dates(text(*[cell] * 5)).empty


@pytest.mark.parametrize(
    "cell", ["yesterday", "1496341530", "201602", "2026-13-01", "03/04/2026", "2026-03-02T25:00:00Z"]
)
def test_what_is_no_iso_time_is_unreadable_not_guessed(cell):
    parsed = parse_times(text(cell, "2026-03-02T09:30:00Z"), [], None)
    assert parsed.unreadable.tolist() == [True, False]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("Tue, 13 Jan 2026 09:12:05 GMT", "2026-01-13 09:12:05"),
        ("Tue, 13 Jan 2026 09:12:05 UT", "2026-01-13 09:12:05"),
        ("13 Jan 2026 09:12:05 UTC", "2026-01-13 09:12:05"),
        ("Tue, 13 Jan 2026 09:12:05 Z", "2026-01-13 09:12:05"),
        ("Tue, 13 Jan 2026 09:12:05 -0000", "2026-01-13 09:12:05"),
        ("Tue, 13 Jan 2026 09:12:05 EST", "2026-01-13 14:12:05"),
        ("Tue, 13 Jan 2026 09:12:05 CST", "2026-01-13 15:12:05"),
        ("Tue, 13 Jan 2026 17:12 +0800", "2026-01-13 09:12:00"),
        ("Tue, 13 Jan 26 17:12:05 +0800", "2026-01-13 09:12:05"),
        (
            "Tue, 13 Jan (so early (in the year)) 2026 10:12:05 +0100 (Central European Standard Time)",
            "2026-01-13 09:12:05",
        ),
    ],
)
def test_dates_of_mails_are_read_as_mail_programs_write_them(cell, expected):
    parsed = parse_times(text(cell), ["mail"], None)
    assert (utc(parsed), parsed.problems, parsed.notes) == ([expected], [], [])


def test_a_zone_that_mails_do_not_define_is_utc_and_said():
    parsed = parse_times(text("Tue, 13 Jan 2026 09:12:05 MSK", "Tue, 13 Jan 2026 09:12:05 GMT"), ["mail"], None)
    assert utc(parsed) == ["2026-01-13 09:12:05"] * 2
    assert parsed.notes == ["1 time with a zone that mails do not define (such as MSK), taken as UTC"]


@pytest.mark.parametrize(
    "cell",
    [
        "Tue, 13 Jan 2026 09:12:05", "Tue, 13 Jan 2026 09:12:05 PM", "Tue, 31 Feb 2026 09:12:05 GMT", "13 Jan 2026",
        "Tue, 13 Foo 2026 09:12:05 GMT", "Tue, 13 Jan 2026 09:12:05 +9900",
    ],
)  # fmt: skip
def test_what_is_no_date_of_a_mail_is_unreadable(cell):
    assert parse_times(text(cell), ["mail"], None).unreadable.all()


def test_times_without_a_zone_need_one():
    assert "set 'zone:'" in parse_times(text("2026-03-02 09:30"), [], None).problems[0]


def test_times_with_and_without_zone_are_not_mixed():
    parsed = parse_times(text("2026-03-02 09:30", "2026-03-02T09:30:00Z"), [], "UTC")
    assert "mixes times with and without a zone (1 without" in parsed.problems[0]


def test_midnights_alone_are_days_times_without_seconds_minutes_and_the_coarsest_time_counts():
    assert parse_times(text("2026-03-02 00:00:00", "2026-03-03 00:00:00"), [], "Asia/Shanghai").precision == "day"
    assert parse_times(text("2026-03-02 10:00:00", "2026-03-03"), [], "UTC").precision == "day"
    assert parse_times(text("2026-03-02 10:00:00", "2026-03-03 00:00:00"), [], "UTC").precision == "minute"
    assert parse_times(text("2026-03-02 10:00:01", "2026-03-03 00:00:00"), [], "UTC").precision == "second"


def test_several_formats_are_tried_in_turn():
    parsed = parse_times(text("2026-03-02", "02.03.2026"), ["iso", "%d.%m.%Y"], "UTC")
    assert utc(parsed) == ["2026-03-02 00:00:00"] * 2


def test_the_hour_that_clocks_repeat_is_read_once_and_said():
    parsed = parse_times(text("2025-10-26 02:30:00", "2025-03-30 02:30:00"), [], "Europe/Berlin")
    assert utc(parsed) == ["2025-10-26 00:30:00", "2025-03-30 01:00:00"]
    assert "2 times in an hour" in parsed.notes[0]


@pytest.mark.parametrize(
    ("cell", "decimal", "number"),
    [
        ("1,234.50", ".", 1234.5),
        ("12 500 |USD", ".", 12500),
        ("943,73 |USD", ",", 943.73),
        ("EUR| 943,73", ",", 943.73),
        ("1.234,50", ",", 1234.5),
        ("1 234 567", ".", 1234567),
        ("1'234.5", ".", 1234.5),
        ("US", ".", None),
        ("€ 12,5", ",", 12.5),
        ("-3", ".", -3),
        ("1e3", ".", 1000),
        (".5", ".", 0.5),
        ("1,23", ".", None),
        ("1.234.5", ".", None),
        ("inf", ".", None),
        ("1e999", ".", None),
        ("45%", ".", 45),
        ("True", ".", 1),
    ],
)
def test_numbers_are_read_with_their_separators_or_not_at_all(cell, decimal, number):
    numbers, unreadable = parse_numbers(text(cell), decimal)
    assert unreadable.item() == (number is None)
    assert number is None or numbers.item() == number


def mapped(rule, *cells, allowed=None):
    results, unknown = map_values(text(*cells), Rule.model_validate(rule), allowed)
    return [None if pd.isna(value) else value for value in results], unknown.tolist()


@pytest.mark.parametrize(
    ("cell", "decimal", "number"),
    [
        ("١٢٬٣٤٥٫٦٧", ".", 12345.67),
        ("١٢٬٣٤٥٫٦٧", ",", 12345.67),
        ("۱۲۳۴", ".", 1234.0),
        ("10٬827٫14 دولار", ".", 10827.14),
        ("１，２３４．５", ".", 1234.5),
        ("6,14,449.94", ".", 614449.94),
        ("Rs. 1,25,000", ".", 125000.0),
        ("-1,25,00,000.00", ".", -12500000.0),
        ("1,25,00", ".", None),
        ("6,14,449.94", ",", None),
    ],
)
def test_numbers_are_read_in_the_digits_and_groups_of_other_countries(cell, decimal, number):
    numbers, unreadable = parse_numbers(text(cell), decimal)
    assert (None if unreadable.item() else numbers.item()) == number


def test_codes_match_whatever_their_invisible_marks():
    mapped, unknown = map_values(
        text("\u200fفوز", "won\u3000", "\ufefflost"),
        Rule(column="x", values={"فوز": "won", "\u200fwon": "won", "lost": "lost"}),
        None,
    )
    assert (mapped.tolist(), unknown.any()) == (["won", "won", "lost"], False)


def test_codes_match_whatever_the_case_or_the_way_a_number_is_written():
    rule = {"column": "c", "values": {1: "won", 0: "lost", "Closed Won": "won"}}
    assert mapped(rule, "1.0", "0", " closed won", "01") == (["won", "lost", "won", "won"], [False] * 4)


def test_yaml_booleans_as_codes_mean_every_spelling():
    rule = {"column": "c", "values": {True: "won", False: "lost"}}
    assert mapped(rule, "yes", "True", "no", "false")[0] == ["won", "won", "lost", "lost"]


def test_a_value_that_is_not_in_the_map_is_unknown():
    rule = {"column": "c", "values": {"a": "won", "b": None}}
    assert mapped(rule, "a", "b", "c", None) == (["won", None, None, None], [False, False, True, False])


def test_presence_patterns_and_other_values_can_be_mapped():
    assert mapped({"column": "c", "otherwise": "won", "missing": "open"}, "2026-01-01", None)[0] == ["won", "open"]
    assert mapped({"column": "c", "patterns": {"*@us.com*": "outbound"}, "otherwise": "inbound"}, "A <a@US.com>", "b")[
        0
    ] == [
        "outbound",
        "inbound",
    ]
    assert mapped({"column": "c", "values": {"-1": None}, "keep_others": True}, "-1", "x")[0] == [None, "x"]


def test_values_of_the_contract_need_no_map():
    assert mapped("c", "Won", "lost", allowed=("won", "lost")) == (["won", "lost"], [False, False])


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Germany", "DE"), ("德国", "DE"), ("DE", "DE"), ("deu", "DE"), ("Deutschland", "DE"), ("UK", "GB"), ("USA", "US"),
        ("Viet Nam", "VN"), ("Côte d'Ivoire", "CI"), ("Korea, Republic of", "KR"), ("Bosnia & Herzegovina", "BA"),
        ("Namibia", "NA"), ("NA", "NA"), ("香港", "HK"), ("Iran, Islamic Republic of", "IR"), ("Türkiye", "TR"),
        ("The Netherlands", "NL"), ("Россия", "RU"), ("Tschechische Republik", "CZ"), ("Russische Föderation", "RU"),
        ("Объединённые Арабские Эмираты", "AE"), ("Соединенное Королевство", "GB"), ("Südkorea", "KR"), ("米国", "US"),
        ("Republik Österreich", "AT"), ("Республика Казахстан", "KZ"), ("República del Perú", "PE"), ("Kingdom of Spain", "ES"),
        ("République d'Irlande", "IE"), ("Islamic Republic of Pakistan", "PK"), ("Königreich der Niederlande", "NL"),
        ("Republic of China", "TW"), ("Korea, Demokratische Volksrepublik", "KP"), ("Republic of the Congo", "CG"),
        ("Demokratische Republik Kongo", "CD"), ("Dominikanische Republik", "DO"), ("People's Republic of Atlantis", None),
        ("Republic", None), ("Atlantis", None), ("EU", None), ("", None),
    ],
)  # fmt: skip
def test_countries_are_known_by_name_and_code(name, code):
    assert country_code(name) == code


def test_an_unknown_country_is_missing_and_marked():
    codes, unknown = country_codes(text("China", "Nowhere", None))
    assert codes.fillna("-").tolist() == ["CN", "-", "-"]
    assert unknown.tolist() == [False, True, False]


@pytest.mark.parametrize(
    ("times", "said"),
    [
        (["2026-01-05T09:30:00Z", "2026-01-06T11:00:00Z", "2026-01-28"], "1 of 3 times is dated to the day only"),
        (["2026-01-05T09:30:00Z", "2026-01-28", "2026-01-29"], None),
        (["2026-01-05", "2026-01-28"], None),
        (["2026-01-05T09:30:00Z", "2026-01-28T00:00:00Z", ""], None),
    ],
)
def test_a_few_times_without_a_clock_that_make_all_coarse_are_told(times, said):
    notes = parse_times(pd.Series(times, dtype="str"), ["iso"], "UTC").notes
    assert [note[: len(said or "")] for note in notes if "dated to" in note] == ([said] if said else [])


@pytest.mark.parametrize(
    ("cell", "form", "moment"),
    [
        ("Mar. 5, 2025", "%b. %d, %Y", "2025-03-05 00:00:00"),
        ("5th March 2025", "%dth %B %Y", "2025-03-05 00:00:00"),
        ("[Wed] 2025-03-05", "[%a] %Y-%m-%d", "2025-03-05 00:00:00"),
        ("2025年3月5日 2时5分", "%Y年%m月%d日 %H时%M分", "2025-03-05 02:05:00"),
    ],
)
def test_a_format_reads_what_it_says_whatever_becomes_of_the_words(cell, form, moment):
    assert utc(parse_times(pd.Series([cell], dtype="str"), [form], "UTC"))[0] == moment


@pytest.mark.parametrize("half", ["晚上", "傍晚"])
def test_twelve_in_the_evening_is_no_noon(half):
    parsed = parse_times(pd.Series([f"2025年3月5日 {half}12:30"], dtype="str"), ["%Y年%m月%d日 %p%I:%M"], "UTC")
    assert parsed.unreadable.all()
