"""What an operator writes, and what an operator is told."""

import tomllib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from holdline.domain.escalation import EscalationPolicy
from holdline.domain.incident import IncidentKind
from holdline.domain.runbook import Runbook
from holdline.secrets import Secret
from holdline.settings import ConfigInvalid, Role, Settings, load, render
from holdline.settings.shape import paths

EXAMPLE = Path(__file__).parents[2] / "holdline.example.toml"


def config(tmp_path: Path, text: str | bytes) -> Path:
    """A configuration file with this content."""
    path = tmp_path / "holdline.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def problems(tmp_path: Path, text: str | bytes, **environ: str) -> list[str]:
    """What the operator is told about this content."""
    with pytest.raises(ConfigInvalid) as caught:
        load(config(tmp_path, text), environ)
    return list(caught.value.problems)


def test_no_file_is_the_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Holdline runs without any configuration, on the documented defaults."""
    monkeypatch.chdir(tmp_path)
    settings = load(None, {})
    assert Settings() == settings
    assert timedelta(minutes=5) == settings.gateway.timestamp_window
    assert (2000, timedelta(seconds=30)) == (settings.worker.max_cached_workflows, settings.worker.graceful_shutdown)


def test_the_file_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is the one named, else the one of HOLDLINE_CONFIG, else ./holdline.toml."""
    monkeypatch.chdir(tmp_path)
    config(tmp_path, "[gateway]\nport = 1001")
    (tmp_path / "other.toml").write_text("[gateway]\nport = 1002", encoding="utf-8")
    assert 1001 == load(None, {}).gateway.port
    assert 1002 == load(None, {"HOLDLINE_CONFIG": "other.toml"}).gateway.port
    assert 1001 == load(Path("holdline.toml"), {"HOLDLINE_CONFIG": "other.toml"}).gateway.port


def test_the_example_loads() -> None:
    """The documented example is valid."""
    settings = load(EXAMPLE, {})
    assert ["first line", "second line"] == [
        tier.name for tier in settings.runbooks[IncidentKind.TRUNK_FAILURE].escalation.tiers
    ]


def test_the_example_documents_every_setting() -> None:
    """Each setting is in the example, and where it is a default the example says the same."""
    text = EXAMPLE.read_text(encoding="utf-8")
    bare = render(Settings())
    for line in bare.splitlines():
        assert line in text or line.endswith("= []"), line
    written = set(_paths(tomllib.loads(text)))
    assert set(_paths(tomllib.loads(render(load(EXAMPLE, {}))))) <= written
    for path in paths(Settings):
        assert any(each.startswith(".".join(path)) for each in written) or f"# {path[-1]} = " in text, path


def test_the_examples_runbook_is_the_default() -> None:
    """The numbers of the example's runbook are the ones that count without it."""
    runbook = load(EXAMPLE, {}).runbooks[IncidentKind.TRUNK_FAILURE]
    people = {name: getattr(runbook.escalation, name) for name in ("tiers", "stale", "last_resort")}
    assert Runbook(escalation=EscalationPolicy(**people)) == runbook


def _paths(tree: object, path: str = "") -> Iterator[str]:
    if not isinstance(tree, dict):
        yield path
        return
    for name, value in tree.items():
        yield from _paths(value, f"{path}.{name}" if path else name)


def test_what_is_shown_loads_again(tmp_path: Path) -> None:
    """`config show` writes a file that says the same, with secrets as references."""
    settings = load(EXAMPLE, {})
    shown = render(settings)
    assert 'client_secret = "env:GENESYS_CLIENT_SECRET"' in shown
    assert settings == load(config(tmp_path, shown), {})


def test_durations_below_a_second_are_shown(tmp_path: Path) -> None:
    """A shown duration keeps its milliseconds."""
    settings = load(config(tmp_path, '[gateway]\ncoalesce = "50ms"'), {})
    assert 'coalesce = "50ms"' in render(settings)


def test_services_are_the_ladder_by_default(tmp_path: Path) -> None:
    """Without a runbook a failed trunk asks the PagerDuty services one after the other, as written."""
    text = '[pagerduty.services]\nvoice = "env:A"\nboss = "env:B"\n[runbooks.trunk_failure.escalation]\nwait = "2s"'
    policy = load(config(tmp_path, text), {}).runbooks[IncidentKind.TRUNK_FAILURE].escalation
    assert [("voice", "pagerduty:voice"), ("boss", "pagerduty:boss")] == [
        (tier.name, str(tier.page[0])) for tier in policy.tiers
    ]
    assert timedelta(seconds=2) == policy.wait


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8"])
@pytest.mark.parametrize("ending", ["\r\n", "\n"])
def test_editors_of_every_kind(tmp_path: Path, encoding: str, ending: str) -> None:
    """A byte order mark and Windows line ends are no mistakes."""
    text = ending.join(["# é", "[gateway]", "port = 1234", ""])
    assert 1234 == load(config(tmp_path, text.encode(encoding)), {}).gateway.port


