"""A session is what one agent does on one item of a workflow, until a result, a release or a late claim."""

from tests.claims.logs import Log
from tests.timeline.scenes import seen

MINUTE = 60_000


def sessions(log: Log) -> list[int | None]:
    return seen(log).sessions.of


def test_agents_items_and_workflows_each_have_their_own() -> None:
    log = Log()
    log.claim("sales", "03:00")
    log.claim("content", "03:01")
    log.claim("sales", "03:02", item="another")
    log.claim("sales", "03:03", workflow_id="v")
    log.progress("sales", "03:04")
    assert sessions(log) == [0, 1, 2, 3, 0]


def test_a_task_and_what_names_no_agent_or_item_are_no_work() -> None:
    log = Log()
    log.task("03:00")
    log.progress(None, "03:01")
    log.progress("sales", "03:02", item=None)
    assert sessions(log) == [None, None, None]


def test_a_claim_after_a_result_or_a_release_begins_anew() -> None:
    log = Log()
    claim = log.claim("sales", "03:00", ttl_ms=60 * MINUTE)
    log.result("sales", "03:01")
    log.claim("sales", "03:02", ttl_ms=60 * MINUTE)
    log.release("sales", "03:03", claim)
    log.claim("sales", "03:04", ttl_ms=60 * MINUTE)
    assert sessions(log) == [0, 0, 1, 1, 2]


def test_what_trails_behind_the_end_belongs_to_the_work_before() -> None:
    log = Log()
    claim = log.claim("sales", "03:00", ttl_ms=60 * MINUTE)
    log.result("sales", "03:01")
    log.progress("sales", "09:00")
    log.release("sales", "09:01", claim)
    log.result("sales", "09:02")
    assert sessions(log) == [0] * 5


def test_who_does_not_claim_begins_anew_with_progress_after_its_result() -> None:
    log = Log()
    log.progress("sales", "03:00")
    log.result("sales", "03:01")
    log.progress("sales", "04:00")
    log.result("sales", "04:01")
    assert sessions(log) == [0, 0, 1, 1]


def test_a_claim_within_the_lease_goes_on_and_one_after_it_begins_anew() -> None:
    log = Log()
    claim = log.claim("sales", "03:00", ttl_ms=10 * MINUTE)
    log.claim("sales", "03:05", ttl_ms=10 * MINUTE)
    log.renew("sales", "03:14", claim, ttl_ms=10 * MINUTE)
    log.claim("sales", "03:23", ttl_ms=MINUTE)
    log.claim("sales", "03:24", ttl_ms=MINUTE)
    assert sessions(log) == [0, 0, 0, 0, 1]


def test_without_a_known_ttl_or_time_a_lease_has_no_end() -> None:
    log = Log()
    log.claim("sales", "03:00")
    log.claim("sales", "23:00")
    log.claim("sales", None, ttl_ms=1)
    log.claim("sales", "23:30", ttl_ms=1)
    assert sessions(log) == [0, 0, 0, 0]


def test_progress_after_the_lease_is_still_the_same_work() -> None:
    log = Log()
    log.claim("sales", "03:00", ttl_ms=1)
    log.progress("sales", "09:00")
    assert seen(log).sessions.members() == [[0, 1]]
