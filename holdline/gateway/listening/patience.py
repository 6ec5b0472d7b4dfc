"""How long a listener waits for what."""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from holdline.ports import Throttled, VendorError

_FINE = 1_000_000


@dataclass(frozen=True)
class Patience:
    """A socket is stalled after `silence`; half-way there it is asked to say something.

    A subscription is renewed every `renew`, and well before the channel's life ends. The pause after a failure doubles
    from `shortest` to `longest`; a channel that lived shorter than `longest` counts as a failure as well. A socket
    that is about to be closed is heard for `farewell` more, once another has taken its place.
    """

    silence: timedelta = timedelta(minutes=1)
    renew: timedelta = timedelta(hours=1)
    shortest: timedelta = timedelta(seconds=1)
    longest: timedelta = timedelta(minutes=1)
    farewell: timedelta = timedelta(minutes=1)

    def renewal(self, life: timedelta) -> timedelta:
        """When to subscribe again to a channel that has so long to live."""
        return min(self.renew, max(life / 2, self.shortest))

    def pause(self, failures: int, error: VendorError | None = None) -> timedelta:
        """How long to wait after so many failures in a row; what the vendor wishes is obeyed, and a little more."""
        if isinstance(error, Throttled) and error.retry_after is not None:
            return error.retry_after * (1 + _chance() / 4)
        if failures <= 0:
            return timedelta(0)
        doubled: timedelta = self.shortest * 2 ** min(failures - 1, 16)
        return min(self.longest, doubled) * (0.5 + _chance() / 2)


def _chance() -> float:
    """A number from 0 to 1, so that not everybody comes back at once."""
    return secrets.randbelow(_FINE) / _FINE
