"""The fair view: the same figures by age, channel, region, country, language, and for new and known clients."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from inquiry_intent.config import EvaluateConfig
from inquiry_intent.features.places import region_of
from inquiry_intent.metrics import Metrics, compare
from inquiry_intent.training import Rows

#: A slice with fewer rows than this says nothing; it is counted in the table, without figures.
LEAST_ROWS = 30
MOST_VALUES = 12
#: What tells how early a prediction is, as slices.
EARLY = ("age_days", "messages")


def slices_of(features: pd.DataFrame) -> pd.DataFrame:
    """The slices that each row belongs to, as text; NaN where unknown."""
    known = features["client_other_inquiry_count"].gt(0).map({True: "known", False: "new"})
    age = features["age_days"]
    columns = {"age_days": age.map("{:g}".format, na_action="ignore").astype("str")}
    if age.nunique() > MOST_VALUES:
        # Snapshots after messages, whose ages are all different.
        columns["age_days"] = age.round(0).astype("Int64").astype("str")
        written = features["inbound_message_count"] + features["outbound_message_count"]
        columns["messages"] = written.astype("Int64").astype("str")
    columns |= {
        "channel": features["channel"],
        "region": region_of(features["country"]),
        "country": features["country"],
        "language": features["language"],
        "client": known.where(features["client_other_inquiry_count"].notna()),
    }
    return pd.DataFrame(columns, index=features.index)


def sliced(
    test: Rows, predicted: Mapping[str, np.ndarray], groups: np.ndarray, metrics: Metrics, config: EvaluateConfig
) -> pd.DataFrame:
    """Figures of several predictors in every slice of the test side.

    Parameters
    ----------
    test : Rows
        The test side.
    predicted : mapping
        Predictions by predictor, in the order of `test`.
    groups : ndarray of shape (n_rows,)
        The client of each row: whole clients are drawn for the intervals.

    Returns
    -------
    DataFrame with columns slice, value, rows, inquiries, predictor, metric, figure, low, high
        The most frequent MOST_VALUES values of each slice; slices below LEAST_ROWS rows have NaN figures.
    """
    order = ["slice", "value", "rows", "inquiries", "predictor", "metric", "figure", "low", "high"]
    parts = [pd.DataFrame(columns=order)]  # where nothing is known to slice by
    for name, column in slices_of(test.X).items():
        for value in column.value_counts().index[:MOST_VALUES]:
            chosen = column.eq(value).fillna(False).to_numpy(dtype=bool)
            ids = test.X.index.get_level_values("inquiry_id")[chosen]
            facts = {
                "slice": name,
                "value": value,
                "rows": int(chosen.sum()),
                "inquiries": int(ids.nunique()),
            }
            if chosen.sum() < LEAST_ROWS:
                parts.append(pd.DataFrame([facts]))
                continue
            p = {predictor: values[chosen] for predictor, values in predicted.items()}
            table = compare(test.y[chosen], p, groups[chosen], metrics, config)
            parts.append(table.rename(columns={"value": "figure"}).assign(**facts))
    return pd.concat(parts, ignore_index=True).reindex(columns=order)


def early(slices: pd.DataFrame) -> pd.DataFrame:
    """How good a prediction is when: the slices by age, or by messages written so far, earliest first.

    Returns
    -------
    DataFrame with columns by (age_days or messages), at, rows, inquiries, predictor, metric, figure, low, high
        Only what was still undecided then is in a row, so figures of two ages are of different inquiries.
    """
    table = slices[slices["slice"].isin(EARLY)].rename(columns={"slice": "by", "value": "at"})
    table = table.assign(at=table["at"].astype("float64"))
    return table.sort_values(["by", "at"], kind="stable", ignore_index=True)
