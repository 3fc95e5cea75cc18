"""Causes are stated, else inferred from what an agent did, was reading and could have read; always marked."""

from agentctl.model.event import Event
from agentctl.timeline.causes import Link, downstream, effects_of
from tests.builders import event, ms
from tests.claims.logs import RESEARCH, RESULTS, Log
from tests.timeline.scenes import causes, commits, seen

MINUTE = 60_000


def test_a_stated_cause_counts_by_id_and_by_place() -> None:
    log = Log()
    task = log.task("03:00", event_id="task-1")
    log.claim("sales", "03:01", cause="task-1")
    log.claim("content", "03:02", cause=task)
    assert causes(seen(log)) == [None, (0, "stated"), (0, "stated")]


def test_what_states_nothing_follows_from_the_newest_news_on_the_item() -> None:
    log = Log()
    log.task("03:00")
    log.task("03:01")
    log.task("03:02", item="another")
    log.claim("sales", "03:03")
    assert causes(seen(log))[3] == (1, "inferred")


def test_a_rivals_claim_or_progress_makes_nobody_begin() -> None:
    log = Log(ttl_ms=None)
    log.task("03:00")
    log.claim("sales", "03:01", ttl_ms=60 * MINUTE)
    log.progress("sales", "03:02")
    log.claim("content", "03:03", ttl_ms=60 * MINUTE)
    assert causes(seen(log))[3] == (0, "inferred")


def test_every_further_act_follows_from_the_act_before() -> None:
    log = Log()
    log.task("03:00")
    log.claim("sales", "03:01")
    log.progress("sales", "03:02")
    log.task("03:03")
    log.result("sales", "03:04")
    assert causes(seen(log)) == [None, (0, "inferred"), (1, "inferred"), None, (2, "inferred")]


def test_a_cause_that_is_named_late_was_the_cause_from_the_beginning() -> None:
    log = Log()
    old = log.task("03:00")
    log.task("03:01")
    log.claim("sales", "03:02")
    log.result("sales", "03:20", cause=old)
    assert causes(seen(log))[2:] == [(0, "inferred"), (0, "stated")]


def test_a_cause_that_came_after_the_beginning_was_not() -> None:
    log = Log()
    log.task("03:00")
    log.claim("sales", "03:02")
    later = log.task("03:05")
    log.result("sales", "03:20", cause=later)
    assert causes(seen(log))[1] == (0, "inferred")


def test_who_states_an_unknown_cause_is_told_no_other_one() -> None:
    log = Log()
    log.task("03:00")
    log.claim("sales", "03:01", cause="nowhere")
    assert causes(seen(log))[1] is None


class TestTakingOver:
    """A claim on an item that somebody held follows from what freed the item."""

    def held(self, *, ttl: int = 10 * MINUTE) -> Log:
        log = Log()
        log.task("03:00")
        log.claim("sales", "03:01", ttl_ms=ttl)
        return log

    def test_the_end_of_the_lease(self) -> None:
        log = self.held()
        log.claim("content", "03:11", ttl_ms=MINUTE)
        assert causes(seen(log))[2] == (1, "inferred")

    def test_not_before_it_ended(self) -> None:
        log = self.held()
        log.claim("content", ms("03:11") - 1, ttl_ms=MINUTE)
        assert causes(seen(log))[2] == (0, "inferred")

    def test_a_lost_claim_and_its_withdrawal_free_nothing_and_hide_nothing(self) -> None:
        log = self.held()
        lost = log.claim("seo", "03:02", ttl_ms=60 * MINUTE)
        log.release("seo", "03:03", token=lost)
        log.claim("content", "03:30", ttl_ms=MINUTE)
        assert causes(seen(log))[4] == (1, "inferred")

    def test_a_renewal_moves_the_end(self) -> None:
        log = self.held()
        log.renew("sales", "03:05", None, ttl_ms=60 * MINUTE)
        log.claim("content", "03:30", ttl_ms=MINUTE)
        assert causes(seen(log))[3] == (0, "inferred")

    def test_a_release_frees_it_at_once(self) -> None:
        log = self.held()
        log.release("sales", "03:02", None)
        log.claim("content", "03:40", ttl_ms=MINUTE)
        assert causes(seen(log))[3] == (2, "inferred")

    def test_the_holders_result_ends_the_story_and_a_strangers_does_not(self) -> None:
        done, not_done = self.held(), self.held()
        done.result("sales", "03:02")
        done.claim("content", "03:30", ttl_ms=MINUTE)
        not_done.result("seo", "03:02")
        not_done.claim("content", "03:30", ttl_ms=MINUTE)
        assert causes(seen(done))[3] == (2, "inferred")
        assert causes(seen(not_done))[3] == (1, "inferred")

    def test_a_task_that_came_when_nobody_held_it_calls_for_the_claim(self) -> None:
        log = self.held()
        log.task("05:00")
        log.claim("content", "05:01", ttl_ms=MINUTE)
        assert causes(seen(log))[3] == (2, "inferred")

    def test_an_agent_that_claims_again_after_its_own_lease_answers_no_event(self) -> None:
        log = self.held()
        log.claim("sales", "03:30", ttl_ms=MINUTE)
        scene = seen(log)
        assert causes(scene)[2] == (1, "inferred")
        assert scene.foreign[2] == 1


