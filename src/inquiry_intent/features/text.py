"""The shape and language of what the buyer wrote, and its embeddings, as of the snapshot."""

import re

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from inquiry_intent.embedding import EMBEDDING_PREFIX, MAX_CHARACTERS, buyer_texts
from inquiry_intent.errors import DataError, counted
from inquiry_intent.features.timing import slope
from inquiry_intent.signals.cleaning import clean_texts

#: Counted by RE2 inside Arrow, in linear time: buyers' text is hostile. Chinese, Japanese and Thai are written without
#: spaces: there each character counts as a word.
COUNTED = {
    "word_count": r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}]|"
    r"[\p{Latin}\p{Greek}\p{Cyrillic}\p{Arabic}\p{Hebrew}\p{Hangul}\p{Nd}\p{M}]+",
    "question_mark_count": "[?？؟]",
    "exclamation_mark_count": "[!！]",
    "link_count": r"(?i)(?:https?://|www\.)[^\s]*",
    "line_count": r"\S[^\n]*",
}
#: The column of the buyers' own words: input of the linear text model, never shown in a report.
BUYER_TEXT = "buyer_text"
#: Words of a name, and names in Chinese characters.
NAME_WORD, HAN = re.compile(r"[^\W_]+"), re.compile("[\u3400-\u9fff]+")
LONGEST_NAME = 200
#: Particles such as "de", "van", "bin" are no longer.
SHORT = 3
#: Shapes that add up over a thread.
TOTALS = ("word_count", "character_count", "question_mark_count", "exclamation_mark_count", "link_count")


def text_shape(texts: pd.Series) -> pd.DataFrame:
    """Describe the outer shape of texts.

    Parameters
    ----------
    texts : Series of str

    Returns
    -------
    DataFrame of shape (n_texts, 8), float64, index of `texts`; NaN where there is no text
        word_count : runs of letters and digits; each Chinese, Japanese or Thai character is one.
        character_count : without white space.
        question_mark_count, exclamation_mark_count : of all scripts' marks.
        link_count : web addresses that begin with http://, https:// or www.
        line_count : lines that are not blank.
        digit_share : 0..1, of the characters; NaN if there are none.
        uppercase_share : 0..1, of the letters that have a case; NaN if there are none.

    Examples
    --------
    >>> shape = text_shape(pd.Series(["Price for 500 pcs?", "请问价格？"]))
    >>> shape[["word_count", "question_mark_count", "digit_share", "uppercase_share"]].round(2)
       word_count  question_mark_count  digit_share  uppercase_share
    0         4.0                  1.0          0.2             0.09
    1         4.0                  1.0          0.0              NaN
    """
    array = pa.array(texts, type=pa.large_string(), from_pandas=True)

    def as_column(numbers: pa.Array) -> pd.Series:
        return pd.Series(numbers.cast(pa.float64()).to_numpy(zero_copy_only=False), index=texts.index)

    def characters(of_class: str) -> pd.Series:
        rest = pc.replace_substring_regex(array, pattern=f"[{of_class}]+", replacement="")
        return as_column(pc.subtract(pc.utf8_length(array), pc.utf8_length(rest)))

    shape = {name: as_column(pc.count_substring_regex(array, pattern=p)) for name, p in COUNTED.items()}
    visible = as_column(pc.utf8_length(array)) - characters(r"\s\p{Z}")
    upper, lower = characters(r"\p{Lu}"), characters(r"\p{Ll}")
    shape["character_count"] = visible
    shape["digit_share"] = characters(r"\p{Nd}") / visible.where(visible > 0)
    shape["uppercase_share"] = upper / (upper + lower).where(upper + lower > 0)
    return pd.DataFrame(shape)


def subject_shape(rows: pd.DataFrame) -> pd.DataFrame:
    """The shape of each inquiry's subject line: columns subject_<shape>, NaN where there is none.

    A subject has one line, so there is no subject_line_count.
    """
    return text_shape(rows["subject"]).drop(columns="line_count").add_prefix("subject_")


