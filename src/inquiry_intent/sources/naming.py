"""Which column of the contract a column's name means; the words are in vocabulary.yaml, vocabulary_languages.yaml."""

import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any
from unicodedata import combining, normalize

import yaml

CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
#: A currency behind what an amount's name says: Order Value (INR), amount_usd.
WITH_CURRENCY = re.compile(r"(?i)[ _]*(?:\((?:[A-Z]{3}|[$€£¥₹₽])\)|[ _](?:in )?(?:usd|eur|gbp|cny|rmb|inr|rub|brl))$")
#: Letters that have no accent to take off, and traditional characters of the vocabulary's words as simplified ones.
LETTERS = str.maketrans(
    "ıłøđ詢價單號戶國狀態報產業務員時間電郵內發來聯絡訊話機會線創錄額訂貨幣種總數階結關閉贏輸丟敗簽約進後動標題備註買賣類"
    "項網區獲購聲質預計應對話訪談覆復",
    "ilod询价单号户国状态报产业务员时间电邮内发来联络讯话机会线创录额订货币种总数阶结关闭赢输丢败签约进后动标题备注买卖类"
    "项网区获购声质预计应对话访谈复复",
)
#: Single words shorter than this say too little at the end of a longer name ("listing id", "delivery date").
LEAST_LETTERS = 5


#: Words that names have or leave out without meaning something else: Data de fechamento, Data fechamento.
SMALL = set("the of de da do dos das del della di du des der dem la le les l d el los las".split())


@cache
def vocabulary() -> dict[str, Any]:
    """The words of both files, in the form of `plain`; those of English and Chinese come first."""
    words: dict[str, Any] = {}
    for name in ("vocabulary.yaml", "vocabulary_languages.yaml"):
        text = files("inquiry_intent.sources").joinpath(name).read_text(encoding="utf-8")
        # The base loader leaves `no` and `yes` what they are: words.
        for section, lists in yaml.load(text, Loader=yaml.BaseLoader).items():
            if isinstance(lists, list):
                words.setdefault(section, []).extend(map(_plain_word, lists))
                continue
            for key, found in lists.items():
                words.setdefault(section, {}).setdefault(key, []).extend(map(_plain_word, found))
    return words


def _plain_word(word: str) -> str:
    return plain(word) + "*" * word.endswith("*")


def plain(name: str) -> str:
    """A name as lower-case words without accents.

    >>> plain("leadSource_ID"), plain("创建时间 "), plain("Créé le")
    ('lead source id', '创建时间', 'cree le')
    """
    letters = "".join(sign for sign in normalize("NFKD", CAMEL.sub(" ", name)) if not combining(sign))
    words = "".join(sign if sign.isalnum() else " " for sign in letters.casefold().translate(LETTERS))
    return " ".join(words.split())


def unspaced(word: str) -> bool:
    """Whether a word is of a script that does not part words, so that it is looked for anywhere.

    >>> unspaced("成交"), unspaced("дата")
    (True, False)
    """
    return any("\u2e80" <= sign <= "\u9fff" for sign in word)


def rank(name: str, words: Iterable[str]) -> tuple[int, int] | None:
    """How well a name fits a list; None: not at all.

    (0, place) if it stands there, (1, place) if it does but for small words, or holds a Chinese one, (2, place) if it
    ends in one.

    >>> rank("Lead ID", ["inquiry id", "lead id"]), rank("客户询盘编号", ["询盘编号"]), rank("listing_id", ["id"])
    ((0, 1), (1, 0), None)
    >>> rank("Data Fechamento", ["data de fechamento"])
    (1, 0)
    """
    words = list(words)
    said = plain(WITH_CURRENCY.sub("", name)) or plain(name)
    if said.split()[-1:] == ["ids"]:
        said = said[:-1]  # a column of ids is named as one id is, in the plural or not
    if said in words:
        return 0, words.index(said)
    for place, word in enumerate(words):
        if unspaced(word) and len(word) > 1 and word in said:
            return 1, place
    telling = _telling(said)
    for place, word in enumerate(words):
        if telling and _telling(word) == telling:
            return 1, place
    for place, word in enumerate(words):
        if said.endswith(f" {word}") and (" " in word or len(word) >= LEAST_LETTERS):
            return 2, place
    return None


@cache
def _telling(name: str) -> str:
    """A plain name without its small words."""
    return " ".join(word for word in name.split() if word not in SMALL)


def mentions(name: str, words: Iterable[str]) -> str | None:
    """The first of some words that a name contains: whole ones or their plural, `word*` also as a beginning.

    Chinese words are found anywhere.

    >>> mentions("Last_Modified_Date", ["modified"]), mentions("gloss", ["loss"]), mentions("最后修改人", ["修改"])
    ('modified', None, '修改')
    >>> mentions("Rechnungsdatum", ["rechnung*"]), mentions("All Emails", ["email"])
    ('rechnung*', 'email')
    """
    said = f" {plain(name)} "
    return next((word for word in words if _contains(said, word)), None)


def names_code(name: str) -> bool:
    """Whether a name says id, number or code of something, as `Account No.` does and `No. of employees` does not.

    >>> names_code("Account No."), names_code("Company IDs"), names_code("No. of employees")
    (True, True, False)
    """
    said = plain(name)
    last = said.split()[-1] if said else ""
    return any(word in said if unspaced(word) else last in (word, f"{word}s") for word in vocabulary()["ids"])


def longest(name: str, words: Iterable[str]) -> int:
    """The length of the longest of some words that a text contains, as `mentions` finds them; 0: none.

    >>> longest("状态：未成交", ["成交", "未成交"])
    3
    """
    said = f" {plain(name)} "
    return max((len(word.rstrip("*")) for word in words if _contains(said, word)), default=0)


def _contains(said: str, word: str) -> bool:
    if unspaced(word):
        return word in said
    if word.endswith("*"):
        return f" {word[:-1]}" in said
    return f" {word} " in said or f" {word}s " in said
