"""What came of a proof, as a View: the first events that fail or change, and exactly what was covered."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from agentctl.model.coverage import Coverage, PartitionCoverage
from agentctl.model.instant import instant
from agentctl.model.query import Query
from agentctl.model.view import Column, Kind, Row, Shown, View
from agentctl.schemas.check_view import FailOn
from agentctl.schemas.proving import Fate, Tally
from agentctl.schemas.proving import Shown as Example
from agentctl.schemas.verdict import Change, Effect, worst

_COLUMNS = (
    Column("place", "PLACE"),
    Column("version", "VERSION"),
    Column("class", "CLASS"),
    Column("direction", "DIRECTION", shown=Shown.WIDE),
    Column("path", "PATH"),
    Column("was", "WAS", Kind.DATA),
    Column("becomes", "BECOMES", Kind.DATA),
    Column("reason", "REASON", wrapped=True),
)
_NAMED = 5
"""So many sources, schemas and rules are named on screens; machines get all."""
_CLASSES = {Fate.FAILED: "failed", Fate.CHANGED: "changed"}


@dataclass(frozen=True, slots=True)
class Proof:
    """What was proved, and how."""

    candidate: str
    """The candidate's name for people: its file."""
    type: str | None
    query: Query
    fail_on: FailOn
    compared: Sequence[Change] | None = None
    """What the schemas alone say; None where there is no old one to compare with."""
    traps: Sequence[str] = ()
    """Where a library silently gives something else than the specification says."""
    remarks: Sequence[str] = ()


def prove_view(proof: Proof, tally: Tally, coverage: Coverage) -> View:
    """Show a row for each of the first places that fail or change."""
    failed, changed = tally.failed, tally.changed
    complete = coverage.complete and not tally.unread
    unread = tuple(f"{count:,} events were not proved: {why}" for why, count in sorted(tally.unread.items()))
    problem = (failed and proof.fail_on is not FailOn.NONE) or (changed and proof.fail_on is FailOn.DATA)
    return View(
        name="schema-prove",
        title=f"{proof.type} as {proof.candidate}" if proof.type else f"events as {proof.candidate}",
        columns=_COLUMNS,
        rows=[_row(one) for one in tally.first()],
        summary={
            "events": tally.events,
            "versions": dict(sorted(tally.versions.items())),
            "failed": failed,
            "value_changed": changed,
            "schema_ids": dict(sorted(tally.ids.items())),
            "compared": None if proof.compared is None else worst(proof.compared).value,
            "never_happened": _never_happened(proof, tally) and complete,
            "traps": list(proof.traps),
            "covered": _covered(proof, tally, coverage, complete=complete),
        },
        facts=(f"{tally.events:,} {_events(tally.events)}", f"{failed:,} fail", f"{changed:,} change value"),
        notes=tuple(_notes(proof, tally, coverage)),
        window=proof.query.window if proof.query.window.bounded else None,
        coverage=replace(coverage, complete=complete, reasons=(*coverage.reasons, *unread)),
        nothing=None if tally.events else _nothing(proof),
        problem=bool(problem),
        fail_on_problems=True,
    )


def _row(shown: Example) -> Row:
    issue = shown.issue
    return {
        "place": shown.place,
        "version": shown.version,
        "class": _CLASSES[issue.fate],
        "direction": shown.direction,
        "path": issue.path,
        "was": issue.was,
        "becomes": issue.becomes,
        "reason": issue.reason,
    }


def _never_happened(proof: Proof, tally: Tally) -> bool:
    """Whether the schemas alone say breaking, and no event does."""
    breaking = proof.compared is not None and worst(proof.compared) is Effect.BREAKING
    return breaking and tally.events > 0 and not tally.failed


def _notes(proof: Proof, tally: Tally, coverage: Coverage) -> Iterator[str]:
    if tally.events:
        yield _sentence(proof, tally)
    if _never_happened(proof, tally):
        rules = list(dict.fromkeys(one.rule for one in proof.compared or () if one.effect is Effect.BREAKING))
        up_to = "" if tally.last_ms is None else f" up to {instant(tally.last_ms)}"
        yield (
            f"the schemas alone say breaking ({_some(rules)}): that never happened in {tally.events:,} "
            f"{_events(tally.events)}{up_to}; what is written from now on may still do it"
        )
    covered = list(_places(coverage.partitions))
    if covered:
        times = (
            ""
            if tally.first_ms is None or tally.last_ms is None
            else f"; events of {instant(tally.first_ms)} … {instant(tally.last_ms)}"
        )
        sampled = (
            "" if proof.query.tail is None else f", of each partition the last {proof.query.tail:,} offsets"
        )
        yield f"covered: {_some(covered)}{sampled}{times}"
    hidden = tally.failed + tally.changed - len({one[:3] for one in tally.first()})
    if hidden > 0:
        yield f"{hidden:,} more that fail or change are counted and not shown"
    if len(tally.ids) > 1:
        ids = [f"{name} ({count:,})" for name, count in sorted(tally.ids.items())]
        yield f"they name {len(ids)} schemas, and all were read with the same old one: {_some(ids)}"
    for trap in proof.traps[:_NAMED]:
        yield f"a consumer with fastavro: {trap}"
    yield from proof.remarks


def _sentence(proof: Proof, tally: Tally) -> str:
    versions = sorted(tally.versions)
    of = f"v{', v'.join(versions)}" if len(versions) <= _NAMED else f"{len(versions)} versions"
    fine = tally.events - tally.failed
    those = f"{fine:,}" if not tally.failed else f"{fine:,} of {tally.events:,}"
    return (
        f"{those} {_events(tally.events)} ({of}) can be read with {proof.candidate}; "
        f"{tally.failed:,} fail, {tally.changed:,} change value"
    )


def _places(partitions: Sequence[PartitionCoverage]) -> Iterator[str]:
    """Say of each source and topic which offsets were read."""
    groups: dict[tuple[str, str], list[PartitionCoverage]] = {}
    for one in partitions:
        if one.first is not None and one.last is not None:
            groups.setdefault((one.source, one.topic), []).append(one)
    for (source, topic), own in groups.items():
        offsets = sum((one.last or 0) - (one.first or 0) + 1 for one in own)
        if len(own) == 1:
            yield f"{source} {topic}[{own[0].partition}] from {own[0].first:,} to {own[0].last:,}"
        else:
            yield f"{source} {topic} in {len(own)} partitions, {offsets:,} offsets"


def _covered(proof: Proof, tally: Tally, coverage: Coverage, *, complete: bool) -> Row:
    window = proof.query.window
    return {
        "complete": complete,
        "sample": proof.query.tail,
        "since": None if window.since_ms is None else instant(window.since_ms),
        "until": None if window.until_ms is None else instant(window.until_ms),
        "first_time": None if tally.first_ms is None else instant(tally.first_ms),
        "last_time": None if tally.last_ms is None else instant(tally.last_ms),
        "partitions": [
            {
                "source": one.source,
                "topic": one.topic,
                "partition": one.partition,
                "first": one.first,
                "last": one.last,
                "records": one.scanned,
            }
            for one in coverage.partitions
        ],
    }


def _nothing(proof: Proof) -> str:
    return f"no event of type {proof.type} was found" if proof.type else "there is no event to prove it on"


def _events(count: int) -> str:
    return "event" if count == 1 else "events"


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
