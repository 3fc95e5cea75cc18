"""One workflow costs few requests, counted before the object store by somebody else than the program."""

from pathlib import Path

from tests.bench.archive_reach import reach_rows


def test_a_workflow_is_restored_in_the_promised_number_of_requests(tmp_path: Path) -> None:
    found = reach_rows(tmp_path, events=45_000)
    assert [(one.name, one.requests <= one.allowed + one.objects) for one in found] == [
        ("restore: with a day named", True),
        ("restore: with no time", True),
    ]
    for one in found:
        assert one.objects == 4
        # Of an archive this small a lookup is a large part; make bench has the million.
        assert 0 < one.share < 0.1
