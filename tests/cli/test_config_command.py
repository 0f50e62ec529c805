import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from loftbox_cli.__main__ import run
from loftbox_cli.edge.config_file.settings import KINDS
from loftbox_cli.edge.system.certificate import make_certificate

Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Give the test a user's folders of its own."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path


def written(home: Path, text: str) -> Path:
    path = home / "settings.toml"
    path.write_text(text)
    return path


def test_show_lists_every_setting_with_its_origin(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    path = written(home, "[smtp]\nport = 2525\n")
    monkeypatch.setenv("LOFTBOX_HTTP_PORT", "0")
    assert run(["--config", str(path), "config", "show"]) == 0
    rows = dict(line.split("\t", 1) for line in capsys.readouterr().out.splitlines())
    assert list(rows) == list(KINDS)
    assert rows["smtp.port"] == f"2525\t{path}:2"
    assert rows["http.port"] == "0\tLOFTBOX_HTTP_PORT"
    assert rows["log.level"] == '"info"\tdefault'


def test_show_answers_json_with_the_fields_that_were_asked_for(capsys: Captured) -> None:
    assert run(["config", "show", "--json", "--fields", "key,value"]) == 0
    page = json.loads(capsys.readouterr().out)
    assert page["object"] == "list"
    assert page["data"][0] == {"key": "gateway.hostname", "value": '""'}


def test_show_never_prints_a_key(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    secret = home / "key"
    secret.write_text("this-is-secret")
    monkeypatch.setenv("LOFTBOX_MASTER_KEY_FILE", str(secret))
    assert run(["config", "show"]) == 0
    assert "this-is-secret" not in capsys.readouterr().out


def test_path_says_where_the_file_is_looked_for_and_exits_3_when_it_is_not_there(
    home: Path, capsys: Captured
) -> None:
    assert run(["config", "path", "-q"]) == 3
    assert capsys.readouterr().out == f"{home}/config/loftbox/loftbox.toml\n"
    path = written(home, "")
    assert run(["--config", str(path), "config", "path"]) == 0
    assert capsys.readouterr().out == f"{path}\ttrue\n"


def test_path_works_while_the_settings_are_broken(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    path = written(home, "broken")
    monkeypatch.setenv("LOFTBOX_CONFIG", str(path))
    assert run(["config", "path", "-q"]) == 0
    assert capsys.readouterr().out == f"{path}\n"


def test_check_passes_on_good_settings(home: Path, capsys: Captured) -> None:
    certificate, key = make_certificate(home, "mx.example.com", now=datetime(2026, 11, 1, tzinfo=UTC))
    path = written(home, f'[smtp]\ntls_certificate = "{certificate}"\ntls_key = "{key}"\n')
    assert run(["--config", str(path), "config", "check", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer == {"verdict": "good", "file": str(path), "store": f"{home}/data/loftbox"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[smtp]\nprt = 25\n", "settings.toml:2: smtp.prt is not a setting\ndid you mean smtp.port?\n"),
        ('[smtp]\ntls_certificate = "/gone"\ntls_key = "/gone"\n', "/gone cannot be read: No such file"),
    ],
)
def test_check_exits_78_and_tells_what_to_mend(home: Path, capsys: Captured, text: str, said: str) -> None:
    path = written(home, text)
    assert run(["--config", str(path), "config", "check"]) == 78
    captured = capsys.readouterr()
    assert captured.out == ""
    assert said in captured.err


def test_a_mistake_is_json_for_a_program(home: Path, capsys: Captured) -> None:
    path = written(home, "[smtp]\nport = -1\n")
    assert run(["--config", str(path), "config", "check", "--json"]) == 78
    error = json.loads(capsys.readouterr().err)
    assert (error["code"], error["field"]) == ("bad_configuration", "smtp.port")


def test_a_file_that_was_named_and_is_not_there_exits_78(home: Path, capsys: Captured) -> None:
    assert run(["--config", str(home / "gone.toml"), "config", "show"]) == 78
    assert "gone.toml cannot be read" in capsys.readouterr().err
