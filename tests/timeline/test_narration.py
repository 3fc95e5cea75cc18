"""A story that goes on: rows and findings once each, labels for good, and memory that stays bounded."""

from collections.abc import Sequence

from agentctl.claims.terms import Terms
from agentctl.model.event import Event
from agentctl.model.finding import Code
from agentctl.timeline import narration
from agentctl.timeline.follow import Shown
from agentctl.timeline.narration import GRACE_MS, Narration, Update
from agentctl.timeline.order import Gathering
from agentctl.timeline.story import Knowledge, tell
from agentctl.timeline.verdicts import Claims
from tests.builders import event, ms

LEASE_MS = 30 * 60_000


def terms(events: Sequence[Event]) -> dict[str, Terms]:
    return {one.record.topic: Terms(LEASE_MS, None, 15 * 60_000) for one in events}


def going_on(*before: Event, now: str = "03:00", most: int = narration.MOST_KEPT) -> Narration:
    gathering = Gathering()
    for one in before:
        gathering.add(one)
    story = tell(gathering, ("w",), knowledge=Knowledge(claims=Claims(terms(before), ms(now))))
    return Narration(story, terms, lambda _topic: 15 * 60_000, now_ms=ms(now), most=most)


def told(narrated: Narration, at: str, *events: Event, late: bool = False) -> Update:
    narrated.add([Shown(one, reordered=False, late=late) for one in events], ms(at))
    update = narrated.tell(ms(at))
    assert update is not None
    return update


TASK = event("research-events", at="03:00", agent="research", work_item="k8s", event_id="t")
CLAIM = event("content-claims", at="03:01", agent="seo", work_item="k8s", event_id="c", cause="t")
RIVAL = event(
    "content-claims", at="03:01:01", offset=1, agent="sales", work_item="k8s", event_id="r", cause="t"
)
WORK = event("agent-progress", at="03:02", agent="seo", work_item="k8s", event_id="p", cause="c")


def test_only_new_rows_are_new_and_numbers_go_on() -> None:
    narrated = going_on(TASK)
    update = told(narrated, "03:01", CLAIM)
    assert [row["event_id"] for row in update.rows] == ["c"]
    assert [(row["n"], row["cause"], row["gap_ms"]) for row in update.rows] == [(2, 1, 60_000)]
    assert [row["event_id"] for row in told(narrated, "03:02", WORK).rows] == ["p"]


def test_where_nothing_is_new_nothing_is_told() -> None:
    assert going_on(TASK).tell(ms("03:01")) is None


def test_a_late_event_says_so_in_its_row_and_on_the_screen() -> None:
    update = told(going_on(TASK, WORK), "03:03", CLAIM, late=True)
    assert [row["late"] for row in update.rows] == [True]
    assert update.view.timeline is not None
    assert "came late" in str(update.view.timeline.entries[-1])


def test_a_finding_is_told_once_when_it_becomes_true_and_rows_bear_its_label() -> None:
    narrated = going_on(TASK, CLAIM)
    update = told(narrated, "03:02", RIVAL)
    assert [(one.id, one.code) for one in update.findings] == [("C1", Code.CLAIM_CONFLICT)]
    assert [row["findings"] for row in update.rows] == [["C1"]]
    assert told(narrated, "03:03", WORK).findings == ()


def test_time_alone_makes_a_lease_end() -> None:
    narrated = going_on(TASK, CLAIM, WORK)
    assert narrated.tell(ms("03:30")) is None
    update = narrated.tell(ms("03:32"))
    assert update is not None
    assert [(one.id, one.code) for one in update.findings] == [("O1", Code.ORPHANED_CLAIM)]
    assert update.rows == []
    assert narrated.tell(ms("03:33")) is None


def test_labels_go_on_from_the_first_answer_and_never_change() -> None:
    others = [
        event("content-claims", at="03:05", offset=n, partition=1, agent=name, work_item="rag", event_id=name)
        for n, name in enumerate(("content", "oracle"))
    ]
    narrated = going_on(TASK, CLAIM, RIVAL, now="03:04")
    update = told(narrated, "03:06", *others)
    assert [one.id for one in update.findings] == ["C2"]
    labels = [row["findings"] for row in update.view.rows if row["event_id"] == "r"]
    assert labels == [["C1"]]


def test_what_is_missing_may_still_arrive_before_it_is_called_missing() -> None:
    narrated = going_on(TASK)
    effect = event(at="03:01", offset=1, agent="seo", event_id="x", cause="elsewhere")
    assert told(narrated, "03:01", effect).findings == ()
    assert narrated.tell(ms("03:01") + GRACE_MS - 1) is None
    update = narrated.tell(ms("03:01") + GRACE_MS)
    assert update is not None
    assert [one.code for one in update.findings] == [Code.UNKNOWN_CAUSE]


def test_no_more_than_a_bound_is_kept_and_what_is_forgotten_accuses_nobody() -> None:
    narrated = going_on(most=20)
    kept = []
    codes = set()
    forgotten = 0
    for n in range(40):
        item = f"item-{n}"
        at_ms = ms("03:00") + n * 60_000
        work = [
            event("content-claims", at=at_ms, offset=n, agent="seo", work_item=item, event_id=f"c{n}"),
            event(
                "content-results",
                *(),
                at=at_ms + 30_000,
                offset=n,
                agent="seo",
                work_item=item,
                event_id=f"r{n}",
                cause=f"c{n}",
            ),
        ]
        narrated.add([Shown(one, reordered=False, late=False) for one in work], at_ms + 30_000)
        update = narrated.tell(at_ms + 40_000)
        assert update is not None
        assert [row["event_id"] for row in update.rows] == [f"c{n}", f"r{n}"]
        assert update.rows[1]["cause"] == update.rows[0]["n"]
        codes |= {one.code for one in update.findings}
        forgotten += update.forgotten
        kept.append(len(narrated.shown))
    assert max(kept) <= 20 + 2
    assert forgotten + kept[-1] == 80
    assert codes <= {Code.SILENCE}
    back = event("content-results", at=ms("06:00"), offset=99, agent="seo", work_item="item-0", event_id="z")
    update = told(narrated, "06:00", back)
    later = narrated.tell(ms("06:01"))
    found = {one.code for one in (*update.findings, *(later.findings if later else ()))}
    assert Code.RESULT_WITHOUT_CLAIM not in found


def test_claims_of_others_on_the_same_item_count_without_being_rows() -> None:
    narrated = going_on(TASK, CLAIM)
    narrated.add_around(RIVAL)
    update = told(narrated, "03:02", WORK)
    assert [row["event_id"] for row in update.rows] == ["p"]
    assert [one.code for one in update.findings] == [Code.CLAIM_CONFLICT]
