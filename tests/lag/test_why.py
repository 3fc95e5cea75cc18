"""Why a group is behind: the cause that explains what is known, in one sentence."""

from dataclasses import replace

import pytest

from agentctl.lag.commits import UnreadableError
from agentctl.lag.generations import Generation, generation_of, rebalances
from agentctl.lag.groups import Bounds, Group, Member
from agentctl.lag.rows import Judged, LagRow, Rates, Verdict
from agentctl.lag.unread import Method, Unread
from agentctl.lag.why import Cause, Evidence, Movement, Waiting, cause
from agentctl.lag.why_view import sentence, why_view
from agentctl.render.choose import Output
from tests.metrics.answers import NOW_MS, row
from tests.screens import Screen, check_golden

HOUR = 3_600_000
ALIVE = (Member("m-1", "client-1", "10.0.0.7", frozenset({("t", 0)})),)


def lagging(
    partition: int = 0,
    *,
    lag: int = 50,
    rates: Rates | None = None,
    verdict: Verdict = Verdict.WARN,
    unread: Unread | None = None,
    committed: int | None = 50,
) -> LagRow:
    first = Unread(Method.RECORD, 50, NOW_MS - HOUR, last_ms=NOW_MS)
    return LagRow(
        *("g", "stable", "t", partition, committed),
        Bounds(0, (committed or 0) + lag, (committed or 0) + lag),
        lag,
        unread or first,
        NOW_MS,
        Judged(verdict, 10),
        rates or Rates(),
        None,
        (),
    )


def moved(minutes: int) -> Movement:
    """It has stood where it stands for so long."""
    return Movement(NOW_MS - minutes * 60_000, longer=False, last_ms=NOW_MS - 1_000, commits=12)


def found(
    *rows: LagRow,
    members: tuple[Member, ...] = ALIVE,
    state: str = "stable",
    moves: dict[tuple[str, int], Movement] | None = None,
    waiting: Waiting | None = None,
    generations: tuple[Generation, ...] = (),
) -> Evidence:
    return Evidence(
        Group("g", state, {}, members),
        rows,
        None,
        waiting or Waiting(),
        moves or {},
        generations,
        NOW_MS,
    )


def with_hot_key(share: float) -> Waiting:
    waiting = Waiting(records=100)
    waiting.keys[b"hot"] = round(share * 100)
    waiting.keys.update({f"k{n}".encode(): 1 for n in range(100 - round(share * 100))})
    return waiting


BUSY = {("t", 0): moved(0), ("t", 1): moved(0)}
SLOW = Rates(3.0, 0.4)


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [
        pytest.param(found(row(committed=100)), Cause.CAUGHT_UP, id="all read"),
        pytest.param(found(lagging(committed=None)), Cause.NEVER_COMMITTED, id="no commit at all"),
        pytest.param(
            found(lagging(unread=Unread(Method.RECORD, 50, NOW_MS - HOUR, open_transaction=True))),
            Cause.OPEN_TRANSACTION,
            id="held back",
        ),
        pytest.param(found(lagging(), state="preparing-rebalance"), Cause.REBALANCING, id="rebalances now"),
        pytest.param(
            found(lagging(), generations=tuple(Generation(n, NOW_MS - n * 60_000) for n in range(9))),
            Cause.REBALANCING,
            id="rebalances again and again",
        ),
        pytest.param(found(lagging(verdict=Verdict.REWIND)), Cause.REWOUND, id="went back"),
        pytest.param(found(lagging(), members=(), state="empty"), Cause.NO_MEMBER, id="nobody is there"),
        pytest.param(
            found(lagging(), lagging(1, lag=5), moves={("t", 0): moved(9), ("t", 1): moved(0)}),
            Cause.POISON_RECORD,
            id="one partition stands, another moves",
        ),
        pytest.param(
            found(lagging(), lagging(1, lag=5), moves={("t", 0): moved(9), ("t", 1): moved(9)}),
            Cause.STOPPED,
            id="none moves",
        ),
        pytest.param(found(lagging(rates=SLOW), moves=BUSY), Cause.TOO_SLOW, id="reads slower than it comes"),
        pytest.param(
            found(lagging(lag=500, rates=SLOW), lagging(1, lag=1), moves=BUSY, waiting=with_hot_key(0.6)),
            Cause.HOT_KEY,
            id="one key in one partition",
        ),
        pytest.param(
            found(lagging(rates=SLOW), lagging(1), moves=BUSY, waiting=with_hot_key(0.6)),
            Cause.TOO_SLOW,
            id="a hot key, and all partitions are behind",
        ),
        pytest.param(found(lagging(rates=Rates(0.4, 3.0)), moves=BUSY), Cause.CATCHING_UP, id="reads faster"),
        pytest.param(found(lagging()), Cause.UNKNOWN, id="nobody knows whether it moves"),
    ],
)
def test_the_cause(evidence: Evidence, expected: Cause) -> None:
    assert cause(evidence) is expected
    assert why_view(evidence).summary["cause"] == expected.value


