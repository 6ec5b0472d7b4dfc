"""Events in the history of a standard incident with one escalation, beside those of the bare workflow."""

from benchmarks.figure import Figure, cost, run
from benchmarks.history import histories, table


async def history_events() -> Figure:
    """Count by type."""
    found = await histories()
    print(table(found.ours.events, found.floor.events))
    return cost("history_events", found.ours.events.total(), found.floor.events.total(), "events")


if __name__ == "__main__":
    run(history_events())
