"""Secrets are read when used, and never shown."""

import os
import pickle
import stat
import sys
from pathlib import Path

import pytest
from pydantic import BaseModel

from holdline.secrets import Secret, SecretUnreadable


class Holder(BaseModel):
    """A model with a secret."""

    key: Secret


def written(tmp_path: Path, content: bytes) -> Secret:
    """A secret in a file."""
    path = tmp_path / "secret"
    path.write_bytes(content)
    return Secret(f"file:{path}")


def test_a_rotated_file_needs_no_restart(tmp_path: Path) -> None:
    """The same reference gives the new value as soon as the file has changed, also when it was replaced."""
    secret = written(tmp_path, b"old\n")
    assert "old" == secret.read()
    (tmp_path / "secret").write_text("new\n", encoding="utf-8")
    assert "new" == secret.read()
    (tmp_path / "next").write_text("newest", encoding="utf-8")
    (tmp_path / "next").replace(tmp_path / "secret")
    assert "newest" == secret.read()
    assert ("new", "newest") == secret.seen


def test_a_rotated_variable_needs_no_restart(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment is read when the secret is used."""
    monkeypatch.setenv("ROTATED", "old")
    secret = Secret("env:ROTATED")
    assert "old" == secret.read()
    monkeypatch.setenv("ROTATED", "new")
    assert "new" == secret.read()


@pytest.mark.parametrize("content", [b"value", b"value\n", b"value\r\n"])
def test_one_final_line_break_is_not_part_of_it(tmp_path: Path, content: bytes) -> None:
    """Editors end a file with a line break; it does not belong to the secret."""
    assert "value" == written(tmp_path, content).read()


def test_spaces_belong_to_it(tmp_path: Path) -> None:
    """Nothing but the line break is taken away."""
    assert " a b " == written(tmp_path, b" a b \n").read()


def test_a_command_prints_it(tmp_path: Path) -> None:
    """A program's output is the secret; it runs once a minute, not once a request."""
    count = tmp_path / "count"
    program = f"import pathlib; pathlib.Path('{count}').open('a').write('x'); print('value')"
    secret = Secret(f'command:{sys.executable} -c "{program}"')
    assert ("value", "value") == (secret.read(), secret.read())
    assert "x" == count.read_text(encoding="utf-8")


UNREADABLE = {
    "env:NOT_THERE_AT_ALL": "env:NOT_THERE_AT_ALL is not set",
    "file:/not/there": "file:/not/there cannot be read: No such file or directory",
    "file:/": "file:/ cannot be read: Is a directory",
    "command:/not/there --token hunter2": "command:/not/there … cannot be run",
    "command:false": "command:false ended with status 1",
    "command:true": "command:true is empty",
}


@pytest.mark.parametrize("reference", UNREADABLE)
def test_what_cannot_be_read_names_the_reference(reference: str) -> None:
    """The error names where the secret should be, and no argument of a command."""
    with pytest.raises(SecretUnreadable) as caught:
        Secret(reference).read()
    assert UNREADABLE[reference] in str(caught.value)
    assert "hunter2" not in str(caught.value)


BAD_CONTENT = {b"": "is empty", b"\n": "is empty", b"a\nhunter2": "more than one line", b"hunter2\x00": "unprintable"}


@pytest.mark.parametrize("content", [*BAD_CONTENT, b"hunter2\xff"])
def test_a_bad_value_is_not_repeated(tmp_path: Path, content: bytes) -> None:
    """A value that would break a header is refused without being shown."""
    with pytest.raises(SecretUnreadable) as caught:
        written(tmp_path, content).read()
    assert BAD_CONTENT.get(content, "not text in UTF-8") in str(caught.value)
    assert "hunter2" not in f"{caught.value!r}{caught.value.__cause__}{caught.value.__context__}"


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser can read everything")
def test_a_file_without_permission_is_a_sentence(tmp_path: Path) -> None:
    """A secret that may not be read says so."""
    secret = written(tmp_path, b"value")
    (tmp_path / "secret").chmod(0)
    with pytest.raises(SecretUnreadable, match="Permission denied"):
        secret.read()


def test_a_file_that_everybody_can_read_is_told(tmp_path: Path) -> None:
    """Whether a secret file is open to everybody is known, and not an error: container secrets are."""
    secret = written(tmp_path, b"value")
    (tmp_path / "secret").chmod(stat.S_IRUSR | stat.S_IROTH)
    assert secret.exposed
    (tmp_path / "secret").chmod(stat.S_IRUSR)
    assert not secret.exposed
    assert not Secret("env:ANY").exposed


def test_it_is_never_shown(tmp_path: Path) -> None:
    """Neither text, nor representation, nor JSON shows a value that was read."""
    holder = Holder.model_validate({"key": written(tmp_path, b"hunter2").__str__()})
    assert "hunter2" == holder.key.read()
    assert "hunter2" not in f"{holder}{holder!r}{holder.key}{holder.key!r}{holder.model_dump_json()}"
    assert "hunter2" not in f"{holder.model_dump()}"
    with pytest.raises(TypeError):
        pickle.dumps(holder.key)


@pytest.mark.parametrize("text", ["hunter2", "", "vault:x", "env:", "file:", "file:relative", "command: "])
def test_only_references_are_accepted(text: str) -> None:
    """A secret written where a reference belongs is refused, and not repeated."""
    with pytest.raises(ValueError, match="secret") as caught:
        Secret(text)
    assert "hunter2" not in str(caught.value)
