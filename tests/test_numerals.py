"""Numbers in words, as buyers of eight languages write them."""

import pytest

from inquiry_intent.signals.folding import fold
from inquiry_intent.signals.numerals import numbers
from inquiry_intent.signals.prefilter import words_of


def read(text: str) -> list[tuple[str, float]]:
    folded = fold(text).text
    return [(folded[n.start : n.end], n.value) for n in numbers(folded, words_of(folded))]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("thirty-six thousand", 36_000),
        ("four thousand eight hundred and fifty", 4_850),
        ("two hundred and ten thousand", 210_000),
        ("half a million", 500_000),
        ("one and a half thousand", 1_500),
        ("two million and a half", 2_500_000),
        ("tres mil cuatrocientas", 3_400),
        ("mil setecientos", 1_700),
        ("ciento ochenta", 180),
        ("treinta y dos mil", 32_000),
        ("veintisiete", 27),
        ("un centenar", 100),
        ("dos millones y medio", 2_500_000),
        ("três mil e oitocentas", 3_800),
        ("trinta e cinco mil", 35_000),
        ("cento e vinte", 120),
        ("uma centena", 100),
        ("trois mille sept cents", 3_700),
        ("cent quatre-vingt-dix", 190),
        ("soixante-douze", 72),
        ("trente-cinq mille", 35_000),
        ("une centaine", 100),
        ("un millier", 1_000),
        ("une vingtaine", 20),
        ("три десятка", 30),
        ("un million et demi", 1_500_000),
        ("viertausend", 4_000),
        ("sechshundertdreißig", 630),
        ("dreitausendachthundert", 3_800),
        ("vierundzwanzigtausend", 24_000),
        ("achtzig tausend", 80_000),
        ("три тысячи восемьсот", 3_800),
        ("тридцать шесть тысяч", 36_000),
        ("полтора миллиона", 1_500_000),
        ("три с половиной тысячи", 3_500),
        ("пару тысяч", 2_000),
        ("полмиллиона", 500_000),
        ("сотню", 100),
        ("шестьсот сорок", 640),
        ("трёхсот шестидесяти", 360),
        ("ثلاثة وأربعين ألف", 43_000),
        ("أربعة آلاف وسبعمائة", 4_700),
        ("خمسة عشر ألف", 15_000),
        ("مائتين وخمسين", 250),
        ("مليون ونصف", 1_500_000),
        ("三万六", 36_000),
        ("四百零八", 408),
        ("三十多万", 300_000),
        ("十几万", 100_000),
    ],
)
def test_neighbouring_number_words_are_one_number(text, value):
    assert read(text) == [(fold(text).text, value)]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("one hundred or two hundred", [100, 200]),
        ("one thousand and three thousand", [1_000, 3_000]),
        ("three twenty-foot containers", [3, 20]),
        ("drei zwanzig-Fuß-Container", [3, 20]),
        ("seven cents each", [7]),
        ("thousands of pieces", []),
        ("第三个问题", []),
        ("Emil and Seth", []),
    ],
)
def test_other_neighbours_are_not(text, values):
    assert [value for _, value in read(text)] == values


def test_some_more_stands_between_a_number_and_its_unit():
    assert read("40多万个")[0] == ("40多万", 400_000)
    assert read("2万多套")[0] == ("2万多", 20_000)
    assert read("700多台")[0] == ("700多", 700)
