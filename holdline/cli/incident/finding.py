"""Which incident is meant: a workflow id, a part of one, or the code in a page."""

import re
from difflib import get_close_matches
from typing import Final

from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from holdline.cli.exits import Exit, Stop
from holdline.cli.incident.visibility import Row, by_code, matching, query, row, rows

_CODE: Final = re.compile(r"[0-9A-HJKMNP-TV-Z]{6}", re.IGNORECASE)
_PREFIX: Final = "incident/"
_SHOWN: Final = 5


async def find(client: Client, name: str) -> Row:
    """The incident that `name` means: open ones before closed ones. Stops with suggestions where it is not one."""
    exact = await _exact(client, name)
    if exact is not None:
        return exact
    if _CODE.fullmatch(name):
        coded = await rows(client, by_code(name.upper()))
        if len(coded) == 1:
            return coded[0]
    return await _by_part(client, name)


async def _exact(client: Client, name: str) -> Row | None:
    workflow_id = name if name.startswith(_PREFIX) else f"{_PREFIX}{name}"
    if workflow_id.count("/") < 2:
        return None
    try:
        described = await client.get_workflow_handle(workflow_id).describe()
    except RPCError as error:
        if error.status in (RPCStatusCode.NOT_FOUND, RPCStatusCode.INVALID_ARGUMENT):
            return None
        raise
    return await row(described)


async def _by_part(client: Client, name: str) -> Row:
    known = await rows(client, query())
    found = matching(known, name)
    if not found:
        known = _latest(await rows(client, query(closed=True)))
        found = matching(known, name)
    open_ones = [each for each in found if not each.over]
    if len(found) == 1 or len(open_ones) == 1:
        return (open_ones or found)[0]
    raise _ambiguous(name, found) if found else _unknown(name, known)


def _latest(found: list[Row]) -> list[Row]:
    """The last run of each workflow."""
    by_id: dict[str, Row] = {}
    for each in sorted(found, key=lambda row: row.opened_at):
        by_id[each.workflow_id] = each
    return list(by_id.values())


def _ambiguous(name: str, found: list[Row]) -> Stop:
    ids = [f"  {each.workflow_id}  {each.ack_code}  {each.entity}" for each in found[:_SHOWN]]
    more = [f"  … and {len(found) - _SHOWN} more"] if len(found) > _SHOWN else []
    head = f"{name!r} names {len(found)} incidents; give more of one of these, or its code:"
    return Stop(Exit.USAGE, "\n".join((head, *ids, *more)))


def _unknown(name: str, known: list[Row]) -> Stop:
    if not known:
        return Stop(Exit.NOT_FOUND, f"There is no incident {name!r}: Temporal knows none at all.")
    names = [name for each in known for name in (each.workflow_id.rpartition("/")[2], each.entity)]
    near = get_close_matches(name.rpartition("/")[2], dict.fromkeys(names), n=3, cutoff=0.5)
    suggestion = f"Did you mean {' or '.join(near)}?" if near else "`holdline incident list` shows them."
    return Stop(Exit.NOT_FOUND, f"There is no incident {name!r}. {suggestion}")
