"""How this org differs from the plain one: its rules, its locks, its quota."""

from holdline.simulators.salesforce.errors import SalesforceError, standard
from holdline.simulators.settings import Frozen


class Oddities(Frozen):
    """What is set up or going on: `POST /_sim/oddities` replaces all of it.

    `validation_rule` is the message of a rule that refuses writes, of `ruled_field` only where one is named. While
    `locked`, another transaction holds the rows. `exhausted` is the daily quota, `readonly` a missing permission.
    `raced` lets another writer be first at the next upsert, `lying` answers writes 200 with `success: false`. What is
    closed takes neither a change nor a comment where `final`.
    """

    validation_rule: str = ""
    ruled_field: str = ""
    locked: bool = False
    exhausted: bool = False
    readonly: bool = False
    raced: bool = False
    lying: bool = False
    final: bool = False

    def check(self, written: dict[str, str]) -> None:
        """Refuse what a rule, a lock or a permission forbids."""
        if self.readonly:
            raise standard(403)
        if self.locked:
            raise SalesforceError(400, "UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record")
        if self.validation_rule and (not self.ruled_field or self.ruled_field in written):
            raise SalesforceError(400, "FIELD_CUSTOM_VALIDATION_EXCEPTION", self.validation_rule)
