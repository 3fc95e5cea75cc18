"""What an event did, in a line; spans in at most two units."""

import pytest

from agentctl.model.span import span
from agentctl.timeline.words import what
from tests.builders import event


@pytest.mark.parametrize(
    ("duration_ms", "words"),
    [
        (0, "0ms"),
        (412, "412ms"),
        (1_000, "1s"),
        (5_660, "5.66s"),
        (59_999, "59s"),
        (60_000, "1m"),
        (1_831_000, "30m 31s"),
        (3_600_000, "1h"),
        (37_740_000, "10h 29m"),
        (183_600_000, "2d 3h"),
    ],
)
def test_spans(duration_ms: int, words: str) -> None:
    assert span(duration_ms) == words


def test_each_role_has_its_own_sentence() -> None:
    blog = {"format": "blog_post"}
    assert what(event(type="analysis_complete", work_item="k8s")) == "analysis_complete  k8s"
    assert what(event("content-claims", work_item="k8s", payload=blog)) == "claimed  k8s  blog_post"
    assert what(event("content-claims", type="claim_released", work_item="k8s")) == "released  k8s"
    assert what(event("content-results", work_item="k8s", payload=blog)) == "result  blog_post  k8s"
    assert (
        what(event("agent-progress", status="Draft", step=3, total=5, work_item="k8s")) == "Draft  3/5  k8s"
    )
    assert what(event("agent-progress", step=3)) == "progress  step 3"
    assert what(event("notes", payload="plain words")) == "plain words"
    assert what(event(undecodable="not UTF-8")) == "undecodable: not UTF-8"
