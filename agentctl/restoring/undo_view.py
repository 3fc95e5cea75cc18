"""What taking a restore back comes to, as an answer."""

from agentctl.model.view import Column, Kind, View
from agentctl.restoring.undo import UndoPlan

_COLUMNS = (
    Column("topic", "TOPIC"),
    Column("partition", "PARTITION", Kind.NUMBER),
    Column("records", "OF IT", Kind.NUMBER),
    Column("others_before", "OTHERS BELOW", Kind.NUMBER),
    Column("others_behind", "OTHERS BEHIND", Kind.NUMBER),
)


def undo_view(plan: UndoPlan, *, done: bool) -> View:
    """Show what would go, or what went."""
    if plan.target is None:
        what = "the topic is gone, and so are the records; what is noted of the restore goes, too"
    elif plan.drop:
        what = f"the topic {plan.target}, which was made for it"
    else:
        what = f"the records of it in {plan.target}"
    count = f"{plan.records:,} {'record' if plan.records == 1 else 'records'}"
    return View(
        name="restore-undo",
        title=f"undo {plan.restore_id}",
        columns=_COLUMNS,
        rows=[
            {
                "topic": plan.target,
                "partition": one.partition,
                "records": one.own,
                "others_before": one.before,
                "others_behind": one.behind,
            }
            for one in plan.holdings
        ],
        summary={
            "restore_id": plan.restore_id,
            "target": plan.target,
            "records": plan.records,
            "drops_topic": plan.drop,
            "done": done,
        },
        facts=(f"{count} {'removed' if done else 'to be removed'}",),
        notes=(f"{'gone' if done else 'goes'}: {what}",),
        next=() if done else ("the same with --execute",),
    )
