"""What `loftbox doctor` makes of facts."""

from datetime import UTC, datetime, timedelta

import pytest

from loftbox_cli.core.doctor import contents, doors, files, machine, routes, secrets
from loftbox_cli.core.doctor.check import Check, Health, all_well, from_error
from loftbox_cli.core.doctor.contents import GOOD, Looked, Part, QuickLook
from loftbox_cli.core.doctor.doors import Certificate, Heard
from loftbox_cli.core.doctor.files import FileSeen, Guard
from loftbox_cli.core.errors import DamagedStore, NoMasterKey, StoreBusy
from loftbox_cli.core.smarthost_login import LoginRefused

OK, WARNING, WRONG, UNKNOWN, NOT_ASKED = Health
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MIB = 1 << 20
NEEDED = (3, 51, 3)


def certificate(
    *names: str, ends: datetime = NOW + timedelta(days=90), begins: datetime = NOW - timedelta(days=1)
) -> Certificate:
    return Certificate(names or ("mx.example.com",), begins, ends, self_signed=False, octets=b"DER")


def judged(found: Certificate, *, served: bytes = b"", hostname: str = "mx.example.com") -> Check:
    return doors.judge_certificate("smtp certificate", found, hostname=hostname, served=served, now=NOW)


def test_warnings_and_the_unknown_are_no_fault() -> None:
    checks = [Check("a", OK, ""), Check("b", WARNING, ""), Check("c", UNKNOWN, "")]
    assert all_well(checks)
    assert not all_well([*checks, Check("d", WRONG, "")])


def test_what_may_pass_is_unknown_and_what_stays_is_wrong() -> None:
    assert from_error("store", StoreBusy("held", fix="wait")) == Check("store", UNKNOWN, "held", "wait")
    assert from_error("store", DamagedStore("broken", fix="mend")) == Check("store", WRONG, "broken", "mend")


@pytest.mark.parametrize(
    ("version", "repaired", "state"), [((3, 53, 4), True, OK), ((3, 40, 1), False, WARNING)]
)
def test_sqlite_is_told_with_its_version(version: tuple[int, ...], repaired: bool, state: Health) -> None:
    check = machine.judge_library(machine.Library(version, repaired, NEEDED))
    assert check.state is state
    assert ".".join(map(str, version)) in check.fact
    assert ("3.51.3" in check.fix) is not repaired


@pytest.mark.parametrize(
    ("free", "state"), [(511, WRONG), (512, WARNING), (1023, WARNING), (1024, OK), (90_000, OK)]
)
def test_a_disk_warns_before_mail_is_refused(free: int, state: Health) -> None:
    check = machine.judge_disk(free * MIB, 512 * MIB)
    assert check.state is state
    assert f"{free} MiB" in check.fact


@pytest.mark.parametrize(
    ("size", "state"), [(0, OK), (machine.WAL_LARGE - 1, OK), (machine.WAL_LARGE, WARNING)]
)
def test_a_write_ahead_log_that_grows_is_told(size: int, state: Health) -> None:
    assert machine.judge_wal(size).state is state


@pytest.mark.parametrize(
    ("ahead", "state"),
    [
        (timedelta(days=-400), OK),
        (timedelta(0), OK),
        (timedelta(minutes=1), OK),
        (timedelta(minutes=2), WARNING),
        (timedelta(minutes=10), WARNING),
        (timedelta(minutes=11), WRONG),
        (timedelta(days=400), WRONG),
    ],
)
def test_a_store_from_the_future_says_that_the_clock_went_back(ahead: timedelta, state: Health) -> None:
    assert machine.judge_clock(NOW, NOW + ahead).state is state


def test_how_far_the_clock_went_back_is_told_with_both_times() -> None:
    check = machine.judge_clock(NOW, NOW + timedelta(hours=3))
    assert "2026-11-22T12:00:00.000Z" in check.fact
    assert "2026-11-22T15:00:00.000Z" in check.fact
    assert "back by 3h" in check.fact


def test_a_store_without_events_says_nothing_about_the_clock() -> None:
    assert machine.judge_clock(NOW, None).state is OK


