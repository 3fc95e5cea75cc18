"""One partition at work: its protocol, what that asks for now, and what is on its way."""

from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from agentctl.archive.writing import AskBound, End, Step, Steps
from agentctl.archiving.account import Tally
from agentctl.archiving.drafts import FileDraft, Finished
from agentctl.archiving.generations import Generation
from agentctl.kafka.offsets import Partition


@dataclass(slots=True)
class Job:
    """A partition of this writer."""

    place: Partition
    generation: Generation
    steps: Steps[Finished]
    tally: Tally
    asked: Step[Finished] | None = field(init=False)
    """None once it has ended."""
    errand: "Future[Any] | None" = None
    again_at: float = 0.0
    """Not before then (monotonic) is the last errand tried again."""
    end: End | None = None
    draft: FileDraft | None = None

    def __post_init__(self) -> None:
        self.asked = next(self.steps)

    def answer(self, answer: Any) -> None:
        """Send what was asked for, and learn what comes next."""
        try:
            self.asked = self.steps.send(answer)
        except StopIteration as stop:
            self.asked, self.end = None, stop.value

    def drop(self) -> None:
        """Stop where it stands; its draft is thrown away."""
        self.steps.close()
        self.asked = None

    @property
    def waits_for_bound(self) -> bool:
        """Whether it asks where the partition ends."""
        return isinstance(self.asked, AskBound)
