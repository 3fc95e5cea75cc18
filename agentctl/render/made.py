"""How an answer was made, for reports: command and versions, window, coverage, and what was left out."""

from collections.abc import Iterator, Sequence

from agentctl.model.coverage import Coverage, Pruned
from agentctl.model.instant import instant
from agentctl.model.view import View

_NOT_READ = {
    Pruned.TIME: "hold nothing of the window",
    Pruned.KEY: "cannot hold the key",
    Pruned.EMPTY: "are empty",
}


def made(view: View, left_out: Sequence[str] = ()) -> Iterator[tuple[str, str]]:
    """Give each thing that a reader must know to trust or repeat the answer, with its title.

    ``left_out`` is what the renderer itself leaves out, in sentences.
    """
    yield from view.provenance
    if view.window is not None:
        yield "window", _window(view)
    if view.coverage is not None:
        yield "coverage", _covered(view.coverage)
        for reason in view.coverage.reasons or (() if view.coverage.complete else ("it is not known why",)):
            yield "not read", reason
        for remark in view.coverage.remarks:
            yield "remark", remark
    gone = [*_left_out(view), *left_out]
    for sentence in gone or ["nothing of what was found"]:
        yield "left out", sentence


def _window(view: View) -> str:
    window = view.window
    if window is None or not window.bounded:
        return "all that the topics hold"
    since = "the beginning" if window.since_ms is None else instant(window.since_ms)
    until = "the end" if window.until_ms is None else instant(window.until_ms)
    return f"from {since} to before {until}"


def _covered(coverage: Coverage) -> str:
    parts: list[str] = []
    if coverage.partitions:
        read = f"{_count(coverage.records_scanned, 'record')} in {_count(len(coverage.topics), 'topic')} read"
        parts.append(f"{read}, {_count(len(coverage.partitions), 'partition')}")
    for pruned, why in _NOT_READ.items():
        number = sum(part.pruned is pruned for part in coverage.partitions)
        if number:
            parts.append(f"{number:,} of them {why}")
    lost = sum(part.lost for part in coverage.partitions)
    if lost:
        parts.append(f"{_count(lost, 'record')} gone before they could be read")
    if coverage.undecodable:
        parts.append(f"{coverage.undecodable:,} undecodable")
    if coverage.max_inversion_ms:
        parts.append(f"times up to {coverage.max_inversion_ms:,} ms out of order")
    state = "complete" if coverage.complete else "PARTIAL"
    if coverage.complete and coverage.as_of_ms is not None:
        state += f" up to {instant(coverage.as_of_ms)}"
    return f"{state}: {'; '.join(parts)}" if parts else state


def _left_out(view: View) -> Iterator[str]:
    redacted = view.summary.get("redacted")
    if isinstance(redacted, Sequence) and redacted:
        yield f"redacted: {', '.join(map(str, redacted))}"
    more = view.summary.get("more")
    if isinstance(more, int) and more > 0:
        yield f"{_count(more, 'event')} beyond the limit"


def _count(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