@pytest.mark.parametrize(
    ("hostname", "state"),
    [
        ("mx.example.com", OK),
        ("", WRONG),
        ("mx.local", WARNING),
        ("box.localdomain", WARNING),
        ("mx", WARNING),
    ],
)
def test_other_servers_must_find_our_name(hostname: str, state: Health) -> None:
    first, second = machine.judge_names(hostname, "anna@example.com")
    assert (first.name, first.state) == ("hostname", state)
    assert second.state is OK


def test_notices_need_an_address() -> None:
    assert [check.state for check in machine.judge_names("mx.example.com", "")] == [OK, WRONG]


def test_a_gateway_that_does_not_run_is_a_warning_with_its_command() -> None:
    check = doors.judge_daemon(runs=False, process=None, since=None)
    assert (check.state, check.fix) == (WARNING, "loftbox serve")


def test_a_gateway_that_has_not_said_where_it_listens_is_starting() -> None:
    assert doors.judge_daemon(runs=True, process=None, since=None).state is UNKNOWN
    assert doors.judge_daemon(runs=True, process=17, since=NOW).state is OK


def test_a_door_that_fails_is_wrong_with_its_own_words() -> None:
    heard = Heard("127.0.0.1:25", fault="it said '554 go away'")
    for check in (doors.judge_smtp(heard), doors.judge_http(heard)):
        assert check.state is WRONG
        assert "554 go away" in check.fact


def test_a_door_for_mail_without_tls_is_a_warning_and_one_for_programs_is_not() -> None:
    heard = Heard("127.0.0.1:25", words="220 mx ESMTP")
    assert doors.judge_smtp(heard).state is WARNING
    assert doors.judge_http(heard).state is OK
    assert doors.judge_smtp(Heard("*:25", tls="TLSv1.3")).state is OK


@pytest.mark.parametrize(
    ("host", "tls", "proxies", "state"),
    [
        ("127.0.0.1", False, (), OK),
        ("::1", False, (), OK),
        ("localhost", False, (), OK),
        ("192.0.2.1", True, (), OK),
        ("", True, (), OK),
        ("192.0.2.1", False, ("192.0.2.7/32",), OK),
        ("192.0.2.1", False, ("0.0.0.0/0",), WRONG),
        ("192.0.2.1", False, ("192.0.2.7/32", "::/0"), WRONG),
        ("192.0.2.1", False, (), WRONG),
        ("", False, (), WRONG),
        ("mx.example.com", False, (), WRONG),
    ],
)
def test_keys_do_not_cross_a_network_in_the_clear(
    host: str, tls: bool, proxies: tuple[str, ...], state: Health
) -> None:
    assert doors.judge_exposure(host, tls=tls, proxies=proxies).state is state


@pytest.mark.parametrize(
    ("left", "state"),
    [
        (timedelta(days=-1), WRONG),
        (timedelta(0), WRONG),
        (timedelta(days=13), WARNING),
        (timedelta(days=14), OK),
        (timedelta(days=3650), OK),
    ],
)
def test_a_certificate_is_told_two_weeks_before_it_ends(left: timedelta, state: Health) -> None:
    assert judged(certificate(ends=NOW + left)).state is state


def test_a_certificate_of_tomorrow_is_wrong_today() -> None:
    assert judged(certificate(begins=NOW + timedelta(hours=1))).state is WRONG


def test_a_self_signed_certificate_is_told_and_no_fault() -> None:
    found = Certificate(("mx.example.com",), NOW, NOW + timedelta(days=90), self_signed=True, octets=b"")
    check = judged(found)
    assert check.state is OK
    assert "self-signed" in check.fact


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("mx.example.com", OK),
        ("MX.Example.com", OK),
        ("*.example.com", OK),
        ("*.com", WARNING),
        ("example.com", WARNING),
        ("*.mx.example.com", WARNING),
    ],
)
def test_a_certificate_has_to_name_us(name: str, state: Health) -> None:
    assert judged(certificate(name)).state is state


def test_a_door_that_shows_an_old_certificate_wants_a_reload() -> None:
    assert judged(certificate(), served=b"DER").state is OK
    check = judged(certificate(), served=b"another DER")
    assert check.state is WARNING
    assert "reload" in check.fix


def seen(mode: int, guard: Guard, owner: str = "loftbox") -> list[Check]:
    return list(files.judge_files([FileSeen("/file", mode, owner, guard)], owner="loftbox"))


