"""The signs that timelines are drawn with; every one takes one cell, in both sets."""

from dataclasses import dataclass

from agentctl.model.timeline import Mark


@dataclass(frozen=True, slots=True)
class Glyphs:
    """One set of signs."""

    marks: dict[Mark, str]
    working: str
    """Between a claim or progress and what follows from it."""
    waiting: str
    """Between two other marks of an agent."""
    open: str
    """In a row: the lane's agent is between its first and last event."""
    idle: str
    flag: str
    downstream: str
    """Before the labels of what an event stands causally after."""
    lost: str
    """A claim that lost."""
    moved: str
    """Behind the number of a row that was moved after its cause."""
    silence: str
    """The break of the axis, in the rows and in the picture. Two cells in ASCII."""
    rule: str
    times: str
    cause: str


UNICODE = Glyphs(
    marks={
        Mark.TASK: "●",
        Mark.CLAIM: "◆",
        Mark.PROGRESS: "▸",
        Mark.RESULT: "■",
        Mark.OTHER: "○",
        Mark.UNDECODABLE: "?",
    },
    working="▸",
    waiting="─",
    open="│",
    idle=".",
    flag="⚑",
    downstream="↳",
    lost="◇",
    moved="↓",
    silence="⫽",
    rule="─",
    times="×",
    cause="←",
)
ASCII = Glyphs(
    marks={
        Mark.TASK: "o",
        Mark.CLAIM: "C",
        Mark.PROGRESS: ">",
        Mark.RESULT: "R",
        Mark.OTHER: "*",
        Mark.UNDECODABLE: "?",
    },
    working=">",
    waiting="-",
    open="|",
    idle=".",
    flag="!",
    downstream="~",
    lost="c",
    moved="v",
    silence="//",
    rule="-",
    times="x",
    cause="<-",
)
"""``o C c R > ! //`` in the documentation; the small c is a claim that was lost."""
