"""The values, the tables and the file agree."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from loftbox_cli.core.errors import DamagedStore
from loftbox_cli.edge.store import catalogue, file, schema
from loftbox_cli.edge.store.sqlite import connect


@pytest.mark.parametrize("place", catalogue.ALL, ids=lambda place: place.table)
def test_a_value_has_the_fields_of_its_table_and_names_its_key(place: catalogue.Place[Any]) -> None:
    table = schema.METADATA.tables[place.table]
    assert set(place.codec.names) == {column.name for column in table.columns}
    assert set(place.keys) == {column.name for column in table.primary_key}


def test_every_table_but_the_blobs_holds_a_value() -> None:
    assert set(schema.METADATA.tables) - {place.table for place in catalogue.ALL} == {"blobs"}


@pytest.mark.parametrize("change", ["ALTER TABLE agents ADD COLUMN spare", "DROP TABLE facts"])
def test_a_store_of_another_shape_is_refused_when_it_is_brought_up_to_date(
    tmp_path: Path, change: str
) -> None:
    path = tmp_path / "store.db"
    file.make(path)
    connection = connect(path, writes=True, checkpoints=True)
    connection.execute(change)
    connection.close()
    with pytest.raises(DamagedStore, match=r"the table (agents|facts)"):
        file.bring_up_to_date(path)


def test_a_command_that_reads_the_store_does_not_load_the_library_that_defines_it() -> None:
    loaded = "'sqlmodel' in sys.modules or 'sqlalchemy' in sys.modules"
    code = f"import sys, loftbox_cli.edge.store.store; sys.exit({loaded})"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
