"""`loftbox db`: what its copies and its looks are for programs."""

import json
from pathlib import Path

from loftbox_cli.core.doctor.contents import Part
from tests.cli.session_world import SessionWorld

INIT = "loftbox init --hostname mx.example.com --operator anna@example.com --name Anna"


def test_a_copy_is_told_with_its_size(world: SessionWorld) -> None:
    world.type(INIT)
    screen, code = world.type("loftbox db backup copy.db --json")
    assert code == 0
    assert json.loads(screen) == {"file": "copy.db", "size": (world.home / "copy.db").stat().st_size}


def test_a_look_has_a_finding_for_each_part(world: SessionWorld) -> None:
    world.type(INIT)
    screen, code = world.type("loftbox db check --json")
    data = json.loads(screen)["data"]
    assert code == 0
    assert [list(check) for check in data] == [["object", "name", "state", "fact", "fix"]] * len(Part)


def test_an_unknown_field_copies_nothing(world: SessionWorld) -> None:
    world.type(INIT)
    _, code = world.type("loftbox db backup copy.db --fields nmae")
    assert code == 2
    assert not Path(world.home / "copy.db").exists()
