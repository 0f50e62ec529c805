"""The tree of a conversation: the REFERENCES algorithm of RFC 5256 section 2.2.

Messages are linked by what they name. A message that others name and that is not
there is a dummy, and goes where it holds nothing together. Grouping by subject
(steps 5 and 6) would weld strangers together, so it happens only where it is asked
for. Nothing here recurses: whoever writes a mail decides how deep a tree is.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

from loftbox_cli.core.threading import MAX_ANCESTORS, read_subject

_QUOTED_ID = re.compile(r'<"((?:[^"\\]|\\.)*)"@')
_QUOTED_PAIR = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True)
class Named:
    """What one message says of itself and of others. `date` is whatever order is wanted."""

    message_id: str
    references: tuple[str, ...]
    in_reply_to: tuple[str, ...]
    subject: str
    date: datetime


@dataclass(frozen=True, slots=True)
class Node:
    """A message, by its place among those that were given, and what answers it; a dummy has no place."""

    place: int | None
    children: tuple["Node", ...]


class Branch(NamedTuple):
    """A node where it stands: how deep, and the place of its parent."""

    node: Node
    depth: int
    parent: int | None


@dataclass(slots=True, eq=False)
class _Container:
    """A message while the tree grows. `key` is what siblings are sorted by."""

    place: int | None = None
    parent: "_Container | None" = None
    children: dict["_Container", None] = field(default_factory=dict)
    key: tuple[datetime, int] | None = None


def forest(messages: Sequence[Named], *, by_subject: bool = False) -> tuple[Node, ...]:
    """Build the trees; siblings are in order of their dates, and of their places where these agree."""
    roots = _pruned(_linked(messages))
    _sort(roots, messages)
    if by_subject:
        roots = _grouped(roots, messages)
        _sort(roots, messages)
    return _frozen(roots)


def branches(trees: Sequence[Node]) -> Iterator[Branch]:
    """Walk through trees from top to bottom, each node before its children."""
    waiting = [Branch(node, 0, None) for node in reversed(trees)]
    while waiting:
        branch = waiting.pop()
        yield branch
        below = branch.node
        waiting += [Branch(node, branch.depth + 1, below.place) for node in reversed(below.children)]


def parents(messages: Sequence[Named]) -> list[int | None]:
    """For each message the place of the one that it answers, as far as that is there."""
    found: list[int | None] = [None] * len(messages)
    for node, _, parent in branches(forest(messages)):
        if node.place is not None:
            found[node.place] = parent
    return found


def reading_order(found: Sequence[int | None]) -> list[int]:
    """The places in the order given, but each parent before what answers it."""
    order: dict[int, None] = {}
    for place in range(len(found)):
        line: list[int] = []
        above: int | None = place
        while above is not None and above not in order:
            line.append(above)
            above = found[above]
        order.update(dict.fromkeys(reversed(line)))
    return list(order)


def normal_id(text: str) -> str:
    """The id without needless quotes: <"a.b"@c> and <a.b@c> are one (RFC 5256 section 2.2)."""
    quoted = _QUOTED_ID.match(text)
    if quoted is None:
        return text
    local = _QUOTED_PAIR.sub(r"\1", quoted[1])
    return f"<{local}@{text[quoted.end() :]}"


def _linked(messages: Sequence[Named]) -> list[_Container]:
    """Step 1: link each message to what it names, whatever is there of it; answers what has no parent."""
    containers: dict[str, _Container] = {}
    for place, message in enumerate(messages):
        name = normal_id(message.message_id)
        if not name or (name in containers and containers[name].place is not None):
            name = f"{place}"  # without an id, or with that of an earlier message: one that nobody can name
        container = containers.setdefault(name, _Container())
        container.place = place
        line = [containers.setdefault(each, _Container()) for each in _named(message)]
        for above, below in pairwise(line):
            if below.parent is None:
                _link(above, below)
        # What a message says of its own parent counts more than what others say of it.
        _unlink(container)
        if line:
            _link(line[-1], container)
    return [each for each in containers.values() if each.parent is None]


def _named(message: Named) -> list[str]:
    """The references, or else the first In-Reply-To; of a hostile list the newest."""
    named = message.references or message.in_reply_to[:1]
    return list(dict.fromkeys(map(normal_id, named[-MAX_ANCESTORS:])))


def _link(above: _Container, below: _Container) -> None:
    """Put one under the other, unless that made a loop."""
    if above is below:
        return
    higher = above if below.children else None  # what has nothing below it is above nothing
    while higher is not None:
        if higher is below:
            return
        higher = higher.parent
    below.parent = above
    above.children[below] = None


def _unlink(container: _Container) -> None:
    if container.parent is not None:
        del container.parent.children[container]
        container.parent = None


def _pruned(roots: list[_Container]) -> list[_Container]:
    """Steps 2 and 3: a dummy gives its children to its parent; at the top only one child moves up."""
    for container in reversed(_downwards(roots)):
        container.children = dict.fromkeys(_promoted(container.children))
        for child in container.children:
            child.parent = container
    kept: list[_Container] = []
    for root in roots:
        kept += [root] if root.place is not None or len(root.children) > 1 else root.children
    for each in kept:
        each.parent = None
    return kept


def _promoted(children: dict[_Container, None]) -> Iterator[_Container]:
    for child in children:
        if child.place is None:
            yield from child.children
        else:
            yield child


def _downwards(roots: Sequence[_Container]) -> list[_Container]:
    """Every container, each before its children."""
    found = list(roots)
    for container in found:  # the list grows while it is walked
        found += container.children
    return found


def _sort(roots: list[_Container], messages: Sequence[Named]) -> None:
    """Steps 4 and 6: siblings by date; a dummy counts as its first child."""

    def key(container: _Container) -> tuple[datetime, int]:
        if container.key is None:
            raise AssertionError("children are sorted before their parents")
        return container.key

    for container in reversed(_downwards(roots)):
        container.children = dict.fromkeys(sorted(container.children, key=key))
        if container.place is None:
            container.key = key(next(iter(container.children)))
        else:
            container.key = messages[container.place].date, container.place
    roots.sort(key=key)


def _grouped(roots: list[_Container], messages: Sequence[Named]) -> list[_Container]:
    """Step 5: threads with one base subject become one thread."""
    table: dict[str, _Container] = {}
    for root in roots:
        base = _base(root, messages)
        other = table.get(base)
        if base and (other is None or _is_better(root, other, messages)):
            table[base] = root
    kept = dict.fromkeys(roots)
    for root in roots:
        base = _base(root, messages)
        other = table.get(base)
        if other is None or other is root or root not in kept:
            continue
        del kept[root]
        if other.place is None:
            other.children |= {root: None} if root.place is not None else root.children
        elif _answers(root, messages) and not _answers(other, messages):
            other.children[root] = None
        else:
            table[base] = dummy = _Container(children={other: None, root: None})
            del kept[other]
            kept[dummy] = None
    return list(kept)


def _is_better(root: _Container, other: _Container, messages: Sequence[Named]) -> bool:
    if other.place is None:
        return False
    return root.place is None or (_answers(other, messages) and not _answers(root, messages))


def _first(container: _Container) -> int:
    """The place of a message, or that of the first one below a dummy."""
    child = container
    while child.place is None:
        child = next(iter(child.children))
    return child.place


def _base(container: _Container, messages: Sequence[Named]) -> str:
    return read_subject(messages[_first(container)].subject).base.casefold()


def _answers(container: _Container, messages: Sequence[Named]) -> bool:
    return container.place is not None and read_subject(messages[container.place].subject).answers


def _frozen(roots: Sequence[_Container]) -> tuple[Node, ...]:
    made: dict[_Container, Node] = {}
    for container in reversed(_downwards(roots)):
        made[container] = Node(container.place, tuple(made[child] for child in container.children))
    return tuple(made[root] for root in roots)
