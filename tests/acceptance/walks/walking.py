"""A story of a pack through the pages: each person signs in, finds the case from home and acts by what is shown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Flask

from portal.adapters.clock import FixedClock
from portal.core.access import Access, Origin
from portal.core.packs import PackLibrary, resolve, stories
from portal.core.zone import LOCAL
from portal.services import records, users
from portal.services.portal import Portal
from portal.services.stories.steps import fits, opened
from tests.acceptance.walks.page import Form
from tests.acceptance.walks.person import Person

SYSTEM = Access.system("walk")
PASSWORD = "Walk-the-stories-2026"
MORE_LISTS = 40
# Written into a form and long enough to be told from the words of the page itself.
LONG = 4
NOT_YET = "还不能办"


class Turning:
    """A clock that the story turns."""

    def __init__(self) -> None:
        self.moment = dt.datetime(2026, 1, 1, 9, tzinfo=LOCAL)

    def go_to(self, day: str) -> None:
        self.moment = dt.datetime.combine(dt.date.fromisoformat(day), dt.time(9), LOCAL)

    def later(self) -> None:
        self.moment += dt.timedelta(minutes=1)

    def now(self) -> dt.datetime:
        return self.moment.astimezone(dt.UTC)

    def today(self) -> dt.date:
        return self.moment.date()


@dataclass
class Told:
    """What came of one step: who, where the case was found, and which words of the step before were read there."""

    step: str
    who: str
    found: str = ""
    read: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()


@dataclass
class Walk:
    """One story on its way."""

    client: Callable[[], Any]
    portal: Portal
    clock: Turning
    pack: str
    unit: str
    steps: list[Mapping[str, Any]]
    bundle: Mapping[str, Any]
    uid: str = ""
    code: str = ""
    # How the people stand before the pages: by requests, or at a browser.
    people: type[Person] = Person
    # Records beside the case by the names that the story gives them.
    others: dict[str, str] = field(default_factory=dict)
    written: list[str] = field(default_factory=list)
    # The step that was taken last, by the name that the history gives it, and the record on which it was taken.
    taken: tuple[str, str] = ("", "")
    told: list[Told] = field(default_factory=list)

    @classmethod
    def of(
        cls,
        app: Flask,
        portal: Portal,
        clock: Turning,
        library: PackLibrary,
        pack: str,
        story: str | Mapping[str, Any],
    ) -> Walk:
        """Return a story of a pack, or one with its own steps, with an account for each person in it."""
        resolved = resolve(pack, library)
        told = stories(library, pack)[story] if isinstance(story, str) else story
        walk = cls(
            app.test_client, portal, clock, pack, resolved.manifest.unit or "", told["steps"], resolved.bundle
        )
        clock.go_to(told["today"])
        walk.make_accounts()
        return walk

    def make_accounts(self) -> None:
        """Make an account for each person of the story."""
        with self.portal.at(FixedClock.on(self.clock.today())).writing(SYSTEM, Origin()) as uow:
            for who in dict.fromkeys(step.get("who", "clerk") for step in self.steps):
                role, _, unit = who.partition(":")
                user = users.create(uow, login(self.pack, who), PASSWORD, "某", role)
                users.assign(uow, user.id, role, unit or self.unit, audited=False)
            uow.commit()

    def go(self) -> list[Told]:
        """Walk the whole story; return what came of each step."""
        for step in self.steps:
            if "today" in step:
                self.clock.go_to(step["today"])
            self.clock.later()
            getattr(self, step["do"])(step)
            self.expect(step)
        return self.told

    def person(self, step: Mapping[str, Any]) -> Person:
        """Let the step's person sign in; return them at home."""
        return self.people.sign_in(self.client(), login(self.pack, step.get("who", "clerk")), PASSWORD)

    # --- what people do -----------------------------------------------------------------------------------------

    def register(self, step: Mapping[str, Any]) -> None:
        """Begin a case from home, fill in its form and send it."""
        person = self.person(step)
        if step.get("entity", "case") != "case":
            self.register_other(person, step)
            return
        begin = [href for _, href in person.page.links() if href.split("?")[0].endswith("/case/add")]
        assert begin, (step.get("who"), person.page.main.text)
        person.follow(begin[0])
        person.finish(person.fill(step["data"]))
        self.uid = person.page.address.rstrip("/").rpartition("/")[2]
        self.code = self.facts().code or ""
        assert self.code in person.page.text
        self.told.append(Told("register", step.get("who", "clerk")))
        self.wrote({key: step["data"][key] for key in ("summary", "claim") if key in step["data"]})

    def register_other(self, person: Person, step: Mapping[str, Any]) -> None:
        """Enter a record beside the case by the menu, such as a mediator."""
        lists = [href for _, href in person.page.links() if f"/{step['entity']}/list" in href]
        assert lists, (step, [href for _, href in person.page.links()])
        person.follow(lists[0])
        person.follow(next(href for _, href in person.page.links() if f"/{step['entity']}/add" in href))
        person.finish(person.fill(step["data"]))
        self.others[step["as"]] = person.page.address.rstrip("/").rpartition("/")[2]

    def transition(self, step: Mapping[str, Any]) -> None:
        """Take the step of the lifecycle whose link stands on the case, or on the record beside it."""
        if step.get("expect", {}).get("refused") == "record.unknown":
            assert not self.look_for(self.person(step), self.about(step)), step
            return
        person = self.at_the_case(step)
        links = [
            (words, href)
            for words, href in person.page.links()
            if href.split("?")[0].endswith(f"/{step['transition']}")
        ]
        if step.get("expect", {}).get("refused"):
            able = [words for words, _ in links if not words.endswith(NOT_YET)]
            assert able == [], (step, "a step that can't be taken has no link, or one that says so")
            return
        ways = [href for _, href in links]
        assert ways, (step, person.page.main.text)
        person.follow(ways[0])
        self.read_in(person.form())
        asked = self.named(step.get("form", {}))
        form = person.fill(asked)
        if "reason" in form.controls and step.get("reason"):
            form.enter("reason", [step["reason"]])
        person.finish(form)
        if "as" in step:
            self.others[step["as"]] = opened(self.portal, self.about(step))
        self.wrote(step.get("form", {}))
        record = self.facts(self.about(step))
        self.taken = (
            record.uid,
            self.bundle["lifecycles"][record.etype]["transitions"][step["transition"]]["title"],
        )

    def read_in(self, form: Form) -> None:
        """Note what the step before wrote where it stands in the form already."""
        held = " ".join(value for values in form.values.values() for value in values)
        told = self.told[-1]
        told.read += tuple(words for words in told.unread if words in held)
        told.unread = tuple(words for words in told.unread if words not in held)

    def dispose(self, step: Mapping[str, Any]) -> None:
        """Follow the proposal that the story names; answer what the step behind it asks."""
        if step.get("accept") is False:
            self.send({**step, "department": step["to"]["department"]})
            return
        person = self.at_the_case(step)
        index = self.proposal(step["proposal"])
        form = next(one for one in person.page.forms() if one.values.get("proposal") == [str(index)])
        self.finish(person, form, step)

    def send(self, step: Mapping[str, Any]) -> None:
        """Choose a department on the page of handing over."""
        person = self.at_the_case(step)
        ways = [href for _, href in person.page.links() if f"/dispose/{self.uid}" in href]
        assert ways, person.page.main.text
        person.follow(ways[0])
        form = next(one for one in person.page.forms() if "choice" in one.controls)
        offered = [node.attrs["value"] for node in form.controls["choice"]]
        own = [f"{way}:{step['department']}" for way in ("own", "department")]
        choice = next((one for one in own if one in offered), "")
        assert choice, (step, offered)
        form.enter("choice", [choice])
        form.enter("route", [step["route"]])
        form.enter("reason", [step["reason"]])
        self.finish(person, form, step)

    def whistle(self, step: Mapping[str, Any]) -> None:
        """Call several units in, each by its day."""
        person = self.at_the_case(step)
        person.follow(next(href for _, href in person.page.links() if f"/whistle/{self.uid}" in href))
        form = next(one for one in person.page.forms() if "called" in one.controls)
        form.enter("called", step["called"])
        form.enter("reason", [step["reason"]])
        self.finish(person, form, step)

    def dispute(self, step: Mapping[str, Any]) -> None:
        """Ask the superior whose the matter is."""
        person = self.at_the_case(step)
        form = next(one for one in person.page.forms() if f"/dispute/{self.uid}" in one.action)
        form.enter("reason", [step["reason"]])
        self.finish(person, form, step)

    def decide(self, step: Mapping[str, Any]) -> None:
        """Say whose the matter is."""
        person = self.at_the_case(step)
        form = next(one for one in person.page.forms() if f"/competence/{self.uid}" in one.action)
        form.enter("unit", [step["unit"]])
        form.enter("reason", [step["reason"]])
        self.finish(person, form, step)

    def referral(self, step: Mapping[str, Any]) -> None:
        """Answer the referral by the button on the case."""
        person = self.at_the_case(step)
        form = next(one for one in person.page.forms() if one.action.endswith(f"/{step['action']}"))
        if "reason" in form.controls:
            form.enter("reason", [step.get("reason") or step.get("form", {}).get("result", "")])
        self.finish(person, form, step)

    def finish(self, person: Person, form: Form, step: Mapping[str, Any]) -> None:
        """Press the button; where the step behind it asks for more, its form comes and is filled in."""
        person.send(form, form.buttons[0])
        entered: dict[str, Any] = {"reason": form.values.get("reason", [])}
        asked = person.form() if person.page.forms() else None
        if asked is not None and asked.node.attrs.get("id") == "form":
            entered |= step.get("form", {})
            person.finish(person.fill(step.get("form", {})))
        assert person.page.status == 200, person.page.main.text[:800]
        self.wrote(entered)

    def change(self, step: Mapping[str, Any]) -> None:
        """Change the case by its form."""
        person = self.at_the_case(step)
        ways = [href for _, href in person.page.links() if f"/edit/{self.about(step)}" in href]
        assert ways, person.page.main.text
        person.follow(ways[0])
        form = person.fill(self.named(step["data"]))
        if "reason" in form.controls:
            form.enter("reason", [step.get("reason", "")])
        person.finish(form)
        self.wrote(step["data"])

    def issue(self, step: Mapping[str, Any]) -> None:
        """Issue a document by its button on the case."""
        person = self.at_the_case(step)
        ways = [
            href
            for _, href in person.page.links()
            if href.endswith(f"/paper_add/{self.about(step)}/{step['document']}")
        ]
        assert ways, (step, person.page.main.text)
        person.follow(ways[0])
        form = self.paper_form(person, "/paper_add/")
        for name, value in step.get("asked", {}).items():
            form.enter(f"f.{name}", [value])
        person.send(form, form.buttons[0])
        assert person.page.status == 200, person.page.main.text[:800]
        assert "/paper/" in person.page.address, person.page.address

    def hand_out(self, step: Mapping[str, Any]) -> None:
        """Note on the page of the document to whom it was handed out."""
        person = self.at_the_paper(step)
        form = self.paper_form(person, "/serve")
        form.enter("to", [step["receiver"]])
        form.enter("way", [step["way"]])
        person.send(form, form.buttons[0])
        # The receiver's name is read by those alone who see the parties in clear; the way by all.
        assert step["way"] in person.page.main.text

    def void(self, step: Mapping[str, Any]) -> None:
        """Make the document void on its page."""
        person = self.at_the_paper(step)
        form = self.paper_form(person, "/void")
        form.enter("reason", [step["reason"]])
        person.send(form, form.buttons[0])
        assert "作废" in person.page.main.text

    def explain(self, step: Mapping[str, Any]) -> None:
        """Say on the page of the file why all that is missing is not there, led there by the step that waits for it."""
        person = self.at_the_case(step)
        ways = [href for _, href in person.page.links() if f"/efile/{self.about(step)}" in href]
        assert ways, (step, person.page.main.text)
        person.follow(ways[0])
        person.follow(next(href for _, href in person.page.links() if href.endswith("/the-rest")))
        form = next(one for one in person.page.forms() if "why" in one.controls)
        form.enter("why", [step["reason"]])
        person.send(form, form.buttons[0])
        assert "可以归档" in person.page.main.text, person.page.main.text[:400]
        self.wrote({"reason": step["reason"]})

    def at_the_paper(self, step: Mapping[str, Any]) -> Person:
        """Bring the step's person from home to the latest document of a kind, by the case that names it."""
        person = self.at_the_case(step)
        title = self.bundle["documents"][step["document"]]["title"]
        ways = [href for text, href in person.page.links() if text == title and "/paper/" in href]
        assert ways, (step, person.page.main.text)
        person.follow(ways[-1])
        return person

    def paper_form(self, person: Person, action: str) -> Form:
        """Return the form of the page that goes to an action of documents."""
        found = [one for one in person.page.forms() if action in one.action]
        assert found, person.page.main.text
        return found[0]

    def see(self, step: Mapping[str, Any]) -> None:
        """Look for the case from home: who is not to see it finds it in no list."""
        person = self.person(step)
        found = self.look_for(person, self.about(step))
        assert bool(found) == step["expect"]["visible"], (step, found)

    def wait(self, step: Mapping[str, Any]) -> None:
        """Let time pass."""

    # --- finding and reading ------------------------------------------------------------------------------------

    def at_the_case(self, step: Mapping[str, Any]) -> Person:
        """Bring the step's person from home to the case, by a list that shows it; note what can be read there."""
        person = self.person(step)
        found = self.look_for(person, self.about(step))
        assert found, (step, person.page.text)
        seen = self.all_words(person)
        uid, title = self.taken
        wrote = [*self.written, title] if title and uid == self.about(step) else self.written
        read = tuple(words for words in wrote if words in seen)
        unread = tuple(words for words in wrote if words not in seen)
        title = step.get("transition") or step.get("action") or step["do"]
        self.told.append(Told(title, step.get("who", "clerk"), found, read, unread))
        return person

    def look_for(self, person: Person, uid: str = "") -> str:
        """Open a record from home or from a list that home leads to; return where it stood, else nothing."""
        home, uid = person.page, uid or self.uid
        if self.open_from(person, uid):
            return "home"
        within = [href for _, href in home.links(home.main)]
        others = [href for _, href in home.links() if href not in within]
        for name, hrefs in (("list of home", within), ("menu", others)):
            for href in list(dict.fromkeys(one for one in hrefs if _leads_to_a_list(one)))[:MORE_LISTS]:
                person.home()
                person.follow(href)
                if self.open_from(person, uid):
                    return name
        return ""

    def open_from(self, person: Person, uid: str) -> bool:
        """Follow the link to a record, if the page has one."""
        for _, href in person.page.links(person.page.main):
            if href.split("#")[0].split("?")[0].endswith(f"/show/{uid}"):
                person.follow(href)
                return True
        return False

    def all_words(self, person: Person) -> str:
        """Return the words of the case, with those that its history shows when it is opened."""
        case, words = person.page, person.page.text
        for href in dict.fromkeys(href for _, href in case.links(case.main) if "/history" in href):
            person.page = case
            person.follow(href)
            words += person.page.text
        person.page = case
        return words

    def wrote(self, form: Mapping[str, Any]) -> None:
        """Keep what a step wrote, for the next person to read."""
        self.written = [value for value in _texts(form) if len(value) >= LONG and not value[:4].isdigit()]
        self.taken = ("", "")

    def about(self, step: Mapping[str, Any]) -> str:
        """Return the record that a step is about: the case, or the one named."""
        return self.others.get(step.get("record", ""), self.uid)

    def named(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Return values in which ``@name`` stands for the record of that name."""
        return {
            key: self.others.get(value[1:], value)
            if isinstance(value, str) and value.startswith("@")
            else value
            for key, value in data.items()
        }

    # --- what the portal holds ----------------------------------------------------------------------------------

    def facts(self, uid: str = "") -> Any:
        with self.portal.reading(SYSTEM) as session:
            record = records.get_any(session, uid or self.uid)
            session.expunge(record)
            return record

    def proposal(self, wanted: Mapping[str, Any]) -> int:
        with self.portal.reading(SYSTEM) as session:
            decision = records.latest_decision(self.portal, session, records.get(session, "case", self.uid))
            return next(int(one["index"]) for one in decision.proposals if fits(wanted, one))

    def expect(self, step: Mapping[str, Any]) -> None:
        """Compare the stage with what the story tells."""
        stage = step.get("expect", {}).get("stage")
        if stage:
            assert self.facts(self.about(step)).stage == stage, step


def login(pack: str, who: str) -> str:
    """Return the account of a person of a story."""
    return f"{pack}.{who}".replace("/", ".").replace(":", ".")


def _leads_to_a_list(href: str) -> bool:
    path = href.split("?")[0].split("#")[0]
    return href.startswith("/?list=") or (
        path.startswith(("/records/", "/worklists/", "/lists/"))
        and "/add" not in path
        and "/show/" not in path
    )


def _texts(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return [text for one in value.values() for text in _texts(one)]
    if isinstance(value, list):
        return [text for one in value for text in _texts(one)]
    return [value] if isinstance(value, str) and any("\u4e00" <= sign <= "\u9fff" for sign in value) else []
