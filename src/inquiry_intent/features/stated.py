"""What the buyer's words state in numbers, in comparable units, as of the snapshot."""

from collections.abc import Mapping

import pandas as pd

from inquiry_intent.features.known import taken
from inquiry_intent.moments import days_between
from inquiry_intent.signals.quantities import find_quantities, largest_values

#: Of several messages the largest counts; of all else what was stated last.
_LARGEST = ("largest_quantity_pieces", "largest_quantity_tonnes", "largest_quantity_containers", "order_value_usd")


def stated_values(
    rows: pd.DataFrame, said: pd.DataFrame, messages: pd.DataFrame, usd_rates: Mapping[str, float], zone: str
) -> pd.DataFrame:
    """Quantities, prices and dates that the buyer stated, normalised to one unit each.

    Parameters
    ----------
    rows, said, messages
        As for `signals.thread_signals`.
    usd_rates : mapping
        US dollars for one unit of a currency; a price in another currency is not observed.
    zone : str
        Of the export, whose calendar tells on which day a message was written.

    Returns
    -------
    DataFrame of shape (n_snapshots, 6), index of `rows`; NaN: not stated in a known message
        largest_quantity_pieces, largest_quantity_tonnes, largest_quantity_containers : of one order, > 0.
        order_value_usd : the largest.
        target_price_usd : for one unit, as stated last.
        days_to_deadline : from as_of to the date that was stated last; negative once it is past. In an export without
            times: days from the message.
    """
    sent_at = messages.loc[said["message"], "sent_at"].set_axis(said.index).dt.tz_convert(zone)
    keyed = said.assign(day=sent_at.dt.normalize())
    distinct = keyed.drop_duplicates(["text_id", "day"])
    values = largest_values(
        find_quantities(
            pd.DataFrame(
                {
                    "message_id": distinct.index.astype("str"),
                    "text": messages.loc[distinct["message"], "text"].array,
                    "live_text": messages.loc[distinct["message"], "live_text"].array,
                    "sent_at": distinct["day"].array,
                }
            ),
            usd_rates,
        )
    )
    stated = distinct[["text_id", "day"]].join(values.set_axis(values.index.astype("int64")))
    known = keyed.merge(stated, on=["text_id", "day"], how="left", validate="many_to_one")
    waited = days_between(known["day"], taken(rows["as_of"], known["snapshot"]))
    known["days_to_deadline"] -= waited.fillna(0.0)
    by_snapshot = known.groupby("snapshot")
    largest = by_snapshot[list(_LARGEST)].max()
    latest = by_snapshot[["target_price_usd", "days_to_deadline"]].last()
    return largest.join(latest).reindex(rows.index).astype("float64")