BAD: dict[str, tuple[str | bytes, str]] = {
    "unknown key": ("[gateway]\nprot = 1", "gateway.prot: there is no such setting; did you mean port."),
    "unknown section": ("[gatway]\nport = 1", "gatway: there is no such setting; did you mean gateway."),
    "unknown and nothing close": (
        "[temporal]\nzzz = 1",
        "temporal.zzz: there is no such setting; there are ui_url, embedded.",
    ),
    "unknown in a runbook": (
        '[pagerduty.services]\na = "env:A"\n[runbooks.trunk_failure.escalation]\nwiat = "5m"',
        "runbooks.trunk_failure.escalation.wiat: there is no such setting; did you mean wait.",
    ),
    "unknown incident": ("[runbooks.trunk_fire]", "runbooks.trunk_fire: write one of 'trunk_failure', "),
    "number in quotes": ('[gateway]\nport = "8080"', "gateway.port: write a whole number without quotes."),
    "flag as number": ("[gateway]\nport = true", "gateway.port: write a whole number without quotes."),
    "fraction": ("[gateway]\nport = 80.5", "gateway.port: write a whole number without quotes."),
    "too large": ("[gateway]\nport = 70000", "gateway.port: write a number of at most 65535."),
    "negative": ("[genesys]\nrequests_per_minute = -1", "genesys.requests_per_minute: write a number of at least 1."),
    "flag as text": ('[temporal.embedded]\ndurable = "yes"', "temporal.embedded.durable: write true or false."),
    "text as number": ("[gateway]\nhost = 1", "gateway.host: write a text in quotes."),
    "empty text": ('[gateway]\nhost = ""', "gateway.host: write a text that is not empty."),
    "no unit": (
        "[gateway]\ntimestamp_window = 300",
        "gateway.timestamp_window: 300 has no unit; write a duration such as '300s', '5m' or '1h30m'.",
    ),
    "wrong unit": (
        '[gateway]\ntimestamp_window = "5 minutes"',
        "gateway.timestamp_window: '5 minutes' is not a duration; write one such as '300s', '5m' or '1h30m'.",
    ),
    "outside its limits": (
        '[gateway]\ntimestamp_window = "31m"',
        "gateway.timestamp_window: 31m is not between 1s and 30m.",
    ),
    "missing": ('[twilio]\naccount_sid = "AC"', "twilio.auth_token: is missing."),
    "section as value": ("gateway = 1", "gateway: write a section with settings of its own."),
    "value as section": ("[data_dir]\na = 1", "data_dir: write a path in quotes."),
    "list as value": ("[worker]\nroles = 1", "worker.roles: write a list in brackets."),
    "pause of nothing": (
        '[pagerduty.services]\na = "env:A"\n[runbooks.trunk_failure.ticket]\nsystem = "jira"\nagain = ["0s"]',
        "must be at least 1s",
    ),
    "unknown role": (
        '[worker]\nroles = ["genesis"]',
        "worker.roles.0: write one of 'incidents', 'genesys', 'pagerduty', 'twilio', 'webhooks', 'jsm', 'slack',",
    ),
    "no role": ("[worker]\nroles = []", "worker.roles: write at least one entry."),
    "address": ('[genesys]\napi_url = "mypurecloud.de"', "genesys.api_url: write an address such as https://api.ex"),
    "address with a password": (
        '[genesys]\napi_url = "https://me:hunter2@x.example"',
        "genesys.api_url: an address carries no user name or password; secrets have settings of their own.",
    ),
    "address with a query": ('[genesys]\napi_url = "https://x.example/?a=1"', "genesys.api_url: an address ends"),
    "listen": ('[worker]\nhealth = "8082"', "worker.health: write host:port, such as 127.0.0.1:9464."),
    "phone": (
        '[twilio]\nfrom_number = "0043 1 234"',
        "twilio.from_number: write the number in international form, such as +43123456789, without spaces.",
    ),
    "nested patience": (
        '[http]\nread = "9s"',
        "http: connect (3s) and read (9s) must be shorter than attempt (8s), which they are part of.",
    ),
    "two destinations": (
        '[telemetry]\notlp_endpoint = "http://localhost:4318"\nspan_file = "x"',
        "telemetry: set otlp_endpoint or span_file, not both: traces go to one place.",
    ),
    "choice": ('[telemetry]\nlog_level = "loud"', "telemetry.log_level: write one of 'debug', 'info', 'warning'"),
    "empty ladder": (
        "[runbooks.trunk_failure.escalation]\ntiers = []",
        "runbooks.trunk_failure.escalation.tiers: write at least one entry.",
    ),
    "ladder missing": ("[runbooks.trunk_failure]", "runbooks.trunk_failure.escalation: is missing."),
    "channel": (
        '[runbooks.trunk_failure.escalation]\ntiers = [{ name = "a", page = ["fax:bob"] }]',
        "runbooks.trunk_failure.escalation.tiers.0.page.0: 'fax:bob' names no channel and person",
    ),
    "inline secret": (
        '[genesys]\nclient_secret = "hunter2hunter2"',
        "genesys.client_secret: a secret is not written into the file; write env:NAME, file:/path or command:PROGRAM",
    ),
    "inline secret in a list": (
        '[gateway.secrets]\nevents = ["env:A", "hunter2hunter2"]',
        "gateway.secrets.events.1: a secret is not written into the file",
    ),
    "inline phone": ('[contacts.bob]\nphone = "+43123456789"', "contacts.bob.phone: a secret is not written"),
    "secret as number": ("[genesys]\nclient_secret = 1", "genesys.client_secret: a secret is a reference; write env:"),
    "relative secret file": (
        '[genesys]\nclient_secret = "file:secret"',
        "genesys.client_secret: a secret's file is named by its absolute path",
    ),
    "empty reference": ('[genesys]\nclient_secret = "env:"', "genesys.client_secret: a secret is not written"),
    "unknown service": (
        '[pagerduty.services]\na = "env:A"\n[runbooks.trunk_failure.escalation]\n'
        'tiers = [{ name = "first", page = ["pagerduty:b"] }]',
        "runbooks.trunk_failure.escalation: tier first pages pagerduty:b, but [pagerduty.services] names only a.",
    ),
    "unknown contact": (
        '[runbooks.trunk_failure.escalation]\ntiers = [{ name = "first", page = ["sms:bob"] }]',
        "runbooks.trunk_failure.escalation: tier first pages sms:bob, but [contacts] names nobody with a phone.",
    ),
    "text messages without a sender": (
        '[contacts.bob]\nphone = "env:B"\n'
        '[runbooks.trunk_failure.escalation]\ntiers = [{ name = "first", page = ["sms:bob"] }]',
        "runbooks.trunk_failure.escalation: tier first pages sms:bob, but there is no [twilio] section",
    ),
    "unknown webhook": (
        "[pagerduty.services]\na = 'env:A'\n[runbooks.trunk_failure.remediation]\n"
        'actions = [{ do = "call_webhook", webhook = "capacity" }]',
        "runbooks.trunk_failure.remediation: call_webhook calls capacity, but [webhooks] names nobody.",
    ),
    "action without what it needs": (
        '[[runbooks.trunk_failure.remediation.actions]]\ndo = "emergency_group"',
        "runbooks.trunk_failure.remediation.actions.0: emergency_group needs `group`",
    ),
    "action without an aim": (
        "[pagerduty.services]\na = 'env:A'\n[runbooks.trunk_failure.remediation]\n"
        'actions = [{ do = "join_agents", agents = ["u1"] }]',
        "runbooks.trunk_failure.remediation: join_agents needs `queue`, because the incident is about a trunk.",
    ),
    "queues that are evacuated into each other": (
        "[pagerduty.services]\na = 'env:A'\n"
        '[[runbooks.trunk_failure.remediation.actions]]\ndo = "evacuate_queue"\nqueue = "Q1"\noverflow = "q2"\n'
        'flow = "f1"\n[[runbooks.trunk_failure.remediation.actions]]\ndo = "evacuate_queue"\nqueue = "q2"\n'
        'overflow = "q1"\nflow = "f2"',
        "runbooks: evacuate_queue sends the callers of q1 to q2, from there to q1: they would go round in circles.",
    ),
    "setting of another action": (
        '[[runbooks.trunk_failure.remediation.actions]]\ndo = "drain_edge"\ngroup = "g1"',
        "runbooks.trunk_failure.remediation.actions.0: `group` does not belong to drain_edge, which takes `edge` and",
    ),
    "webhook with a strange name": (
        '[webhooks."a/b"]\nurl = "https://x.example"\nsecret = "env:A"',
        "webhooks.a/b",
    ),
    "no toml": ("[gateway", "holdline.toml is not valid TOML: "),
    "twice the same": ("[gateway]\nport = 1\nport = 2", "holdline.toml is not valid TOML: "),
    "null byte": ("a = 1\x00", "holdline.toml is not valid TOML: "),
    "other encoding": ("# é\nx = 1".encode("latin-1"), "is not text in UTF-8 (line 1); save it as UTF-8."),
    "wide encoding": ("x = 1".encode("utf-16"), "is not text in UTF-8 (line 1); save it as UTF-8."),
}


