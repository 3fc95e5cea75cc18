"""What caused a claim: stated or concluded, by id or by place, and how old it was."""

from agentctl.claims.causes import Cause, SeenEvents
from agentctl.claims.facts import Fact
from agentctl.claims.ledger import Ledger
from agentctl.claims.standing import State, standing
from agentctl.claims.terms import Terms
from agentctl.model.record import Place
from tests.builders import event
from tests.claims.logs import CLAIMS, ITEM, RESEARCH, TTL, Log

MINUTE = 60_000


def test_events_are_found_by_id_and_by_place() -> None:
    seen = SeenEvents()
    seen.add(event(at=5, offset=3, partition=2, event_id="e-1"))
    seen.add(event(at=6, offset=9, partition=2))
    place = Place(RESEARCH, 2, 3)
    assert seen.find("e-1") == seen.find("research-events[2]@3") == Cause(5, place)
    assert seen.find("research-events[2]@9") == Cause(6, Place(RESEARCH, 2, 9))
    for nowhere in (
        "e-2",
        "research-events[2]@4",
        "research-events[1]@3",
        "other[2]@3",
        "research-events[2]@10",
        "",
    ):
        assert seen.find(nowhere) is None


def test_of_several_events_with_one_id_the_earliest_counts_in_whatever_order_they_come() -> None:
    late, early = event(at=9, partition=0, event_id="e"), event(at=5, partition=1, event_id="e")
    for order in ((late, early), (early, late)):
        seen = SeenEvents()
        for one in order:
            seen.add(one)
        assert seen.find("e") == Cause(5, Place(RESEARCH, 1, 0))


def test_an_event_that_bears_the_place_of_another_as_its_id_is_found_first() -> None:
    seen = SeenEvents()
    seen.add(event(at=5, offset=7))
    seen.add(event(at=6, offset=8, event_id="research-events[0]@7"))
    assert seen.find("research-events[0]@7") == Cause(6, Place(RESEARCH, 0, 8))


def test_an_event_without_a_time_dates_nothing() -> None:
    seen = SeenEvents()
    seen.add(event(at=None, event_id="e"))
    assert seen.find("e") is None


def test_a_cause_may_be_read_after_the_claim() -> None:
    log = Log()
    log.claim("oracle", 20 * MINUTE, cause="e-1")
    log.task(0, event_id="e-1")
    found = log.stands(20 * MINUTE)
    assert (found.state, found.read_age_ms, found.cause_inferred) == (State.LATE, 20 * MINUTE, False)


def test_a_result_can_be_a_cause() -> None:
    log = Log()
    result = log.result("research", 0, item="another")
    log.claim("oracle", 20 * MINUTE, cause=result)
    assert log.stands(20 * MINUTE).read_age_ms == 20 * MINUTE


def test_the_limit_is_that_of_the_topic_in_which_the_cause_stands() -> None:
    log = Log()
    log.terms[RESEARCH] = Terms(stale_after_ms=10)
    log.terms[CLAIMS] = Terms(ttl_ms=TTL, stale_after_ms=1)
    log.claim("oracle", 10, cause=log.task(0))
    assert log.stands(10).state is State.CLAIMED
    log.claim("oracle", 11 + TTL, cause=log.task(TTL))
    assert log.stands(11 + TTL).state is State.LATE


def test_the_age_is_by_the_records_own_times_also_where_a_future_claim_stands_before() -> None:
    log = Log()
    task = log.task(0)
    log.claim("sales", 400 * MINUTE, item="another")
    log.claim("oracle", MINUTE, cause=task)
    assert log.history().claims[0].read_age_ms == MINUTE


def concluded(log: Log, cause: Cause, *, inferred: bool) -> Ledger:
    """A ledger to which the cause of every claim is told."""

    def cause_of(_item: str, _fact: Fact) -> Cause:
        return Cause(cause.time_ms, cause.place, inferred)

    found = Ledger(log.terms, cause_of=cause_of)
    for one in log.events:
        found.add(one)
    return found


def test_an_inferred_cause_makes_a_claim_late_but_never_a_takeover() -> None:
    log = Log()
    task = log.task(0)
    cause = Cause(0, task.place)
    log.claim("marketing", 20 * MINUTE)
    for inferred in (True, False):
        found = standing(concluded(log, cause, inferred=inferred).history(ITEM), 20 * MINUTE)
        assert found is not None
        assert (found.state, found.cause_inferred) == (State.LATE, inferred)
    log.claim("sales", 30 * MINUTE)
    for inferred, expected in ((True, State.TAKEN_OVER), (False, State.LATE)):
        found = standing(concluded(log, cause, inferred=inferred).history(ITEM), 30 * MINUTE)
        assert found is not None
        assert (found.state, found.read_age_ms) == (expected, 30 * MINUTE)


def test_a_ledger_need_not_remember_causes() -> None:
    log = Log()
    log.claim("oracle", 20 * MINUTE, cause=log.task(0))
    found = Ledger(log.terms, remember_causes=False)
    for one in log.events:
        found.add(one)
    assert found.history(ITEM).claims[0].cause is None
