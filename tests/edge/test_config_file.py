import re
import tomllib
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loftbox_cli.core.errors import BadConfiguration
from loftbox_cli.core.smarthost import Smarthost
from loftbox_cli.edge.config_file.kinds import BAD_VALUE, Kind
from loftbox_cli.edge.config_file.load import DEFAULT, Flag, Loaded, load_settings
from loftbox_cli.edge.config_file.places import Places, find_places
from loftbox_cli.edge.config_file.render import render
from loftbox_cli.edge.config_file.settings import KINDS, VARIABLES, Settings, value_of

DOCUMENTED = Path(__file__).parents[2] / "config" / "loftbox.toml"


def load(
    tmp_path: Path,
    text: str | None = None,
    environ: dict[str, str] | None = None,
    flags: tuple[Flag, ...] = (),
) -> Loaded:
    places = Places(tmp_path / "loftbox.toml", tmp_path / "store")
    if text is not None:
        places.settings.write_text(text)
    return load_settings(environ=environ or {}, places=places, flags=flags)


def refusal(
    tmp_path: Path,
    text: str | None = None,
    environ: dict[str, str] | None = None,
    flags: tuple[Flag, ...] = (),
) -> BadConfiguration:
    with pytest.raises(BadConfiguration) as caught:
        load(tmp_path, text, environ, flags)
    return caught.value


def test_without_a_file_everything_has_its_default(tmp_path: Path) -> None:
    loaded = load(tmp_path)
    assert loaded.file is None
    assert set(loaded.sources.values()) == {DEFAULT}
    assert loaded.store == loaded.settings.store.path == tmp_path / "store"
    assert loaded.settings.smtp == Settings().smtp


def test_a_flag_beats_the_environment_which_beats_the_file_which_beats_the_default(tmp_path: Path) -> None:
    text = '[smtp]\nhost = "192.0.2.1"\nport = 1\nmax_size = 1\n'
    environ = {"LOFTBOX_SMTP_PORT": "2", "LOFTBOX_SMTP_MAX_SIZE": "2"}
    loaded = load(tmp_path, text, environ, (Flag("--most", "smtp.max_size", "3"),))
    smtp = loaded.settings.smtp
    assert (smtp.host, smtp.port, smtp.max_size) == ("192.0.2.1", 2, 3)
    assert loaded.sources["smtp.host"] == f"{tmp_path}/loftbox.toml:2"
    assert loaded.sources["smtp.port"] == "LOFTBOX_SMTP_PORT"
    assert loaded.sources["smtp.max_size"] == "--most"
    assert loaded.sources["smtp.tls_key"] == DEFAULT


def test_every_kind_of_value_is_read_from_the_file(tmp_path: Path) -> None:
    loaded = load(
        tmp_path,
        """
        [gateway]
        hostname = "MX.Example.com."
        operator = "ops@example.com"
        addresses = ["192.0.2.25", "2001:DB8::25"]
        approve_domains = true
        [store]
        path = "/srv/mail"
        [smtp]
        max_size = "10 MiB"
        [dns]
        servers = ["127.0.0.1:5353", "[::1]:53", "2001:db8::53", "resolver.example.com"]
        deadline = "250ms"
        [delivery]
        next_hop = "[2001:db8::1]:2525"
        allow_networks = ["127.0.0.0/8"]
        retry = ["100ms", "1h30m"]
        [log]
        format = "json"
        """,
    )
    settings = loaded.settings
    assert settings.gateway.hostname == "mx.example.com"
    assert settings.gateway.operator == "ops@example.com"
    assert settings.gateway.addresses == ("192.0.2.25", "2001:db8::25")
    assert settings.gateway.approve_domains is True
    assert loaded.store == Path("/srv/mail")
    assert settings.smtp.max_size == 10 << 20
    assert settings.dns.servers == ("127.0.0.1:5353", "[::1]:53", "2001:db8::53", "resolver.example.com")
    assert settings.dns.deadline == timedelta(milliseconds=250)
    assert settings.delivery.next_hop == Smarthost("2001:db8::1", 2525)
    assert settings.delivery.allow_networks == ("127.0.0.0/8",)
    assert settings.delivery.retry == (timedelta(milliseconds=100), timedelta(hours=1, minutes=30))
    assert settings.log.format == "json"


def test_lists_stand_in_the_environment_with_commas_and_nothing_is_an_empty_list(tmp_path: Path) -> None:
    environ = {
        "LOFTBOX_WEBHOOKS_RETRY": "0s, 1s,2s",
        "LOFTBOX_WEBHOOKS_ALLOW_NETWORKS": "127.0.0.0/8,::1/128",
        "LOFTBOX_DNS_SERVERS": "",
        "LOFTBOX_GATEWAY_APPROVE_DOMAINS": "True",
        "LOFTBOX_SMTP_PORT": "0",
    }
    settings = load(tmp_path, "", environ).settings
    assert settings.webhooks.retry == tuple(timedelta(seconds=n) for n in range(3))
    assert settings.webhooks.allow_networks == ("127.0.0.0/8", "::1/128")
    assert settings.dns.servers == ()
    assert settings.gateway.approve_domains is True
    assert settings.smtp.port == 0