def test_the_sentence_names_the_record_and_since_when() -> None:
    stuck = found(lagging(), lagging(1, lag=5), moves={("t", 0): moved(9), ("t", 1): moved(0)})

    assert why_view(stuck).summary["sentence"] == (
        "g stands on t[0]@50 since 2025-11-24T15:51:00.000Z while it moves in other partitions: probably it "
        "cannot get past this record."
    )


def test_evidence_that_is_cut_off_says_at_least() -> None:
    waiting = Waiting(records=3, workflows={"w1", "w2"}, whole=False)

    says = {str(one["evidence"]): one["says"] for one in why_view(found(lagging(), waiting=waiting)).rows}

    assert says["waits"] == (
        "at least 2 workflows wait in 50 unread offsets of 1 partition, of which 3 were looked through"
    )


def key(kind: int, group: str) -> bytes:
    return kind.to_bytes(2, "big") + len(group).to_bytes(2, "big") + group.encode()


CLASSIC = b"\0\3" + b"\0\x08consumer" + (7).to_bytes(4, "big") + b"\0" * 20
FLEXIBLE = b"\0\4" + b"\x09consumer" + (8).to_bytes(4, "big") + b"\0" * 20
MODERN = b"\0\0" + (9).to_bytes(4, "big") + b"\0"


@pytest.mark.parametrize(
    ("kind", "value", "number"), [(2, CLASSIC, 7), (2, FLEXIBLE, 8), (3, MODERN, 9)], ids=str
)
def test_a_generation_is_read_of_every_kind_of_group(kind: int, value: bytes, number: int) -> None:
    assert generation_of(key(kind, "g"), value, 5, "g") == Generation(number, 5)


@pytest.mark.parametrize(
    ("data", "value"),
    [(key(2, "other"), CLASSIC), (key(1, "g"), CLASSIC), (key(2, "g"), None), (key(6, "g"), MODERN)],
)
def test_other_records_tell_no_generation(data: bytes, value: bytes | None) -> None:
    assert generation_of(data, value, 5, "g") is None


def test_bytes_that_are_cut_off_are_no_generation() -> None:
    with pytest.raises(UnreadableError):
        generation_of(key(2, "g"), CLASSIC[:9], 5, "g")


def test_a_generation_that_is_written_twice_is_one_rebalance() -> None:
    told = [Generation(1, 10), Generation(1, 20), Generation(2, 30), Generation(2, 40), Generation(3, 50)]

    assert rebalances(told) == (Generation(2, 30), Generation(3, 50))


SILENT = "its coordinator does not answer"


def unled(partition: int = 1) -> LagRow:
    """A partition of which nobody tells where it ends."""
    return row("g", "t", partition, log=None, notes=("it has no leader",))


@pytest.mark.parametrize(
    ("evidence", "expected", "said"),
    [
        pytest.param(
            replace(found(), group=Group("g", "unknown", {}, refusal=SILENT)),
            Cause.UNKNOWN,
            f"g may be behind or not, where it stands is not known: {SILENT}.",
            id="nobody tells where it stands",
        ),
        pytest.param(
            found(row(committed=100), unled(1), unled(2)),
            Cause.UNKNOWN,
            "g may be behind on t[1] and 1 more: it has no leader.",
            id="nobody tells where a log ends",
        ),
        pytest.param(
            found(members=(), state="empty"),
            Cause.NEVER_COMMITTED,
            "g has no commit that is kept, and nobody reads for it.",
            id="it stands nowhere",
        ),
    ],
)
def test_what_is_not_known_is_never_called_read(evidence: Evidence, expected: Cause, said: str) -> None:
    assert cause(evidence) is expected
    assert sentence(evidence, expected) == said
    [first, *_] = why_view(evidence).rows
    assert (first["evidence"], first["place"], first["says"]) == ("cause", expected.value, said)


def test_siblings_say_what_is_known_of_them() -> None:
    quiet = found(lagging(), lagging(2, lag=5), unled(1), members=(), state="empty")
    told = {row["place"]: row["says"] for row in why_view(quiet).rows if row["evidence"] == "sibling"}
    assert told == {"t[1]": "not known: it has no leader", "t[2]": "5 behind, nobody reads it"}
    assert "members" in {row["evidence"] for row in why_view(quiet).rows}


@pytest.mark.parametrize("width", [60, 80, 120])
def test_on_screens(width: int) -> None:
    here = Screen(width, environment={"NO_COLOR": "1"})
    stuck = found(lagging(), lagging(1, lag=5), moves={("t", 0): moved(9), ("t", 1): moved(0)})
    here.show(why_view(stuck), Output())
    check_golden(f"lag/why-{width}", here.all)
