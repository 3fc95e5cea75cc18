"""``python -m tests.nights``: measure the nights; ``--write`` puts the table into docs/findings.md."""

import sys

from tests.nights.table import DOCUMENT, table, written

if sys.argv[1:] == ["--write"]:
    DOCUMENT.write_text(written(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
else:
    sys.stdout.write(table())
