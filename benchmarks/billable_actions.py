"""What Temporal Cloud would bill for a standard incident with one escalation, beside the bare workflow."""

from benchmarks.figure import Figure, cost, run
from benchmarks.history import histories, table


async def billable_actions() -> Figure:
    """Count by the type of event that an action is seen in."""
    found = await histories()
    print(table(found.ours.actions, found.floor.actions))
    return cost("billable_actions", found.ours.actions.total(), found.floor.actions.total(), "actions")


if __name__ == "__main__":
    run(billable_actions())
