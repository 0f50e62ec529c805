"""The URL of a smarthost, and the password that belongs to it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loftbox_cli.core.errors import BadInput
from loftbox_cli.core.smarthost import Login, Security, Smarthost, check_password, parse_smarthost


@pytest.mark.rule("O30")
@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("smtps://agent@smtp.example.com", Smarthost("smtp.example.com", 465, Security.IMPLICIT, "agent")),
        ("smtp+tls://smtp.example.com", Smarthost("smtp.example.com", 587, Security.STARTTLS)),
        ("SMTP+TLS://Smtp.Example.COM.:2525", Smarthost("smtp.example.com", 2525, Security.STARTTLS)),
        ("smtp://relay", Smarthost("relay", 25)),
        ("127.0.0.1:2525", Smarthost("127.0.0.1", 2525)),
        ("[2001:db8::1]:2525", Smarthost("2001:db8::1", 2525)),
        (
            "smtps://agent%40example.com@smtp.example.com",
            Smarthost("smtp.example.com", 465, Security.IMPLICIT, "agent@example.com"),
        ),
        (
            "smtps://agent@example.com@smtp.example.com",
            Smarthost("smtp.example.com", 465, Security.IMPLICIT, "agent@example.com"),
        ),
    ],
)
def test_a_url_says_where_how_and_as_whom(text: str, server: Smarthost) -> None:
    assert parse_smarthost(text) == server
    assert parse_smarthost(str(server)) == server


@pytest.mark.parametrize(
    "text",
    [
        *("", "relay", "smtp.example.com", "http://relay", "smtps://", "smtps://a b", "smtps://host:0"),
        *("smtps://host:70000", "smtps://host/path", "smtps://host?x", "smtp://user@host", "u@host:25"),
        *(
            "smtps://user:secret@host",
            "pop3://user:secret@host",
            "user:secret@host:25",
            "smtps://256.1.1.1",
            "smtps://us%0aer@host",
            f"smtps://{'u' * 300}@host",
        ),
    ],
)
def test_what_is_no_smarthost_is_refused_and_no_password_is_repeated(text: str) -> None:
    with pytest.raises(BadInput) as refused:
        parse_smarthost(text)
    assert "secret" not in refused.value.fact


@given(st.text(max_size=40))
def test_any_text_is_a_smarthost_or_bad_input(text: str) -> None:
    try:
        server = parse_smarthost(text)
    except BadInput:
        return
    assert parse_smarthost(str(server)) == server


@pytest.mark.parametrize("password", ["", "a\0b", "x" * 256])
def test_a_password_that_smtp_cannot_carry_is_refused(password: str) -> None:
    with pytest.raises(BadInput):
        check_password(password)


def test_a_login_shows_no_password() -> None:
    assert "secret" not in repr(Login("agent", "secret"))