def buyers_own(messages: pd.DataFrame) -> pd.DataFrame:
    """Add what `signals.cleaning.clean_texts` says of the buyers' texts: live_text, signature and own_words.

    All features of words see these, so that quoted history and signatures are not counted as the buyer's words.
    """
    return messages.join(clean_texts(messages["text"].where(messages["direction"] == "inbound")))


def known_texts(thread: pd.DataFrame, messages: pd.DataFrame) -> pd.DataFrame:
    """The part of each thread that the buyer wrote in words.

    Parameters
    ----------
    thread, messages : DataFrame
        What `known.known_thread` and `known.in_thread_order` return.

    Returns
    -------
    DataFrame of shape (n_pairs, 3), ascending by snapshot, then thread order
        snapshot, message : numbers of rows.
        text_id : key of the text.
    """
    wrote = buyer_texts(messages)["text_id"]
    said = thread.loc[thread["message"].isin(wrote.index), ["snapshot", "message"]]
    return said.assign(text_id=wrote.loc[said["message"]].array).reset_index(drop=True)


def thread_text_shape(rows: pd.DataFrame, said: pd.DataFrame, messages: pd.DataFrame) -> pd.DataFrame:
    """Describe the buyer's texts known at each snapshot by their shape.

    Parameters
    ----------
    rows : DataFrame
        What `known.snapshot_rows` returns.
    said : DataFrame
        What `known_texts` returns.
    messages : DataFrame
        What `known.in_thread_order` returns, with what `buyers_own` adds.

    Returns
    -------
    DataFrame of shape (n_snapshots, 30), index of `rows`; NaN if no text is known
        first_text_<shape>, last_text_<shape>, mean_text_<shape> : each shape of `text_shape`.
        total_text_<count> : words, characters, marks and links of all texts.
        text_trend_log_words : change of ln(1 + words) from text to text (least squares); below 0 the texts get
            shorter; NaN below two texts.
    """
    shapes = text_shape(messages.loc[np.unique(said["message"]), "own_words"])
    known = shapes.loc[said["message"]].reset_index(drop=True)
    snapshot = said["snapshot"]
    first = known[~snapshot.duplicated()].set_axis(snapshot[~snapshot.duplicated()])
    last = known[~snapshot.duplicated(keep="last")].set_axis(first.index)
    by_snapshot = known.groupby(snapshot)
    parts = [
        first.add_prefix("first_text_"),
        last.add_prefix("last_text_"),
        by_snapshot.mean().add_prefix("mean_text_"),
        by_snapshot[list(TOTALS)].sum().add_prefix("total_text_"),
        slope(np.log1p(known["word_count"]), snapshot).rename("text_trend_log_words"),
    ]
    return pd.concat(parts, axis=1).reindex(rows.index).astype("float64")


def text_language(rows: pd.DataFrame, said: pd.DataFrame, texts: pd.DataFrame) -> pd.DataFrame:
    """The language of the buyer's last known text that shows one.

    Parameters
    ----------
    rows, said
        As for `thread_text_shape`.
    texts : DataFrame
        The table of distinct texts, with `language`.

    Returns
    -------
    DataFrame of shape (n_snapshots, 1), index of `rows`
        language : ISO 639-1; NaN if no known text shows one.
    """
    language = texts["language"].take(_positions(said, texts)).set_axis(said.index)
    shown = said.assign(language=language).dropna().drop_duplicates("snapshot", keep="last")
    return shown.set_index("snapshot")[["language"]].reindex(rows.index).astype("str")


def _tells_person(part: str) -> bool:
    if HAN.search(part):
        return True
    return not part.isdigit() and len(part) > (SHORT if part.islower() else 1)


