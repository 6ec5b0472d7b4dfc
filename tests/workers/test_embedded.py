"""The settings' embedded server."""

from pathlib import Path

import pytest

from holdline.settings import Settings
from holdline.settings.sections import Embedded, Temporal
from workers.connection import connect
from workers.embedded import is_elsewhere, server_spec, up
from workers.server import stop


def settings(data_dir: Path, **fields: object) -> Settings:
    """Settings for an embedded server on free ports."""
    return Settings(data_dir=data_dir, temporal=Temporal(embedded=Embedded(port=0, ui_port=0, **fields)))


async def test_up_twice_is_one_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second call finds the server of the first, and a client finds it too."""
    monkeypatch.delenv("TEMPORAL_ADDRESS", raising=False)
    ours = settings(tmp_path)
    try:
        server, started = await up(ours)
        assert (started, (server, False)) == (True, await up(ours))
        assert server.ui_url is not None
        assert await (await connect(ours)).service_client.check_health()
    finally:
        await stop(tmp_path)


def test_every_switch_reaches_the_server(tmp_path: Path) -> None:
    """What the settings say about the embedded server is what is run."""
    spec = server_spec(settings(tmp_path, durable=True, plain=True, ui=False, host="0.0.0.0", binary=Path("/x")))
    assert (True, True, None) == (spec.durable, spec.plain, spec.ui_port)
    assert ("0.0.0.0", Path("/x"), tmp_path) == (spec.host, spec.binary, spec.data_dir)


def test_a_server_elsewhere_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """An operator who names a Temporal server gets no second one."""
    monkeypatch.delenv("TEMPORAL_ADDRESS", raising=False)
    monkeypatch.delenv("TEMPORAL_PROFILE", raising=False)
    assert not is_elsewhere()
    monkeypatch.setenv("TEMPORAL_PROFILE", "production")
    assert is_elsewhere()