@pytest.mark.parametrize(
    ("mode", "guard", "state"),
    [
        (0o600, Guard.OURS, OK),
        (0o700, Guard.OURS, OK),
        (0o640, Guard.OURS, WRONG),
        (0o604, Guard.OURS, WRONG),
        (0o640, Guard.TLS_KEY, OK),
        (0o660, Guard.TLS_KEY, WRONG),
        (0o644, Guard.TLS_KEY, WRONG),
        (0o644, Guard.SETTINGS, OK),
        (0o664, Guard.SETTINGS, WRONG),
        (0o646, Guard.SETTINGS, WRONG),
    ],
)
def test_a_file_is_as_closed_as_it_has_to_be(mode: int, guard: Guard, state: Health) -> None:
    (check,) = seen(mode, guard)
    assert check.state is state
    assert bool(check.fix) is (state is WRONG)


@pytest.mark.parametrize(
    ("owner", "guard", "state"),
    [
        ("root", Guard.OURS, WRONG),
        ("anna", Guard.OURS, WRONG),
        ("root", Guard.TLS_KEY, OK),
        ("root", Guard.SETTINGS, OK),
        ("anna", Guard.SETTINGS, WRONG),
    ],
)
def test_a_file_belongs_to_the_gateway_or_where_that_does_no_harm_to_root(
    owner: str, guard: Guard, state: Health
) -> None:
    assert [check.state for check in seen(0o600, guard, owner)] == [state]


def test_each_bad_file_is_told_and_the_good_ones_are_counted() -> None:
    bad = FileSeen("/bad", 0o666, "loftbox", Guard.OURS)
    good = FileSeen("/good", 0o600, "loftbox", Guard.OURS)
    checks = list(files.judge_files([good, bad, good], owner="loftbox"))
    assert [check.state for check in checks] == [WRONG, OK]
    assert checks[0].fix == "chmod go= /bad"
    assert "2 files" in checks[1].fact


def test_a_key_that_only_the_gateway_may_read_is_unknown_while_it_runs() -> None:
    missing = NoMasterKey("there is no master key", fix="put it back")
    assert secrets.judge_no_key(missing, served=True).state is UNKNOWN
    assert secrets.judge_no_key(missing, served=False) == Check(
        "master key", WRONG, "there is no master key", "put it back"
    )


def test_every_part_of_the_store_has_its_sentence() -> None:
    assert set(GOOD) == set(Part)
    for part in Part:
        assert contents.judge_part(Looked(part, 4)).state is OK
        assert contents.judge_part(Looked(part, 4, ("one fault",))).state is WRONG


def test_many_faults_are_told_by_the_first_three() -> None:
    check = contents.judge_part(Looked(Part.BLOBS, 9, ("a", "b", "c", "d", "e")))
    assert check.fact == "a; b; c; and 2 more"


def test_a_store_too_large_for_a_quick_look_is_not_called_good() -> None:
    check = contents.judge_quick(QuickLook(1, (), finished=False))
    assert (check.state, check.fix) == (UNKNOWN, "loftbox db check")
    assert contents.judge_quick(QuickLook(1, (), finished=True)).state is OK
    assert contents.judge_quick(QuickLook(1, ("page 3 is bad",), finished=True)).state is WRONG


@pytest.mark.parametrize(
    ("validates", "state", "words"),
    [
        (True, OK, "DANE is on"),
        (False, OK, "DANE is off: resolver not validating"),
        (None, UNKNOWN, "not known"),
    ],
)
def test_it_is_told_whether_dane_protects_mail(validates: bool | None, state: Health, words: str) -> None:
    check = routes.judge_dane(validates)
    assert check.state is state
    assert words in check.fact


def test_a_smarthost_that_refuses_our_login_is_told_with_its_words() -> None:
    url = "smtps://agent@smtp.example.net:465"
    (check,) = routes.judge_logins(
        [LoginRefused(url, datetime(2026, 11, 22, 12, tzinfo=UTC), "535 5.7.8 no")]
    )
    assert check.state is WRONG
    assert check.fact == f"{url} refuses our login since 2026-11-22T12:00:00.000Z: 535 5.7.8 no"
    assert not list(routes.judge_logins(()))
