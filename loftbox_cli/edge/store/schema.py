"""Whether a file holds the tables that the program was written for.

The migrations make them, SQLModel defines them; whoever brings a store up to date
compares the two before the change is committed.
"""

from typing import Any

from sqlmodel import SQLModel

from loftbox_cli.core.errors import DamagedStore
from loftbox_cli.edge.store import approval_tables, mail_tables, policy_tables, route_tables, tables

METADATA = SQLModel.metadata
# Importing them is what fills the metadata.
DEFINED_IN = (tables, mail_tables, approval_tables, policy_tables, route_tables)


def check(connection: Any) -> None:
    """Raise DamagedStore, naming the table, when one lacks a column, has another, or is not there."""
    for table in METADATA.sorted_tables:
        wanted = {(column.name, column.primary_key) for column in table.columns}
        found = {(row[1], bool(row[5])) for row in connection.execute(f'PRAGMA table_info("{table.name}")')}
        if wanted != found:
            odd = ", ".join(sorted({name for name, _ in wanted ^ found}))
            raise DamagedStore(
                f"the table {table.name} of the store has not the shape that this LoftBox knows: {odd}",
                fix="restore the last backup",
            )