@pytest.mark.rule("F11")
@pytest.mark.parametrize(
    ("text", "line", "said", "fix"),
    [
        ("[smtp]\nprt = 25\n", 2, "smtp.prt is not a setting", "did you mean smtp.port?"),
        ("# a\n\n[stmp]\nport = 25\n", 4, "stmp.port is not a setting", "smtp.port"),
        ('hostname = "a.b"\n', 1, "hostname is not a setting", "did you mean gateway.hostname?"),
        ("smtp = 25\n", 1, "smtp must be a table", "write [smtp]"),
        ("[[smtp]]\nport = 25\n", 1, "smtp must be a table", "write [smtp]"),
        ("[smtp.tls]\nkey = 1\n", 1, "smtp.tls is not a setting", "smtp.tls_key"),
        ('[smtp]\nport = "25"\n', 2, "smtp.port must be a port, 0 to 65535, not '25'", "mend that line"),
        ("[smtp]\nport = true\n", 2, "smtp.port must be a port", ""),
        ("[smtp]\nport = 65536\n", 2, "smtp.port must be a port", ""),
        ("[smtp]\nport = 2.5\n", 2, "smtp.port must be a port", ""),
        ('smtp.host = "a"\nsmtp.port = -1\n', 2, "smtp.port must be a port", ""),
        ("smtp = { port = -1 }\n", 1, "smtp.port must be a port", ""),
        ('["smtp"]\n"port" = -1\n', 2, "smtp.port must be a port", ""),
        ('[smtp]\nhost = "a\\u001bb"\n', 2, "smtp.host must be an IP address", ""),
        ('[smtp]\nhost = "a b"\n', 2, "smtp.host must be", ""),
        ('[smtp]\nmax_size = "25 MB"\n', 2, "smtp.max_size must be a size", ""),
        ("[smtp]\nmax_size = 0\n", 2, "smtp.max_size must be a size", ""),
        ('[smtp]\ntls_key = "key.pem"\n', 2, "smtp.tls_key must be an absolute path", ""),
        ('[gateway]\nhostname = "mx"\n', 2, "gateway.hostname must be a full host name", ""),
        ('[gateway]\nhostname = "192.0.2.1"\n', 2, "gateway.hostname must be a full host name", ""),
        ('[gateway]\noperator = "ops"\n', 2, "gateway.operator must be a mail address", ""),
        ('[gateway]\noperator = "a@b.c\\r\\nBcc: d@e.f"\n', 2, "gateway.operator must be", ""),
        ('[gateway]\naddresses = "192.0.2.1"\n', 2, "gateway.addresses must be a list", ""),
        ('[gateway]\naddresses = [\n "192.0.2.256"\n]\n', 2, "gateway.addresses must be a list", ""),
        ('[gateway]\napprove_domains = "yes"\n', 2, "gateway.approve_domains must be true or false", ""),
        ('[dns]\nservers = ["1.2.3.4:99999"]\n', 2, "dns.servers must be a list", ""),
        ('[dns]\nservers = ["::g"]\n', 2, "dns.servers must be a list", ""),
        ('[dns]\ndeadline = "0s"\n', 2, "dns.deadline must be a duration", ""),
        ("[dns]\ndeadline = 5\n", 2, "dns.deadline must be a duration", ""),
        ('[delivery]\nnext_hop = "smtp.example.com"\n', 2, "delivery.next_hop must be a server such as", ""),
        ('[delivery]\nnext_hop = "smtp.example.com:0"\n', 2, "delivery.next_hop must be", ""),
        ('[delivery]\nnext_hop = "u@smtp.example.com:25"\n', 2, "delivery.next_hop must be", ""),
        ('[delivery]\nallow_networks = ["10.1.2.3/8"]\n', 2, "delivery.allow_networks must be", ""),
        ("[delivery]\nretry = []\n", 2, "delivery.retry must be a list of durations", ""),
        ("[delivery]\nconcurrency = 0\n", 2, "delivery.concurrency must be a whole number", ""),
        ('[log]\nlevel = "loud"\n', 2, "log.level must be one of debug, info, warning, error", ""),
        ("[smtp]\nport = \n", 2, "this is not TOML", "mend the line"),
        ("[smtp]\nport = 1\nport = 2\n", None, "this is not TOML", ""),
    ],
)
def test_what_is_wrong_in_the_file_is_named_with_its_line(
    tmp_path: Path, text: str, line: int | None, said: str, fix: str
) -> None:
    error = refusal(tmp_path, text)
    if line is not None:
        assert error.fact.startswith(f"{tmp_path}/loftbox.toml:{line}: ")
    assert said in error.fact
    assert fix in error.fix