def _without_name(text: str, name: str) -> str:
    """A text without the words of a name; one of Chinese characters, which no spaces part from others, as a whole.

    >>> _without_name("500 pcs?\\nANA Silva, ana.silva@x.example", "Ana Silva"), _without_name("我是王伟。", "王伟")
    ('500 pcs?\\n , .@x.example', '我是。')

    Numbers, initials and particles stay, for texts hold them for other reasons.

    >>> _without_name("I want 50 de la crème, Maria Cruz", "Maria de la Cruz I. 50")
    'I want 50 de la crème,  '
    """
    written = NAME_WORD.findall(name[:LONGEST_NAME])
    parts = {part.casefold() for part in written if _tells_person(part)}
    folded = text.casefold()
    if not any(part in folded for part in parts):
        return text
    for part in parts:
        if len(part) > 1 and HAN.fullmatch(part):
            text = text.replace(part, "")
    return NAME_WORD.sub(lambda word: "" if word[0].casefold() in parts else word[0], text)


def thread_words(said: pd.DataFrame, messages: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """What the buyer wrote so far, for the linear text model: the only feature that holds the buyers' own words.

    Returns
    -------
    DataFrame of shape (n_snapshots, 1), index of `rows`
        buyer_text : the known texts in thread order, a line break between two; each cut like the encoder's
            input, and without its sender's name, which several clients may share. NaN if no text is known.
    """
    own = messages.loc[np.unique(said["message"]), ["own_words", "sender_name"]]
    cut = own["own_words"].str.slice(0, MAX_CHARACTERS)
    nameless = [_without_name(*pair) for pair in zip(cut, own["sender_name"].fillna(""), strict=True)]
    words = pd.Series(nameless, index=own.index, dtype="str")
    texts = words.loc[said["message"]].set_axis(said["snapshot"].to_numpy())
    joined = texts.groupby(level=0).agg("\n".join)
    return joined.reindex(rows.index).astype("str").to_frame(BUYER_TEXT)


def thread_embeddings(rows: pd.DataFrame, said: pd.DataFrame, texts: pd.DataFrame) -> pd.DataFrame:
    """Average the embeddings of the buyer's known texts.

    Parameters
    ----------
    rows, said
        As for `thread_text_shape`.
    texts : DataFrame
        The table of distinct texts, with emb_000 …; without such columns nothing is returned.

    Returns
    -------
    DataFrame of shape (n_snapshots, 2 * n_dimensions), float32, index of `rows`; NaN if no text is known
        emb_mean_000 … : mean over the buyer's known messages that hold words.
        emb_last_000 … : of the last of them.
    """
    columns = [str(column) for column in texts if str(column).startswith(EMBEDDING_PREFIX)]
    vectors = texts[columns].to_numpy(dtype=np.float32)
    snapshot, position = said["snapshot"].to_numpy(), _positions(said, texts)
    total = np.full((len(rows), len(columns)), np.nan, dtype=np.float32)
    last = total.copy()
    rank = said.groupby("snapshot").cumcount()
    total[snapshot[rank == 0]] = 0.0
    # The k-th texts of all threads are added at once: each snapshot's sum runs in thread order, whoever is beside it.
    for _, members in rank.groupby(rank).indices.items():
        total[snapshot[members]] += vectors[position[members]]
    ends = ~said["snapshot"].duplicated(keep="last").to_numpy()
    total[snapshot[ends]] /= (rank.to_numpy()[ends, None] + 1).astype(np.float32)
    last[snapshot[ends]] = vectors[position[ends]]
    names = [column.removeprefix(EMBEDDING_PREFIX) for column in columns]
    return pd.concat(
        [
            pd.DataFrame(total, index=rows.index, columns=[f"emb_mean_{name}" for name in names]),
            pd.DataFrame(last, index=rows.index, columns=[f"emb_last_{name}" for name in names]),
        ],
        axis=1,
    )


def _positions(said: pd.DataFrame, texts: pd.DataFrame) -> np.ndarray:
    """The row of `texts` that holds each known text.

    Raises
    ------
    DataError
        If a text has no row.
    """
    positions = texts.index.get_indexer(pd.Index(said["text_id"]))
    missing = said.loc[positions < 0, "text_id"].unique()
    if len(missing):
        raise DataError(
            f"{counted(len(missing), 'text')} of the messages without a row in the table of texts, the first: "
            f"{missing[0]}. Embed the same tables again."
        )
    return positions