@pytest.mark.parametrize("name", BAD)
def test_a_mistake_is_a_sentence(tmp_path: Path, name: str) -> None:
    """Each mistake is told where it is and what to write instead, and no value is repeated that may be a secret."""
    text, expected = BAD[name]
    told = problems(tmp_path, text)
    assert any(expected in each for each in told), told
    assert "hunter2" not in "".join(told)
    assert "+43123456789" not in "".join(told) or name == "phone"


def test_mistakes_are_told_together(tmp_path: Path) -> None:
    """An operator mends everything in one go."""
    told = problems(tmp_path, '[gateway]\nprot = 1\ncoalesce = 5\n[worker]\nhealth = "x"')
    assert ["gateway.coalesce", "gateway.prot", "worker.health"] == sorted(each.split(":")[0] for each in told)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """A file that was named must exist; a folder is no file."""
    with pytest.raises(ConfigInvalid, match=r"There is no file .*missing\.toml\."):
        load(tmp_path / "missing.toml", {})
    with pytest.raises(ConfigInvalid, match="cannot be read: Is a directory"):
        load(tmp_path, {})


def test_the_environment_wins(tmp_path: Path) -> None:
    """A variable overrides the file at any depth, by the type of its setting."""
    text = '[gateway]\nport = 1\nhost = "0.0.0.0"\n[pagerduty.services]\nduty-manager = "env:A"'
    environ = {
        "HOLDLINE_GATEWAY__PORT": "2",
        "HOLDLINE_TEMPORAL__EMBEDDED__DURABLE": "true",
        "HOLDLINE_WORKER__ROLES": "genesys, twilio",
        "HOLDLINE_DATA_DIR": "/var/lib/holdline",
        "HOLDLINE_RUNBOOKS__TRUNK_FAILURE__ESCALATION__WAIT": "3s",
        "HOLDLINE_PAGERDUTY__SERVICES__DUTY_MANAGER": "0" * 32,
        "HOLDLINE_TELEMETRY__SPAN_FILE": "spans.jsonl",
        "OTHER": "ignored",
    }
    settings = load(config(tmp_path, text), environ)
    assert (2, "0.0.0.0") == (settings.gateway.port, settings.gateway.host)
    assert settings.temporal.embedded.durable
    assert (Role.GENESYS, Role.TWILIO) == settings.worker.roles
    assert Path("/var/lib/holdline") == settings.data_dir
    assert timedelta(seconds=3) == settings.runbooks[IncidentKind.TRUNK_FAILURE].escalation.wait
    assert settings.pagerduty is not None
    assert {"duty-manager": "0" * 32} == {name: key.read() for name, key in settings.pagerduty.services.items()}
    assert Path("spans.jsonl") == settings.telemetry.span_file


