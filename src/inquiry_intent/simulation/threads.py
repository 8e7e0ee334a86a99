"""When both sides of the demo corpus write, and what the buyer does besides writing.

Nothing here knows the outcome. A thread is drawn as it would go on for ever and ends at the decision.
"""

import numpy as np
import pandas as pd

from inquiry_intent.simulation.latents import KINDS
from inquiry_intent.simulation.world import DAY, HOUR, column, sigmoid, world

OUR_ZONE = 8
MOST_ROUNDS = 9
#: Stages of a buyer's message, as named in traits.yaml.
STAGES = ("first", "reply", "quoted")


def office_time(rng: np.random.Generator, seconds: np.ndarray, zone: np.ndarray, friday: np.ndarray) -> np.ndarray:
    """Move times to the next working hour (8 to 18, five days) of their zone.

    Parameters
    ----------
    seconds : int array of shape (n,)
        UTC, since 1970.
    zone : array of shape (n,)
        Hours east of UTC.
    friday : bool array of shape (n,)
        Whether Friday and Saturday are free, instead of Saturday and Sunday.
    """
    local = seconds + (zone * HOUR).astype(np.int64)
    day, second = local // DAY, local % DAY
    late = second >= 18 * HOUR
    early = late | (second < 8 * HOUR)
    morning = 8 * HOUR + (rng.random(len(local)) ** 2 * 3 * HOUR).astype(np.int64)
    day = day + late
    weekday = (day + 3) % 7
    rest = np.where(friday, np.array([0, 0, 0, 0, 2, 1, 0])[weekday], np.array([0, 0, 0, 0, 0, 2, 1])[weekday])
    moved = (day + rest) * DAY + np.where(early | (rest > 0), morning, second)
    return np.maximum(moved - (zone * HOUR).astype(np.int64), seconds)


def draw_messages(rng: np.random.Generator, inquiries: pd.DataFrame) -> pd.DataFrame:
    """The skeleton of every thread.

    Returns
    -------
    DataFrame, one row a message, by inquiry and time
        inquiry (row of `inquiries`), sent (seconds since 1970), inbound, stage (position in STAGES), quote (our message
        with the quotation), reminder (either side writes again unanswered), waited_hours (of an inbound answer).
    """
    table = world()["countries"]
    n = len(inquiries)
    kind, intent = inquiries["kind"].to_numpy(), inquiries["intent"].to_numpy()
    zone = column(table, "zone")[inquiries["country"]].astype(float)
    friday = np.array([entry.get("friday", False) for entry in table.values()])[inquiries["country"]]
    owner_hours = column(world()["owners"], "hours")[inquiries["owner"]]
    pace, disorder = inquiries["pace_hours"].to_numpy(), inquiries["disorder"].to_numpy()

    warmth = (
        np.array([0.25, 0.0, -0.1, -0.9])[kind]
        + np.array([0.45, 0.0, -0.8])[intent]
        + 0.25 * inquiries["substance"].to_numpy()
    )
    goes_on = sigmoid(0.85 + warmth)
    comes_back = sigmoid(-1.2 + 0.8 * warmth)
    # Answers within the hour, then vanishes [003]: any class may, the idle do more often.
    burst = rng.random(n) < np.array([0.06, 0.17, 0.15, 0.38])[kind] * np.array([0.8, 1.0, 1.3])[intent]
    parts: list[dict[str, np.ndarray]] = []

    def write(who: np.ndarray, sent: np.ndarray, inbound: bool, **more: np.ndarray) -> None:
        blank = np.zeros(len(who))
        parts.append({"inquiry": who, "sent": sent, "inbound": np.full(len(who), inbound)})
        parts[-1] |= {name: more.get(name, blank) for name in ("stage", "quote", "reminder", "waited_hours")}

    quoted, ours = np.zeros(n, dtype=bool), ~inquiries["wrong_category"].to_numpy()
    active = np.arange(n)
    received = inquiries["received"].to_numpy()
    latest = received.copy()
    write(active, received, True)
    for turn in range(MOST_ROUNDS):
        m = len(active)
        wait = owner_hours[active] * np.exp(rng.normal(0, 0.7, m))
        answer = office_time(
            rng, latest[active] + (wait * HOUR).astype(np.int64), np.full(m, OUR_ZONE), np.zeros(m, bool)
        )
        asks_again = (answer - latest[active] > 30 * HOUR) & (rng.random(m) < 0.12)
        again = latest[active] + ((answer - latest[active]) * rng.uniform(0.5, 0.9, m)).astype(np.int64)
        stage = np.where(quoted[active], 2, 1)
        write(active[asks_again], again[asks_again], True, stage=stage[asks_again], reminder=np.ones(asks_again.sum()))

        quote = ~quoted[active] & ours[active] & (rng.random(m) < (0.35, 0.6, 0.75)[min(turn, 2)])
        write(active, answer, False, quote=quote)
        quoted[active] |= quote

        replies = rng.random(m) < goes_on[active] * np.where(burst[active] & (turn > 0), 0.45, 1.0)
        # Whoever stays silent gets one reminder of ours, some then come back.
        chase = ~replies & (rng.random(m) < 0.6)
        reminder_at = office_time(
            rng, answer + (rng.uniform(4, 8, m) * DAY).astype(np.int64), np.full(m, OUR_ZONE), np.zeros(m, bool)
        )
        write(active[chase], reminder_at[chase], False, reminder=np.ones(chase.sum()))
        replies |= chase & (rng.random(m) < comes_back[active])
        since = np.where(chase, reminder_at, answer)

        hours = pace[active] * np.exp(disorder[active] * rng.standard_normal(m))
        in_burst = burst[active]
        hours = np.where(in_burst, np.where(turn == 0, rng.uniform(0.05, 1.0, m), hours * 5), hours)
        sent = since + np.maximum(hours * HOUR, 120).astype(np.int64)
        punctual = (rng.random(m) < 0.85) & ~(in_burst & (turn == 0))
        sent = np.where(punctual, office_time(rng, sent, zone[active], friday[active]), sent)
        active, sent, since = active[replies], sent[replies], since[replies]
        write(active, sent, True, stage=np.where(quoted[active], 2, 1), waited_hours=(sent - since) / HOUR)
        latest[active] = sent
    messages = pd.DataFrame({name: np.concatenate([part[name] for part in parts]) for name in parts[0]})
    messages = messages.astype({"stage": "int64", "quote": bool, "reminder": bool})
    return messages.sort_values(["inquiry", "sent"], kind="stable", ignore_index=True)


