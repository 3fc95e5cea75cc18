"""Every rule has its paragraph, and no paragraph is of a rule that is not there."""

import re

from tests.harness import ROOT

_RULE = re.compile(r"\b[A-Z]+(?:_[A-Z]+)+\b")
_FILES = ("comparing.py", "leaves.py")


def test_the_page_tells_of_every_rule_of_avro() -> None:
    page = (ROOT / "docs" / "schema.md").read_text(encoding="utf-8").partition("## Rules")[2]
    folder = ROOT / "agentctl" / "schemas" / "avro"
    code = "".join((folder / name).read_text(encoding="utf-8") for name in _FILES)
    found = set(re.findall(r'"([A-Z]+(?:_[A-Z]+)+)"', code))
    assert len(found) > 15
    assert set(_RULE.findall(page)) == found