def test_a_ladder_in_the_environment(tmp_path: Path) -> None:
    """A list of tables is written as in the file."""
    name = "HOLDLINE_RUNBOOKS__TRUNK_FAILURE__ESCALATION__TIERS"
    environ = {name: '[{ name = "only", page = ["pagerduty:voice"] }]', "HOLDLINE_PAGERDUTY__SERVICES__VOICE": "x"}
    settings = load(config(tmp_path, ""), environ)
    assert ["only"] == [tier.name for tier in settings.runbooks[IncidentKind.TRUNK_FAILURE].escalation.tiers]


def test_secrets_in_the_environment(tmp_path: Path) -> None:
    """A variable holds a secret itself, its `_FILE` twin the path, and a list is numbered."""
    (tmp_path / "token").write_text("from the file\n", encoding="utf-8")
    environ = {
        "HOLDLINE_GATEWAY__SECRETS__EVENTS__0": "first",
        "HOLDLINE_GATEWAY__SECRETS__EVENTS__1_FILE": str(tmp_path / "token"),
        "HOLDLINE_GATEWAY__SECRETS__PAGERDUTY": "only",
        "HOLDLINE_GATEWAY__SECRETS__TWILIO_FILE": str(tmp_path / "token"),
    }
    found = load(config(tmp_path, ""), environ).gateway.secrets
    assert ["first", "from the file"] == [secret.read() for secret in found.events]
    assert ["only"] == [secret.read() for secret in found.pagerduty]
    assert ["from the file"] == [secret.read() for secret in found.twilio]