@pytest.mark.rule("F11")
@pytest.mark.parametrize(
    ("name", "value", "said", "fix"),
    [
        ("LOFTBOX_SMTP_PRT", "25", "LOFTBOX_SMTP_PRT names no setting", "LOFTBOX_SMTP_PORT"),
        ("LOFTBOX_CONFIGURATION", "x", "LOFTBOX_CONFIGURATION names no setting", "LOFTBOX_CONFIG"),
        ("LOFTBOX_XYZZY_QWERTY", "x", "names no setting", "remove it"),
        ("LOFTBOX_SMTP_PORT", "smtp", "LOFTBOX_SMTP_PORT: smtp.port must be a port", "unset it"),
        ("LOFTBOX_SMTP_PORT", "", "LOFTBOX_SMTP_PORT: smtp.port must be a port", ""),
        ("LOFTBOX_GATEWAY_APPROVE_DOMAINS", "1", "approve_domains must be true or false", ""),
        ("LOFTBOX_DELIVERY_RETRY", "5m,,10m", "delivery.retry must be", ""),
    ],
)
def test_what_is_wrong_in_the_environment_is_named_by_its_variable(
    tmp_path: Path, name: str, value: str, said: str, fix: str
) -> None:
    error = refusal(tmp_path, environ={name: value})
    assert said in error.fact
    assert fix in error.fix


def test_what_is_wrong_in_a_flag_is_named_by_the_flag(tmp_path: Path) -> None:
    error = refusal(tmp_path, flags=(Flag("--most", "smtp.max_size", "large"),))
    assert error.fact.startswith("--most: smtp.max_size must be a size")
    assert error.fix == "give --most such a value"
    assert error.field == "smtp.max_size"


@pytest.mark.parametrize("key", ["delivery.next_hop", "http.public_url", "dns.servers"])
@pytest.mark.parametrize("url", ["smtps://ann:{}@mx.test", "bad://ann:{}@mx.test:1", "ann:{}@mx.test"])
@pytest.mark.parametrize("password", ["hunter2", "hunter2@x", "://hunter2", "a:hunter2", "hun/ter2"])
def test_a_password_in_a_bad_value_is_not_repeated(tmp_path: Path, key: str, url: str, password: str) -> None:
    section, name = key.split(".")
    value = f"'{url.format(password)}'"
    given = refusal(tmp_path, f"[{section}]\n{name} = [{value}]\n")
    told = refusal(tmp_path, f"[{section}]\n{name} = {value}\n") if key != "dns.servers" else given
    for error in (given, told):
        assert "ter2" not in error.fact + error.fix
        assert "ann:…@mx.test" in error.fact


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[smtp]\ntls_key = "/k"\n', "smtp.tls_key stands without smtp.tls_certificate"),
        ('[http]\ntls_certificate = "/c"\n', "http.tls_certificate stands without http.tls_key"),
        ('[http]\nhost = "0.0.0.0"\n', "http.host opens the API to the network without TLS"),
        ('[http]\nhost = ""\n', "http.host opens the API"),
        ('[delivery]\ngive_up_after = "1m"\n', "delivery.give_up_after ends before the first retry"),
    ],
)
def test_settings_that_do_not_go_together_are_refused_at_their_line(
    tmp_path: Path, text: str, said: str
) -> None:
    error = refusal(tmp_path, text)
    assert error.fact.startswith(f"{tmp_path}/loftbox.toml:2: {said}")
    assert error.fix


@pytest.mark.parametrize(
    "text",
    [
        '[http]\nhost = "::1"\n',
        '[http]\nhost = "localhost"\n',
        '[http]\nhost = "0.0.0.0"\ntrusted_proxies = ["10.0.0.0/8"]\n',
        '[http]\nhost = "0.0.0.0"\ntls_certificate = "/c"\ntls_key = "/k"\n',
    ],
)
def test_the_api_may_open_to_loopback_or_behind_tls_or_a_proxy(tmp_path: Path, text: str) -> None:
    load(tmp_path, text)


def test_a_file_that_was_named_must_be_there(tmp_path: Path) -> None:
    places = Places(tmp_path / "none", tmp_path)
    with pytest.raises(BadConfiguration, match=r"gone\.toml cannot be read: No such file"):
        load_settings(environ={}, places=places, config=tmp_path / "gone.toml")
    with pytest.raises(BadConfiguration, match=r"lost\.toml cannot be read"):
        load_settings(environ={"LOFTBOX_CONFIG": str(tmp_path / "lost.toml")}, places=places)


