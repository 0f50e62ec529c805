import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loftbox_cli.core.canonical import canonical
from loftbox_cli.core.errors import BadInput

ASCII = st.text(st.characters(max_codepoint=127))
SCALARS = (
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(st.characters(codec="utf-8"))
)
VALUES = st.recursive(SCALARS, lambda each: st.lists(each) | st.dictionaries(ASCII, each), max_leaves=20)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (
            {"b": 1, "a": 2, "A": 3, "1": 4, "10": 5, "": 6, "a\r": 7},
            '{"":6,"1":4,"10":5,"A":3,"a":2,"a\\r":7,"b":1}',
        ),
        ({"z": {"y": [3, None, True, False], "x": {}}}, '{"z":{"x":{},"y":[3,null,true,false]}}'),
        # The string of RFC 8785 section 3.2.2, with its escapes.
        ("€$\u000f\u000aA'\u0042\u0022\u005c\\\"/", '"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"'),
        ("\b\t\n\f\r\x00\x1f\x7f", '"\\b\\t\\n\\f\\r\\u0000\\u001f\x7f"'),
        ("\u2028\u2029\ue000\U0001f600", '"\u2028\u2029\ue000\U0001f600"'),
        (2**53 - 1, "9007199254740991"),
        (-(2**53) + 1, "-9007199254740991"),
        ((1, 2), "[1,2]"),
    ],
)
def test_canonical_json_is_written_as_rfc_8785_says(value: Any, written: str) -> None:
    assert canonical(value) == written.encode()


@pytest.mark.parametrize(
    ("value", "field"),
    [
        ({"data": {"size": 2**53}}, "data.size"),
        ({"data": [0, -(2**53)]}, "data[1]"),
        ({"n": 1.0}, "n"),
        ({"n": float("nan")}, "n"),
        ({"t": "\ud800"}, "t"),
        ({"t": "\ud83d\ude00"}, "t"),
        ({"schlüssel": 1}, ""),
        ({"a": {1: 1}}, "a"),
        ({"a": b"octets"}, "a"),
        ({"a": {1, 2}}, "a"),
    ],
)
def test_what_readers_could_take_differently_is_refused_with_its_place(value: Any, field: str) -> None:
    with pytest.raises(BadInput) as refusal:
        canonical(value)
    assert refusal.value.field == field


def test_a_value_that_nests_without_end_is_refused() -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(BadInput):
        canonical(endless)


@given(VALUES)
def test_canonical_json_reads_back_as_what_was_written(value: Any) -> None:
    written = canonical(value)
    assert json.loads(written) == value
    assert canonical(json.loads(written)) == written


@given(st.dictionaries(ASCII, SCALARS), st.randoms())
def test_the_order_of_insertion_leaves_no_trace(value: dict[str, Any], chance: Any) -> None:
    members = list(value.items())
    chance.shuffle(members)
    assert canonical(dict(members)) == canonical(value)