#: Log-odds of each behaviour [003] after one of our mails (or once a thread, where `once` is true): base, then weights.
BEHAVIOUR: dict[str, dict[str, float]] = {
    "opened_mail": {"base": 0.3, "warmth": 0.5, "standing": 0.2, "invalid": -0.7, "hours": 9},
    "clicked_link": {"base": -2.0, "warmth": 0.5, "competitor": 1.5, "hours": 14},
    "opened_attachment": {"base": -0.2, "warmth": 0.6, "competitor": 1.2, "invalid": -0.6, "hours": 16, "quote": 1},
    "filled_form": {"base": -2.0, "warmth": 1.0, "competitor": -0.7, "invalid": -0.6, "hours": 30, "once": 1},
    "refused_small_request": {"base": -2.4, "warmth": -0.8, "competitor": 1.2, "hours": 30, "once": 1},
    "held_call": {"base": -2.6, "warmth": 0.9, "strategic": 0.9, "competitor": -1.0, "hours": 90, "once": 1},
    "paid_sample_freight": {"base": -3.0, "warmth": 1.1, "standing": 0.2, "competitor": -0.6, "hours": 140, "once": 1},
    "kept_promise": {"base": -1.9, "warmth": 0.6, "regularity": 0.7, "hours": 60, "once": 1},
}


def draw_events(rng: np.random.Generator, inquiries: pd.DataFrame, messages: pd.DataFrame) -> pd.DataFrame:
    """What happened besides mail.

    Returns
    -------
    DataFrame, one row an event, by inquiry and time
        inquiry (row of `inquiries`), occurred (seconds since 1970), kind (of `tables.EVENT_KINDS`).
    """
    ours = messages[~messages["inbound"]]
    quotes = ours[ours["quote"]]
    # A deed belongs to our first or second mail, never to the inquiry itself.
    rank = ours.groupby("inquiry").cumcount().to_numpy()
    anchors = ours[rank == 0], ours[rank == 1]
    kind = inquiries["kind"].to_numpy()
    traits = {
        "warmth": np.array([0.4, 0.0, -0.1, -0.7])[kind]
        + np.array([0.7, 0.0, -0.8])[inquiries["intent"]]
        + 0.3 * inquiries["substance"].to_numpy(),
        "standing": inquiries["standing"].to_numpy(),
        "regularity": inquiries["regularity"].to_numpy(),
        "strategic": inquiries["potential"].to_numpy() == 0,
        "competitor": kind == KINDS.index("competitor"),
        "invalid": kind == KINDS.index("invalid"),
    }
    parts = [pd.DataFrame({"inquiry": quotes["inquiry"], "occurred": quotes["sent"], "kind": "quote_sent"})]
    for name, weights in BEHAVIOUR.items():
        chance = sigmoid(weights["base"] + sum(weights.get(trait, 0.0) * value for trait, value in traits.items()))
        if weights.get("once"):
            mails = anchors[int(weights["hours"] > 50)]
        else:
            mails = quotes if weights.get("quote") else ours
        mails = mails[rng.random(len(mails)) < chance[mails["inquiry"]]]
        later = rng.exponential(weights["hours"], len(mails)) * HOUR
        occurred = mails["sent"] + later.astype(np.int64) + 60
        parts.append(pd.DataFrame({"inquiry": mails["inquiry"], "occurred": occurred, "kind": name}))
    return pd.concat(parts).sort_values(["inquiry", "occurred"], kind="stable", ignore_index=True)


