"""What is wrong with an archive, as a View."""

from collections.abc import Sequence

from agentctl.archive.faults import Fault
from agentctl.archive.keys import ObjectKey
from agentctl.model.coverage import Coverage
from agentctl.model.view import Column, Kind, Row, View

_COLUMNS = (
    Column("fault", "FAULT"),
    Column("block", "BLOCK", Kind.NUMBER),
    Column("key", "WHERE"),
    Column("explanation", "WHAT"),
    Column("mend", "MEND", wrapped=True),
)
_NAMED = 5
"""So many files are named on screens; machines get all."""


def verify_view(
    address: str,
    faults: Sequence[Fault],
    counts: dict[str, object],
    *,
    deep: bool,
    frozen: Sequence[str],
    foreign: Sequence[str],
    begins: Sequence[ObjectKey],
    pending: int,
) -> View:
    """Show a row for each fault. An archive of which a part is frozen is partly checked."""
    notes = []
    if not faults:
        notes.append("nothing is wrong" + ("" if deep else "; --deep decodes every record, too"))
    if foreign:
        notes.append(f"{_files(len(foreign))} none of agentctl's: {_some(foreign)}")
    notes += [
        f"{key.topic}[{key.partition}] begins at offset {key.position}: what was before expired or is lost"
        for key in begins
    ]
    if pending:
        notes.append(f"{pending:,} of the objects wait for their lookups; agentctl archive index makes them")
    reasons = []
    if frozen:
        reasons.append(
            f"{len(frozen):,} objects are frozen and were checked by their sidecars only: {_some(frozen)}"
        )
    return View(
        name="archive-verify",
        title=f"archive {address}",
        columns=_COLUMNS,
        rows=[_row(fault) for fault in faults],
        summary={
            "faults": len(faults),
            **counts,
            "deep": deep,
            "frozen": list(frozen),
            "foreign": list(foreign),
            "pending": pending,
        },
        facts=(
            f"{counts['objects']:,} objects",
            f"{len(faults):,} fault{'' if len(faults) == 1 else 's'}",
        ),
        notes=tuple(notes),
        coverage=Coverage(complete=not frozen, reasons=tuple(reasons)),
        problem=bool(faults),
        fail_on_problems=True,
    )


def _files(count: int) -> str:
    return "1 file is" if count == 1 else f"{count:,} files are"


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _row(fault: Fault) -> Row:
    return {
        "key": fault.key,
        "block": fault.block,
        "fault": fault.kind.value,
        "explanation": fault.explanation,
        "mend": fault.mend,
    }
