"""The moments between the steps of the protocol, for those who want to disturb it."""

from enum import StrEnum


class Step(StrEnum):
    """Between two steps of the protocol anything can happen to a process; a simulation makes it happen."""

    BEFORE_WRITING = "before writing"
    WRITTEN = "written"
    READ_BACK = "read back"
    JUDGED = "judged"
    BEFORE_WITHDRAWING = "before withdrawing"
    WITHDRAWN = "withdrawn"
