"""What an operator forbids, allows, stops and lets go, in the store and in the model."""

from datetime import UTC, datetime

from hypothesis import strategies as st

from loftbox_cli.core.domain import Review
from loftbox_cli.core.mailbox import Oversight
from loftbox_cli.core.pause import PauseScope
from loftbox_cli.core.policy.stored import BindingScope
from loftbox_cli.services import (
    domains,
    pauses,
    policies,
    suppressions,
    threads,
)
from loftbox_cli.services.tx import EVERYTHING
from tests.services.house import ANNA
from tests.services.oversight_deeds import ANY, deed, pick
from tests.services.oversight_model import AGENT_OF, GATEWAY, Text
from tests.services.oversight_stage import POLICY, RECIPIENTS, Stage

STEPPING_IN = (
    *(f"pause {place}" for place in (GATEWAY, "example.com", "first", *AGENT_OF, "p.test")),
    *(f"suppress {recipient}" for recipient in RECIPIENTS[:2]),
    *(f"look example.com {seen}" for seen in ("good", "drifted", "lost")),
    *("look example.net lost", "review suspended", "review approved", *["thread"] * 8),
)
OVERSIGHTS = (*Oversight, Oversight.AUTONOMOUS, Oversight.MONITORED, Oversight.GATED_ALL, Oversight.GATED_ALL)
FOR_EVER = datetime.max.replace(tzinfo=UTC)


class OperatorMachine(Stage):
    """Policies, oversight, pauses, domains and suppressions."""

    # What the operator does.

    @deed(2, name=st.sampled_from(["p", "q"]), text=st.sampled_from(Text))
    def write_another_version(self, name: str, text: Text) -> None:
        source = POLICY.format(name=name, text=text.value)
        self.house.do(policies.change, name, source, why="", **self.house.by())
        self.model.texts[name] = text

    @deed(
        2,
        name=st.sampled_from(["p", "q"]),
        place=st.sampled_from([GATEWAY, "example.com", "first", *AGENT_OF]),
    )
    def bind_or_unbind(self, name: str, place: str) -> None:
        scope = self._scope(place)
        target = "" if place == GATEWAY else place
        kind = BindingScope.ALL if place == GATEWAY else BindingScope(scope.value)
        verb = policies.unbind if (name, place) in self.model.bound else policies.bind
        self.house.do(verb, name, kind, target, **self.house.by())
        self.model.bound ^= {(name, place)}

    @deed(2, address=st.sampled_from(sorted(AGENT_OF)), oversight=st.sampled_from(OVERSIGHTS))
    def oversee(self, address: str, oversight: Oversight) -> None:
        self.house.oversee(self.mailboxes[address], oversight)
        self.model.oversight[address] = oversight.value

    @deed(3, deed=st.sampled_from(STEPPING_IN), place=ANY)
    def step_in(self, deed: str, place: int) -> None:
        """Stop something that goes, or let something go that is stopped."""
        match deed.split(" "):
            case ["pause", where]:
                self._pause_or_resume(where)
            case ["suppress", recipient]:
                self._suppress_or_release(recipient)
            case ["look", name, seen]:
                self._look_at(name, owned=seen != "lost", outbound=seen == "good")
            case ["review", verdict]:
                self._review(Review(verdict))
            case ["thread"] if self.mails:
                self._pause_or_resume_thread(pick(list(self.mails.values()), place).thread)

    @deed(1)
    def all_is_well_again(self) -> None:
        for place in sorted(self.model.paused):
            self._pause_or_resume(place)
        for thread in sorted(self.model.paused_threads):
            self._pause_or_resume_thread(thread)
        for name, recipient in sorted(self.model.suppressed):
            if name == "example.com":
                self._suppress_or_release(recipient)
        for name in sorted(self.model.domains):
            self._look_at(name, owned=True, outbound=True)
        self._review(Review.APPROVED)

    def _pause_or_resume(self, place: str) -> None:
        scope = self._scope(place)
        if place in self.model.paused:
            self.house.do(pauses.resume, scope, place, **self.house.by())
        else:
            self.house.do(pauses.pause, scope, place, why="", **self.house.by())
        self.model.paused ^= {place}

    def _scope(self, place: str) -> PauseScope:
        if "@" in place:
            return PauseScope.MAILBOX
        if place in AGENT_OF.values():
            return PauseScope.AGENT
        if place in self.model.domains:
            return PauseScope.DOMAIN
        return PauseScope.GATEWAY if place == GATEWAY else PauseScope.DESTINATION

    def _pause_or_resume_thread(self, thread: str) -> None:
        if thread in self.model.paused_threads:
            self.house.do(threads.resume, thread, EVERYTHING, **self.house.by())
        else:
            self.house.do(threads.pause, thread, EVERYTHING, why="", **self.house.by())
        self.model.paused_threads ^= {thread}

    def _look_at(self, name: str, *, owned: bool, outbound: bool) -> None:
        self.house.look(self.house.see(domains.find, name), owned=owned, outbound=outbound)
        self.model.domains[name].looked(owned=owned, outbound=outbound, now=self.house.now)

    def _review(self, verdict: Review) -> None:
        request_id = self.house.request()
        self.house.do(domains.review, "example.com", verdict, request_id=request_id, now=self.house.now)
        self.model.domains["example.com"].approved = verdict is Review.APPROVED

    def _suppress_or_release(self, recipient: str) -> None:
        key = ("example.com", recipient)
        if key in self.model.suppressed:
            domain = self.house.see(domains.find, "example.com")
            found = self.house.see(lambda tx: tx.suppressions.find(address=recipient, domain_id=domain.id))
            assert found is not None
            self.house.do(suppressions.release, found.id, by=ANNA, now=self.house.now)
            del self.model.suppressed[key]
            return
        self.house.do(
            suppressions.add,
            domain="example.com",
            address=recipient,
            why="",
            expires_at=None,
            by=ANNA,
            now=self.house.now,
        )
        self.model.suppressed[key] = FOR_EVER
