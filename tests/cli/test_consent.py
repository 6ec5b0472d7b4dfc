"""`holdline incident approve` and `deny`: decisions of people who prove who they are."""

from pathlib import Path

import pytest

from holdline.domain.lifecycle import State
from tests.cli.floor import Floor, incident
from tests.support.scene import TOKENS

WORDS = "route Vienna out: carrier-b first"


def token(name: str) -> dict[str, str]:
    """The environment of a person."""
    return {"HOLDLINE_OPERATOR": name, "HOLDLINE_OPERATOR_TOKEN": TOKENS[name]}


async def plan(floor: Floor, trunk: str) -> str:
    """What the incident asks for, by its digest."""
    proposal = (await floor.story(trunk)).proposal
    assert proposal is not None
    return proposal.digest


async def test_what_is_asked_is_shown_and_approved(floor: Floor) -> None:
    """`show` prints the plan; an approver names it, and it is carried out."""
    trunk = await floor.asks()
    digest = await plan(floor, trunk)
    shown = await floor.runs("incident", "show", trunk)
    assert f"{WORDS} (plan {digest})" in " ".join(shown.out.split())
    done = await floor.runs("incident", "approve", trunk, "--plan", digest, environ=token("alice"))
    assert (0, f"{incident(trunk)}: approved by alice, 1 of 1: it is done now\n") == (done.code, done.out)
    again = await floor.runs("incident", "approve", trunk, "--plan", digest, environ=token("alice"))
    assert (9, f"Nothing was changed: {incident(trunk)} waits for nobody's approval.\n") == (again.code, again.err)


async def test_a_denial_by_the_token_in_a_file(floor: Floor, tmp_path: Path) -> None:
    """The token may be in a file; what is denied is handed over."""
    trunk = await floor.asks()
    (tmp_path / "token").write_text(TOKENS["otto"] + "\n")
    who = {"HOLDLINE_OPERATOR": "otto", "HOLDLINE_OPERATOR_TOKEN_FILE": str(tmp_path / "token")}
    denied = await floor.runs("incident", "deny", trunk, "--plan", await plan(floor, trunk), environ=who)
    assert (0, f"{incident(trunk)}: denied by otto: it is not done\n") == (denied.code, denied.out)
    assert State.HANDED_OVER is (await floor.story(trunk)).state


@pytest.mark.long
async def test_whoever_may_not(floor: Floor) -> None:
    """A person without the role, a wrong token, no token, another plan, and no plan: nothing is changed."""
    trunk = await floor.asks()
    digest = await plan(floor, trunk)
    wrong = {"HOLDLINE_OPERATOR": "alice", "HOLDLINE_OPERATOR_TOKEN": "a guess"}
    for environ, words, code in (
        (token("bob"), "bob has not the role approver", 5),
        (wrong, "the token is not that of alice", 5),
        ({"HOLDLINE_OPERATOR": "alice"}, "put your token into HOLDLINE_OPERATOR_TOKEN", 2),
    ):
        refused = await floor.runs("incident", "approve", trunk, "--plan", digest, environ=environ)
        assert code == refused.code
        assert words in refused.err
        assert "a guess" not in refused.err
    stale = await floor.runs("incident", "approve", trunk, "--plan", "another", environ=token("alice"))
    assert (9, f"Nothing was changed: the plan is {digest} by now: {WORDS}.\n") == (stale.code, stale.err)
    blind = await floor.runs("incident", "approve", trunk, environ=token("alice"))
    assert 2 == blind.code
    assert f"--plan {digest}" in blind.err
    assert State.REMEDIATING is (await floor.story(trunk)).state