#: Traits that name our goods' data: absent where the buyer wants goods of another kind.
ABOUT_OUR_GOODS = (
    "states_specification",
    "names_standard",
    "cites_our_product",
    "states_end_use",
    "describes_project",
    "technical_question",
    "asks_compatibility",
    "answers_question",
    "asks_certification",
)
#: Sentences with substance in one message, by stage: nobody reads longer mails.
MOST_TRAITS = (9, 7, 7)
#: How much more a talkative buyer says: weight of `detail` in every trait's log-odds.
DETAIL = 0.45


def draw_traits(
    rng: np.random.Generator, inquiries: pd.DataFrame, messages: pd.DataFrame, table: dict[str, dict[str, float]]
) -> list[list[str]]:
    """Which traits each message shows, in the order in which they stand in it.

    Parameters
    ----------
    messages : DataFrame of shape (n_messages, ...)
        From `draw_messages`. Our own messages show none.
    table : dict
        traits.yaml.

    Returns
    -------
    list of n_messages lists
        Names of traits; an empty list is a message without substance.
    """
    inbound = messages[messages["inbound"]]
    shown = iter(_buyer_traits(rng, inquiries, inbound, table))
    return [next(shown) if inbound else [] for inbound in messages["inbound"].tolist()]


def _buyer_traits(
    rng: np.random.Generator, inquiries: pd.DataFrame, inbound: pd.DataFrame, table: dict[str, dict[str, float]]
) -> list[list[str]]:
    classes = {
        "high": ("intent", 0), "watching": ("intent", 1), "low": ("intent", 2),
        "decision_maker": ("role", 0), "executor": ("role", 1), "info_collector": ("role", 2),
        "strategic": ("potential", 0), "short_term": ("potential", 1), "test": ("potential", 2),
        "collector": ("kind", 1), "competitor": ("kind", 2), "invalid": ("kind", 3),
    }  # fmt: skip
    writers = inquiries.iloc[inbound["inquiry"].to_numpy()]
    values = [(writers[column].to_numpy() == code).astype(float) for column, code in classes.values()]
    values += [writers["substance"].to_numpy(), writers["detail"].to_numpy()]
    weights = np.array(
        [[entry.get(name, 0.0) for name in (*classes, "substance")] + [DETAIL] for entry in table.values()]
    )
    base = np.array([[entry.get(stage, -np.inf) for stage in STAGES] for entry in table.values()])
    log_odds = np.stack(values, axis=1) @ weights.T + base[:, inbound["stage"]].T
    log_odds[inbound["reminder"].to_numpy()] -= 2.0
    shows = rng.random(log_odds.shape) < sigmoid(log_odds)
    # What was said once is rarely said again.
    said = pd.DataFrame(shows).groupby(inbound["inquiry"].to_numpy()).cumsum().to_numpy() > shows
    shows &= ~said | (rng.random(shows.shape) < 0.25)
    of_ours = np.array([name in ABOUT_OUR_GOODS for name in table])
    shows &= ~(writers["wrong_category"].to_numpy()[:, None] & of_ours)
    message, trait = np.nonzero(shows)
    message, trait = _at_most(rng, message, trait, np.array(MOST_TRAITS)[inbound["stage"]])
    place = np.array([entry["place"] for entry in table.values()])[trait] + rng.normal(0, 1.2, len(trait))
    order = np.lexsort((place, message))
    names = np.array(list(table))[trait[order]].tolist()
    ends = np.cumsum(np.bincount(message, minlength=len(inbound))).tolist()
    return [names[start:end] for start, end in zip([0, *ends[:-1]], ends, strict=True)]


def _at_most(
    rng: np.random.Generator, message: np.ndarray, trait: np.ndarray, most: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Keep `most[m]` of each message's traits, whichever they are."""
    shuffled = np.lexsort((rng.random(len(message)), message))
    starts = np.searchsorted(message, np.arange(len(most)))
    rank = np.arange(len(message)) - starts[message]
    kept = np.sort(shuffled[rank < most[message]])
    return message[kept], trait[kept]
