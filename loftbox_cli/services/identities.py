"""Under which names one human acts: as a user of this system, by a key, through a link."""

from loftbox_cli.core.actor import Actor
from loftbox_cli.services.tx import Tx

_SYSTEM_USER = "os:"


def names_of(tx: Tx, actor: Actor) -> frozenset[str]:
    """Every id of the human behind an actor, its own among them."""
    if actor.id.startswith(_SYSTEM_USER):
        person = tx.persons.find(system_user=actor.id.removeprefix(_SYSTEM_USER))
    else:
        person = tx.persons.find(id=actor.id)
    return frozenset({actor.id}) if person is None else person.names | {actor.id}
