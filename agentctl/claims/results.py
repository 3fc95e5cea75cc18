"""Results that should not be: a second one, one without a claim, one of a holder that had been replaced."""

from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator

from agentctl.claims.sentences import listed, ordinal, show
from agentctl.claims.tenure import By, Claim, History, Result, Tenure
from agentctl.model.finding import Code, Finding, Labels, Severity
from agentctl.model.span import span


def duplicate_results(histories: Iterable[History], labels: Labels) -> Iterator[Finding]:
    """Results that are not the first: of their tenure, or since their agent's own claim."""
    for history in histories:
        times = [result.at_ms for result in history.results]
        for n, result in enumerate(history.results):
            began_ms = _since(result)
            first = n if began_ms is None else bisect_left(times, began_ms)
            if first < n:
                yield _duplicate(history, result, history.results[first], n - first + 1, labels)


def _since(result: Result) -> int | None:
    """Return from when on an earlier result makes this one a duplicate; None when none does."""
    if result.by is By.HOLDER and result.tenure is not None:
        return result.tenure.start_ms
    if result.by in (By.FORMER_HOLDER, By.LOSER) and result.own is not None:
        return result.own.tenure.start_ms
    return None


def _duplicate(history: History, result: Result, first: Result, nth: int, labels: Labels) -> Finding:
    item, tenure, own = history.work_item, result.tenure, result.own
    said = f"{result.agent} published the {ordinal(nth)} result for {item}, "
    whose = "its own first" if first.agent == result.agent else f"{first.agent}'s"
    said += f"{span(result.at_ms - first.at_ms)} after {whose}."
    keep: Result | None = None
    if tenure is not None and not history.split:
        keep = tenure.result
        if result.by is By.LOSER and own is not None:
            rest = f" {result.agent} had lost its claim {own.token};"
            said += f"{rest} {own.tenure.agent} held the item with token {own.tenure.token}."
        elif result.by is By.FORMER_HOLDER:
            said += f" {tenure.agent} had taken the item over, token {tenure.token}."
        elif first.by is not By.HOLDER:
            said += f" {result.agent} held the item, token {tenure.token}: its result is the one that counts."
    return Finding(
        id=labels.next(Code.DUPLICATE_RESULT),
        code=Code.DUPLICATE_RESULT,
        severity=Severity.PROBLEM,
        title="duplicate result",
        explanation=said,
        events=(result.place, first.place),
        evidence={
            "work_item": item,
            "agent": result.agent,
            "by": result.by.value,
            "nth": nth,
            "first_agent": first.agent,
            "gap_ms": result.at_ms - first.at_ms,
            "holder": _holder(history, tenure),
            "token": _token(history, tenure),
            "keep": None if keep is None else str(keep.place),
        },
        next=(show(item),),
        flags=(result.place,),
    )


def results_without_claim(
    histories: Iterable[History], labels: Labels, claimed_topics: Collection[str]
) -> Iterator[Finding]:
    """Results by agents that had no claim, where claims are the custom: on the item, or in that topic.

    ``claimed_topics`` are the topics in which some result is on an item that was claimed.
    """
    for history in histories:
        for n, result in enumerate(history.results):
            if result.by not in (By.NOBODY, By.WITHDRAWN) or not history.certain(result.at_ms):
                continue
            if history.claims or result.fact.partition[0] in claimed_topics:
                yield _without(history, result, n, labels)


def _without(history: History, result: Result, before: int, labels: Labels) -> Finding:
    item, tenure = history.work_item, result.tenure
    withdrew = result.by is By.WITHDRAWN
    said = f"{result.agent} published a result for {item} "
    said += "after it had withdrawn its claim" if withdrew else "without a claim on it"
    if tenure is None:
        others = sorted({claim.agent for claim in history.claims})
        said += f"; {listed(others)} claimed it only later." if others else "; nobody had claimed it."
    elif history.split:
        said += "; others had."
    else:
        held = "had held" if _over(tenure, result.at_ms) else "held"
        said += f"; {tenure.agent} {held} it, token {tenure.token}."
    return Finding(
        id=labels.next(Code.RESULT_WITHOUT_CLAIM),
        code=Code.RESULT_WITHOUT_CLAIM,
        severity=Severity.WARNING,
        title="result without claim",
        explanation=said,
        events=(result.place,),
        evidence={
            "work_item": item,
            "agent": result.agent,
            "withdrew": withdrew,
            "holder": _holder(history, tenure),
            "token": _token(history, tenure),
            "results_before": before,
        },
        next=(show(item),) if history.claims else (),
    )


def zombie_results(histories: Iterable[History], labels: Labels) -> Iterator[Finding]:
    """Results of former holders after another agent had taken over."""
    for history in histories:
        if history.split:
            continue
        for result in history.results:
            tenure, own = result.tenure, result.own
            if result.by is By.FORMER_HOLDER and tenure is not None and own is not None:
                yield _zombie(history, result, own, tenure, labels)


def _zombie(history: History, result: Result, own: Claim, tenure: Tenure, labels: Labels) -> Finding:
    item, former = history.work_item, own.tenure
    end_ms = former.known_end_ms if former.end_ms is None else former.end_ms
    late_ms = None if end_ms is None else result.at_ms - end_ms
    late = "" if late_ms is None else f", {span(late_ms)} after its lease had ended"
    return Finding(
        id=labels.next(Code.ZOMBIE_RESULT),
        code=Code.ZOMBIE_RESULT,
        severity=Severity.PROBLEM,
        title="zombie result",
        explanation=(
            f"{result.agent} published a result for {item} on its old claim {own.token}{late}; "
            f"{tenure.agent} had taken the item over {span(result.at_ms - tenure.start_ms)} before, "
            f"token {tenure.token}. Only that token counts."
        ),
        events=(result.place, own.place, tenure.claim.place),
        evidence={
            "work_item": item,
            "agent": result.agent,
            "token": own.token,
            "lease_end_ms": end_ms,
            "holder": tenure.agent,
            "holder_token": tenure.token,
            "taken_over_ms": tenure.start_ms,
            "late_ms": late_ms,
        },
        next=(show(item),),
        flags=(result.place,),
    )


def _over(tenure: Tenure, at_ms: int) -> bool:
    """Whether a tenure had ended by that moment."""
    if tenure.end_ms is not None:
        return tenure.end_ms <= at_ms
    return not tenure.lives(at_ms)


def _holder(history: History, tenure: Tenure | None) -> str | None:
    return None if tenure is None or history.split else tenure.agent


def _token(history: History, tenure: Tenure | None) -> str | None:
    return None if tenure is None or history.split else tenure.token
