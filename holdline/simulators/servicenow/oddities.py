"""How this instance differs from the plain one: its rules, policies, permissions and moods."""

from typing import Literal

from holdline.simulators.servicenow.errors import ServiceNowError
from holdline.simulators.settings import Frozen

Operation = Literal["insert", "update", "read"]


class Oddities(Frozen):
    """What administrators have set up: `POST /_sim/oddities` replaces all of it.

    `business_rule` aborts writes, of `ruled_field` only where one is named. `mandatory` fields are a data policy's.
    `forbidden` operations are refused by an ACL, `dropped` fields are left out in silence. `page` is the status of the
    page that a sleeping instance answers with; `transform_error` fails every import.
    """

    business_rule: str = ""
    ruled_field: str = ""
    mandatory: tuple[str, ...] = ()
    forbidden: tuple[Operation, ...] = ()
    dropped: tuple[str, ...] = ()
    page: Literal[200, 203] | None = None
    transform_error: str = ""

    def check(self, operation: Operation, written: dict[str, str], record: dict[str, str]) -> None:
        """Refuse what a rule, a policy or an ACL forbids; `record` is what would be afterwards."""
        if operation in self.forbidden:
            what = {"insert": "Insert", "update": "Update", "read": "Read"}[operation]
            detail = f"ACL Exception {what} Failed due to security constraints"
            raise ServiceNowError(403, "Operation Failed", detail)
        if self.business_rule and (not self.ruled_field or self.ruled_field in written):
            raise self._aborted(record)
        needed = (*self.mandatory, *(("close_code", "close_notes") if record.get("state") in ("6", "7") else ()))
        missing = [name for name in needed if not record.get(name)]
        if missing:
            detail = f"Data Policy Exception: The following fields are mandatory: {', '.join(missing)}"
            raise ServiceNowError(403, "Operation Failed", detail)

    def _aborted(self, record: dict[str, str]) -> ServiceNowError:
        rule, table = self.business_rule, record.get("sys_class_name", "incident")
        what = f"Operation against file '{table}' was aborted by Business Rule '{rule}^5f1e"
        return ServiceNowError(403, "Operation Failed", f"{what}'. Business Rule Stack:{rule}")
