"""For any moment: what agents were doing, who held what, and what each could know."""

from agentctl.model.timeline import Evidence
from agentctl.timeline.activity import doing, sights, tenancies
from tests.builders import ms
from tests.claims.logs import Log
from tests.timeline.scenes import commits, seen


def work() -> Log:
    log = Log(ttl_ms=3_600_000)
    log.task("03:00")
    log.claim("sales", "03:01")
    log.progress("sales", "03:02", step=1, total=2, status="Writing")
    log.result("sales", "03:05")
    log.task("03:09", item="another")
    return log


def test_an_act_lasts_until_the_next_one_of_the_same_work() -> None:
    assert [(one.since_ms, one.until_ms, one.n, one.what) for one in doing(seen(work()))] == [
        (ms("03:01"), ms("03:02"), 2, "claimed  agent_tracing"),
        (ms("03:02"), ms("03:05"), 3, "Writing  1/2  agent_tracing"),
    ]


def test_unfinished_work_lasts_until_the_end_of_the_story() -> None:
    log = work()
    log.progress("content", "03:06")
    [*_, last] = sorted(doing(seen(log)), key=lambda one: one.since_ms)
    assert (last.agent, last.until_ms) == ("content", ms("03:09"))


def test_times_that_are_unknown_or_run_backwards_are_no_stretches() -> None:
    log = Log()
    log.progress("sales", "03:05")
    log.progress("sales", "03:01")
    log.progress("sales", None)
    assert doing(seen(log)) == ()


def test_who_held_what_until_what_ended_it() -> None:
    log = work()
    log.claim("content", "03:06", item="expires", ttl_ms=1_000)
    log.claim("seo", "03:07", item="lives")
    found = tenancies(log.ledger.histories(), ms("03:10"))
    assert [(one.holder, one.until_ms, one.ended) for one in found] == [
        ("sales", ms("03:05"), "result"),
        ("content", ms("03:06:01"), "expired"),
        ("seo", ms("03:10"), "alive"),
    ]


def test_an_agent_knows_what_it_wrote_what_it_acted_on_and_what_its_group_passed() -> None:
    history = commits(("03:00:30", "sales-team", 1), ("09:00", "sales-team", 2))
    found = {(one.agent, one.n): (one.at_ms, one.evidence) for one in sights(seen(work(), history))}
    assert found["sales", 1] == (ms("03:00:30"), Evidence.COMMITS)
    assert found["sales", 2] == (ms("03:01"), Evidence.OWN)
    assert found["sales", 5] == (ms("09:00"), Evidence.COMMITS)
    assert found["research", 1] == (ms("03:00"), Evidence.OWN)
    assert ("research", 2) not in found


def test_without_commits_an_act_shows_that_its_cause_was_known() -> None:
    found = {(one.agent, one.n): (one.at_ms, one.evidence) for one in sights(seen(work()))}
    assert found["sales", 1] == (ms("03:01"), Evidence.CAUSE)
    assert ("sales", 5) not in found


def test_sights_stand_in_the_order_of_time() -> None:
    times = [one.at_ms for one in sights(seen(work(), commits(("09:00", "sales", 2))))]
    assert times == sorted(times)
