"""Papers are filled in by a process with limits: what a template tries there costs that process alone."""

from __future__ import annotations

import io
import re
import socket
import sys
import threading
import time
import zipfile

import pytest

from portal.adapters.papers import fill_template
from portal.adapters.papers.filling import in_child
from portal.core.errors import DefinitionError, PortalError
from tests.core.papers.hostile import FILES, TEXTS, Hostile
from tests.core.papers.sheets import paragraph, row, sheet, table

VALUES = {"names": ["甲", "乙<&"], "paper_title": "告知书", "paid": {"said": "否", "yes": False}}


def text_of(content: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read("word/document.xml").decode()


def test_a_paper_states_the_values_and_is_the_same_each_time() -> None:
    template = sheet(
        paragraph("{{ paper_title }}：{{ names }}，{% if paid %}已付{% else %}未付{% endif %}"),
        table(row("{%tr for one in names %}"), row("{{ one }}"), row("{%tr endfor %}")),
    )
    made = fill_template(template, VALUES).content
    assert "告知书：甲、乙&lt;&amp;，未付" in text_of(made)
    assert text_of(made).count("<w:tr>") == 2
    assert made == fill_template(template, VALUES).content


def test_a_value_is_words_whatever_it_says() -> None:
    said = [
        "{{ 7*7 }}",
        "{% for a in b %}",
        "</w:t></w:p><w:altChunk/>",
        "]]>",
        "&amp;&#0;",
        "\x00\x1f\ufffe甲\n乙",
    ]
    values = {f"v{n}": value for n, value in enumerate(said)}
    text = text_of(fill_template(sheet(*(paragraph(f"{{{{ {name} }}}}") for name in values)), values).content)
    assert "49" not in text
    assert "<w:altChunk" not in text
    assert "\x00" not in text
    assert "{{ 7*7 }}" in text
    assert "{% for a in b %}" in text
    assert "甲</w:t></w:r></w:p><w:p>" in text


def test_lines_of_a_value_are_paragraphs() -> None:
    template = sheet(
        paragraph("要求：{{ wanted }}"),
        table(row("{%tr for one in names %}"), row("{{ one }}"), row("{%tr endfor %}")),
    )
    values = {"wanted": "三日内签收\n五日内书面答复\n", "names": ["一\n二", "三"]}
    text = text_of(fill_template(template, values).content)
    lines = [re.sub("<[^>]+>", "", one) for one in re.findall("<w:p>.*?</w:p>", text)]
    assert [one for one in lines if one] == ["要求：三日内签收", "五日内书面答复", "一", "二", "三"]
    assert "<w:br/>" not in text


@pytest.mark.parametrize("one", [*FILES, *TEXTS], ids=lambda one: one.tries)
def test_a_hostile_template_is_refused(one: Hostile) -> None:
    with pytest.raises(DefinitionError) as refused:
        fill_template(one.content, VALUES)
    assert one.code in [problem.code for problem in refused.value.problems]


# What says nothing to Jinja, or nothing that is reached there.
MISSED = [one for one in TEXTS if one.tries.split()[-1] not in ("attribute", "properties", "Jinja", "in")]


@pytest.mark.parametrize("one", MISSED, ids=lambda one: one.tries)
def test_the_process_itself_refuses_what_the_look_would_have_missed(one: Hostile) -> None:
    with pytest.raises(PortalError):
        in_child(one.content, VALUES)


def _child(code: str) -> list[str]:
    return [sys.executable, "-c", f"import portal.adapters.papers.child as c\nc.limit()\n{code}"]


def test_a_process_that_works_on_is_stopped() -> None:
    begun = time.monotonic()
    with pytest.raises(PortalError):
        in_child(b"", {}, command=_child("while True: pass"), timeout=120)
    assert time.monotonic() - begun < 110


def test_a_process_that_hangs_is_stopped() -> None:
    with pytest.raises(PortalError):
        in_child(b"", {}, command=_child("import time; time.sleep(99)"), timeout=3)


def test_a_process_has_little_memory() -> None:
    code = "import sys\nb'x' * (300 * 1024 * 1024)\nsys.stdout.write('paper\\nmade')"
    with pytest.raises(PortalError):
        in_child(b"", {}, command=_child(code))


@pytest.mark.parametrize(
    "code",
    [
        "import subprocess; subprocess.run(['true'])",
        "import os; os.system('true')",
        "import os; os.fork()",
        "open('/tmp/paper-evil', 'w')",
        "import os; os.remove('/tmp/nothing')",
    ],
)
def test_a_process_starts_and_writes_nothing(code: str) -> None:
    with pytest.raises(PortalError):
        in_child(b"", {}, command=_child(f"{code}\nimport sys; sys.stdout.write('paper\\nmade')"))


def test_a_process_reaches_no_network() -> None:
    server = socket.create_server(("127.0.0.1", 0))
    port, met = server.getsockname()[1], []
    server.settimeout(20)

    def wait() -> None:
        try:
            connection, _ = server.accept()
            met.append(connection)
            connection.close()
        except (TimeoutError, OSError):
            pass

    waiting = threading.Thread(target=wait)
    waiting.start()
    code = f"import socket, sys\nsocket.create_connection(('127.0.0.1', {port}), 2)\nsys.stdout.write('paper\\nmade')"
    with pytest.raises(PortalError):
        in_child(b"", {}, command=_child(code))
    server.close()
    waiting.join()
    assert met == []
