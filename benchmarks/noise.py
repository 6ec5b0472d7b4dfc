"""A day of polling 300 trunks and 200 queues: what it costs, what of its noise becomes an incident, what is missed."""

import sys
from datetime import timedelta

from benchmarks.figure import Figure, cost, run
from benchmarks.trace import Outage
from benchmarks.watch_day import ONE_RUN, Account, Size, live
from holdline.domain.duration import say
from workers.virtual import virtual_time

BUDGET = 10_000
"""Billable actions a day for 300 trunks and 200 queues."""


async def noise() -> Figure:
    """Live the day and print its account. Fails where noise opened an incident, one was missed, or the cost is over."""
    async with virtual_time(*ONE_RUN) as time:
        account = await live(time, Size(seed=int(sys.argv[1]) if len(sys.argv) > 1 else 1))
    print(table(account))
    actions = account.actions.total()
    if account.noise or account.missed or actions >= BUDGET:
        raise SystemExit("the day was not as it must be; see above")
    return cost("noise", actions, BUDGET, "actions a day")


def table(account: Account) -> str:
    """The account, the delays from the longest on."""
    delays = sorted(account.found.items(), key=lambda item: item[1], reverse=True)
    rows = [_found(outage, delay) for outage, delay in delays]
    rows += [f"  {outage.entity:<12} at {say(outage.begin):>8}: MISSED" for outage in account.missed]
    rows += [f"  {heard.entity.id:<12} opened by NOISE at {heard.at:%H:%M}: {heard.reason}" for heard in account.noise]
    billed = ", ".join(f"{number} {kind.lower()}" for kind, number in account.actions.most_common())
    whole = [delay for _, delay in delays]
    middle = say(whole[len(whole) // 2]) if whole else "none"
    return "\n".join(
        (
            *rows,
            f"looks {account.looks}, minutes of glitches {account.glitches}, said again {account.repeated}, "
            f"ended {account.ended}",
            f"delay: median {middle}, longest {say(whole[0]) if whole else 'none'}",
            f"opened on noise {len(account.noise)}, precision {account.precision:.3f}, recall {account.recall:.3f}",
            f"billable actions {account.actions.total()} of {BUDGET}: {billed}",
        )
    )


def _found(outage: Outage, delay: timedelta) -> str:
    lasts = say(outage.end - outage.begin)
    return f"  {outage.entity:<12} at {say(outage.begin):>8} for {lasts:>7}: found after {say(delay)}"


if __name__ == "__main__":
    run(noise())