class TestWhatWasRead:
    """Commits rule out what a group had not read, and show what it was just reading."""

    def asked_twice(self) -> Log:
        log = Log()
        log.task("03:00")
        log.task("03:10")
        log.claim("sales", "03:20")
        return log

    def test_the_newest_that_could_have_been_read(self) -> None:
        history = commits(("03:19", "sales-team", 0), ("03:21", "sales-team", 1), ("03:30", "sales-team", 2))
        assert causes(seen(self.asked_twice(), history))[2] == (0, "inferred")

    def test_a_group_that_had_read_both(self) -> None:
        history = commits(("03:01", "sales-team", 1), ("03:11", "sales-team", 2))
        assert causes(seen(self.asked_twice(), history))[2] == (1, "inferred")

    def test_another_agents_commits_say_nothing(self) -> None:
        history = commits(("03:01", "seo", 1))
        assert causes(seen(self.asked_twice(), history))[2] == (1, "inferred")

    def test_what_was_just_being_read_outweighs_the_end_of_a_lease(self) -> None:
        log = Log()
        log.task("03:00")
        log.claim("content", "03:01", ttl_ms=MINUTE)
        log.claim("sales", "05:00", ttl_ms=MINUTE)
        reading = commits(("04:59", "sales", 0), ("05:01", "sales", 1))
        had_read = commits(("03:01", "sales", 1), ("05:01", "sales", 1))
        assert causes(seen(log, reading))[2] == (0, "inferred")
        assert causes(seen(log, had_read))[2] == (1, "inferred")


def test_an_inference_never_closes_a_circle() -> None:
    """The task states the result as its cause, and stands before it in its partition."""
    log = Log()
    log.task("03:00", cause="result")
    log.write(RESEARCH, "sales", "03:05", type="note", cause="claim")
    log.claim("sales", "03:01", event_id="claim")
    log.result("sales", "03:10", event_id="result")
    scene = seen(log)
    assert scene.circles == frozenset()


def test_a_circle_of_stated_causes_is_known() -> None:
    scene = seen(
        [event(offset=n, at=n, event_id=f"e{n}", cause=f"e{(n + 1) % 3}", agent=f"a{n}") for n in range(3)]
    )
    assert scene.circles == {0, 1, 2}
    assert scene.after((0,))[0] == (1, 2)


def test_the_foreign_cause_is_the_nearest_by_another_agent() -> None:
    log = Log()
    log.task("03:00")
    log.claim("sales", "03:01")
    log.progress("sales", "03:02")
    result = log.result("sales", "03:03")
    log.write(RESULTS, "editor", "03:04", item=None, cause=result)
    assert seen(log).foreign == (None, 0, 0, 0, 3)


def chain(length: int) -> list[Event]:
    return [
        event(offset=n, at=n, event_id=f"e{n}", cause=f"e{n - 1}" if n else None, agent=f"a{n % 2}")
        for n in range(length)
    ]


def test_downstream_is_everything_causally_after_and_no_more() -> None:
    scene = seen([*chain(5), event("agent-progress", at=9)])
    assert scene.after((1,)) == ((2, 3, 4), False)
    assert scene.after((0, 3)) == ((1, 2, 4), False)


def test_of_much_downstream_the_nearest_is_returned() -> None:
    links = [None, *(Link(n // 2, seen(chain(2)).links[1].kind) for n in range(1, 100))]  # type: ignore[union-attr]
    nearest, more = downstream(effects_of(links), (1,), most=4)
    assert (nearest, more) == ((2, 3, 4, 5), True)
