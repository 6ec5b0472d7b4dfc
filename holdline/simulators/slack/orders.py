"""Errors that somebody ordered: a method answers 200 with a code, before it did its work or after."""

from pydantic import Field

from holdline.simulators.faults import When
from holdline.simulators.settings import Frozen
from holdline.simulators.slack.errors import SlackError


class Order(Frozen):
    """`POST /_sim/errors`: the next `times` calls of a method fail with a code of Slack's."""

    method: str = Field(pattern=r"^[a-z]+\.[A-Za-z]+$")
    error: str = Field(pattern=r"^[a-z_]+$")
    when: When = When.BEFORE
    times: int = Field(1, ge=1)


class Orders:
    """The orders in force, oldest first."""

    def __init__(self) -> None:
        self._orders: list[Order] = []

    def add(self, order: Order) -> None:
        """Put an order in force."""
        self._orders += [order] * order.times

    def before(self, method: str) -> None:
        """Fail a call that is to do nothing. Raises SlackError."""
        self._take(method, When.BEFORE)

    def after(self, method: str) -> None:
        """Fail a call that has done its work. Raises SlackError."""
        self._take(method, When.AFTER)

    def _take(self, method: str, when: When) -> None:
        for index, order in enumerate(self._orders):
            if (order.method, order.when) == (method, when):
                del self._orders[index]
                raise SlackError(order.error)

    def clear(self) -> None:
        """Withdraw every order."""
        self._orders.clear()
