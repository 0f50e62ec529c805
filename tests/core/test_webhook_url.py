import pytest
from hypothesis import given
from hypothesis import strategies as st

from loftbox_cli.core.errors import BadInput
from loftbox_cli.core.webhook_url import judge


@pytest.mark.parametrize(
    ("url", "read"),
    [
        ("https://Hooks.Example.com", "https://hooks.example.com/"),
        ("HTTPS://hooks.example.com:443/a/b?c=d&e=%20", "https://hooks.example.com/a/b?c=d&e=%20"),
        ("https://hooks.example.com.:8443?x=1", "https://hooks.example.com:8443/?x=1"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("https://xn--bcher-kva.example/", "https://xn--bcher-kva.example/"),
        ("https://hooks\u3002example\uff0ecom/", "https://hooks.example.com/"),
        ("https://192.0.2.1/", "https://192.0.2.1/"),
        ("https://[2001:DB8:0::1]:8443/", "https://[2001:db8::1]:8443/"),
        ("http://localhost:4000/hook", "http://localhost:4000/hook"),
        ("http://localhost./hook", "http://localhost/hook"),
        ("http://app.localhost/", "http://app.localhost/"),
        ("http://127.9.9.9:4000/", "http://127.9.9.9:4000/"),
        ("http://[::1]:4000/", "http://[::1]:4000/"),
    ],
)
def test_a_good_url_is_read_in_one_form(url: str, read: str) -> None:
    assert str(judge(url)) == read
    assert judge(read) == judge(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hooks.example.com",
        "//hooks.example.com/",
        "https:hooks.example.com",
        "https:///hook",
        "https://:443/",
        "ftp://hooks.example.com/",
        "file:///etc/passwd",
        "http://hooks.example.com/",
        "http://localhost.example.com/",
        "http://10.0.0.1/",
        "https://user@hooks.example.com/",
        "https://user:word@hooks.example.com/",
        "https://hooks.example.com@127.0.0.1/",
        "https://hooks.example.com\\@127.0.0.1/",
        "https://127.0.0.1\\.example.com/",
        "https://hooks.example.com/#part",
        "https://hooks.example.com#@127.0.0.1/",
        "https://hooks.example.com:0/",
        "https://hooks.example.com:25/",
        "https://hooks.example.com:65536/",
        "https://hooks.example.com:/",
        "https://hooks.example.com:44x/",
        "https://hooks.example.com:443:25/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0x7f.0.0.1/",
        "https://017700000001/",
        "https://0177.0.0.1/",
        "https://127.1/",
        "https://0/",
        "https://127.0.0.1./",
        "https://127。0。0。1/",
        "https://①②⑦.⓪.⓪.①/",
        "https://[::1%25lo]/",
        "https://[fe80::1%eth0]/",
        "https://[::1/",
        "https://[v1.x]/",
        "https://%31%32%37.0.0.1/",
        "https://exa mple.com/",
        "https://example.com/a b",
        "https://example.com/%zz",
        "https://example.com/ü",
        "https://example.com/\r\nX-Injected:%20yes",
        "https://example.com\n/",
        "https://example.com\t/",
        " https://example.com/",
        "https://example..com/",
        "https://-example.com/",
        "https://ex_ample.com/",
        "https://xn--0049/",
        "https://" + "a" * 64 + ".example/",
        "https://" + "a." * 200 + "example/",
        "https://example.com/" + "a" * 2048,
    ],
)
def test_a_url_that_could_lead_elsewhere_is_refused(url: str) -> None:
    with pytest.raises(BadInput) as refusal:
        judge(url)
    assert refusal.value.field == "url"


def test_a_refusal_does_not_repeat_what_may_be_secret() -> None:
    with pytest.raises(BadInput) as refusal:
        judge("http://hooks.example.com/?token=s3cret")
    assert "s3cret" not in refusal.value.fact


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://192.0.2.1/", "192.0.2.1"),
        ("https://[::ffff:10.0.0.1]/", "::ffff:a00:1"),
        ("https://a.example/", ""),
    ],
)
def test_an_address_in_the_place_of_a_name_is_told(url: str, address: str) -> None:
    assert judge(url).address == address


@given(
    st.text()
    | st.text().map(lambda rest: "https://" + rest)
    | st.text().map(lambda rest: "https://a.example/" + rest)
)
def test_any_text_is_a_url_or_refused(text: str) -> None:
    try:
        judged = judge(text)
    except BadInput:
        return
    assert judge(str(judged)) == judged