def test_config_beats_the_variable_which_beats_the_usual_place(tmp_path: Path) -> None:
    for number, name in enumerate(("usual", "variable", "flag"), start=1):
        (tmp_path / name).write_text(f"[smtp]\nport = {number}\n")
    places = Places(tmp_path / "usual", tmp_path)
    environ = {"LOFTBOX_CONFIG": str(tmp_path / "variable")}
    assert load_settings(environ={}, places=places).settings.smtp.port == 1
    assert load_settings(environ=environ, places=places).settings.smtp.port == 2
    assert load_settings(environ=environ, places=places, config=tmp_path / "flag").settings.smtp.port == 3


@pytest.mark.parametrize(
    ("content", "said"),
    [(b'[smtp]\nhost = "\xff"\n', "loftbox.toml:2: this is not UTF-8"), (b"#" * (2 << 20), "over 1 MiB")],
)
def test_a_file_that_is_no_text_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "loftbox.toml").write_bytes(content)
    assert said in refusal(tmp_path).fact


def test_a_folder_in_place_of_the_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "loftbox.toml").mkdir()
    assert "cannot be read: Is a directory" in refusal(tmp_path).fact


def test_other_variables_of_ours_are_no_settings_and_no_typing_errors(tmp_path: Path) -> None:
    load(tmp_path, environ={"LOFTBOX_MASTER_KEY_FILE": "/k", "_LOFTBOX_COMPLETE": "source_bash", "PATH": "/"})


def test_as_a_service_systemd_names_the_places() -> None:
    environ = {"STATE_DIRECTORY": "/var/lib/x:/var/lib/y", "CONFIGURATION_DIRECTORY": "/etc/x"}
    assert find_places(environ, user="any") == Places(Path("/etc/x/loftbox.toml"), Path("/var/lib/x"))


def test_the_service_user_and_root_find_the_places_of_the_service(tmp_path: Path) -> None:
    service = Places(tmp_path / "loftbox.toml", Path("/var/lib/loftbox"))
    assert find_places({}, user="loftbox", service=tmp_path) == service
    assert find_places({}, user="root", service=tmp_path) != service
    (tmp_path / "loftbox.toml").touch()
    assert find_places({}, user="root", service=tmp_path) == service
    assert find_places({}, user="anna", service=tmp_path) != service


def test_a_user_has_the_places_of_the_platform(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    places = find_places({}, user="anna", service=tmp_path)
    assert places == Places(tmp_path / "config/loftbox/loftbox.toml", tmp_path / "data/loftbox")


def uncommented() -> str:
    return re.sub(r"^#([a-z_]+ = )", r"\1", DOCUMENTED.read_text(), flags=re.MULTILINE)


def test_the_documented_file_lists_every_setting_with_its_true_default() -> None:
    documented = tomllib.loads(uncommented())
    keys = [f"{section}.{key}" for section, content in documented.items() for key in content]
    assert keys == list(KINDS)
    for key, kind in KINDS.items():
        section, name = key.split(".")
        assert documented[section][name] == kind.spell(value_of(Settings(), key)), key


def test_the_documented_file_loads_as_it_is_and_with_every_line_in_force(tmp_path: Path) -> None:
    assert set(load(tmp_path, DOCUMENTED.read_text()).sources.values()) == {DEFAULT}
    loaded = load(tmp_path, uncommented())
    assert DEFAULT not in loaded.sources.values()
    assert loaded.settings == load(tmp_path, "").settings


def test_what_is_shown_reads_back_as_the_same_settings(tmp_path: Path) -> None:
    environ = {"LOFTBOX_DELIVERY_NEXT_HOP": "[::1]:2525", "LOFTBOX_LIMITS_SHUTDOWN_GRACE": "1m30s"}
    rows = render(load(tmp_path, environ=environ))
    assert [row.key for row in rows] == list(KINDS)
    text = "\n".join(f"{row.key} = {row.value}" for row in rows)
    assert render(load(tmp_path, text))[0].source.endswith("loftbox.toml:1")
    assert [row.value for row in render(load(tmp_path, text))] == [row.value for row in rows]


def test_each_setting_has_one_variable() -> None:
    assert len(VARIABLES) == len(KINDS)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(kind=st.sampled_from(list(KINDS.values())), value=JSON)
def test_any_value_is_read_or_refused_by_every_kind(kind: Kind[object], value: object) -> None:
    try:
        read = kind.read(value)
    except BAD_VALUE:
        return
    assert kind.read(kind.spell(read)) == read


@given(kind=st.sampled_from(list(KINDS.values())), text=st.text())
def test_any_words_are_read_or_refused_by_every_kind(kind: Kind[object], text: str) -> None:
    try:
        kind.read(kind.words(text))
    except BAD_VALUE:
        return