def test_a_variable_that_a_secret_refers_to_is_no_setting(tmp_path: Path) -> None:
    """The file may refer to a variable of any name, also one that begins like our own."""
    text = '[gateway.secrets]\nevents = ["env:HOLDLINE_EVENT_SECRET"]'
    settings = load(config(tmp_path, text), {"HOLDLINE_EVENT_SECRET": "hidden"})
    assert "hidden" == settings.gateway.secrets.events[0].read()


WRONG_NAMES = {
    "HOLDLINE_GATEWAY__PROT": ("1", "HOLDLINE_GATEWAY__PROT: there is no such setting; did you mean port."),
    "HOLDLINE_GATEWAY_PORT": ("1", "HOLDLINE_GATEWAY_PORT: there is no such setting; did you mean HOLDLINE_GATEWAY__P"),
    "HOLDLINE_DATADIR": ("x", "HOLDLINE_DATADIR: there is no such setting; did you mean HOLDLINE_DATA_DIR."),
    "HOLDLINE_GATWAY__PORT": ("1", "HOLDLINE_GATWAY__PORT: there is no such setting; did you mean gateway."),
    "HOLDLINE_GATEWAY__PORT__X": ("1", "HOLDLINE_GATEWAY__PORT__X: there is no such setting."),
    "HOLDLINE_GATEWAY": ("1", "HOLDLINE_GATEWAY: it names a section; set one of its settings, such as HOLDLINE_GATEW"),
    "HOLDLINE_GATEWAY__PORT": ("many", "gateway.port: write a whole number without quotes."),
    "HOLDLINE_GATEWAY__PORT_FILE": ("x", "HOLDLINE_GATEWAY__PORT_FILE: there is no such setting"),
    "HOLDLINE_GATEWAY__COALESCE": ("5", "gateway.coalesce: '5' is not a duration"),
    "HOLDLINE_GENESYS__CLIENT_SECRET": ("file:/x", "it holds a reference; put the secret itself there, or its path"),
}


@pytest.mark.parametrize("name", WRONG_NAMES)
def test_a_mistaken_variable_is_a_sentence(tmp_path: Path, name: str) -> None:
    """A variable in error is named, with what was meant."""
    value, expected = WRONG_NAMES[name]
    told = problems(tmp_path, "", **{name: value})
    assert any(expected in each for each in told), told


def test_variables_of_others_are_left_alone(tmp_path: Path) -> None:
    """What the command line and Kubernetes set under a similar name is no mistake."""
    environ = {
        "HOLDLINE_OPERATOR": "alice",
        "HOLDLINE_TRACEBACK": "1",
        "HOLDLINE_PORT": "tcp://10.0.0.1:8080",
        "HOLDLINE_GATEWAY_PORT": "tcp://10.0.0.1:8080",
        "HOLDLINE_GATEWAY_SERVICE_HOST": "10.0.0.1",
    }
    assert Settings() == load(config(tmp_path, ""), environ)


def test_a_secret_set_twice_is_refused(tmp_path: Path) -> None:
    """A variable and its `_FILE` twin contradict each other."""
    name = "HOLDLINE_GENESYS__CLIENT_SECRET"
    told = problems(tmp_path, "", **{name: "x", f"{name}_FILE": "/x"})
    assert [f"{name}_FILE: another variable sets the same."] == told


def test_nothing_shows_a_secret(tmp_path: Path) -> None:
    """No way of printing the settings shows a value, not even one that was read."""
    environ = {"HOLDLINE_GATEWAY__SECRETS__EVENTS": "hunter2hunter2hunter2"}
    settings = load(config(tmp_path, ""), environ)
    settings.gateway.secrets.events[0].read()
    everything = f"{settings!r}{settings}{settings.model_dump()}{settings.model_dump_json()}{render(settings)}"
    assert "hunter2" not in everything
    assert Secret("env:HOLDLINE_GATEWAY__SECRETS__EVENTS") == settings.gateway.secrets.events[0]
