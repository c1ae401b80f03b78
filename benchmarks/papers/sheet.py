"""A4 sheets as Chinese offices typeset them, written by python-docx: title, number, tables, text, signatures, foot.

Faces are named as the standard for official papers names them; where they are not installed, what prints the sheet
takes the nearest one.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from copy import deepcopy

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_ROW_HEIGHT_RULE, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from portal.adapters.papers.child import same_each_time

FANG, HEI, SONG, KAI = "仿宋_GB2312", "黑体", "宋体", "楷体_GB2312"
LATIN = "Times New Roman"
SERIF, SANS = "Noto Serif CJK SC", "Noto Sans CJK SC"
TITLE, BODY, TABLE, SMALL = Pt(22), Pt(15), Pt(12), Pt(10.5)
# In a row of so many centimetres a value begins at the top, in a lower one it stands in the middle.
TALL = 2.0
CENTRE, RIGHT, LEFT = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT, WD_ALIGN_PARAGRAPH.LEFT
JUSTIFY = WD_ALIGN_PARAGRAPH.JUSTIFY


class Sheet:
    """One template in the making."""

    def __init__(self, *, wide: bool = False, compact: bool = False) -> None:
        self.paper = Document()
        self.size = TABLE if compact else BODY
        self._next_page = False
        page = self.paper.sections[0]
        page.page_width, page.page_height = Cm(21), Cm(29.7)
        if wide:
            page.orientation = WD_ORIENT.LANDSCAPE
            page.page_width, page.page_height = Cm(29.7), Cm(21)
        page.top_margin, page.bottom_margin = (Cm(2.5), Cm(2.2)) if compact else (Cm(3.2), Cm(2.8))
        page.left_margin, page.right_margin = Cm(2.7), Cm(2.5)
        page.header_distance, page.footer_distance = Cm(1.5), Cm(1.4)
        self.width = page.page_width - page.left_margin - page.right_margin
        self._plain_style()
        self._foot()

    def _plain_style(self) -> None:
        style = self.paper.styles["Normal"]
        style.font.name, style.font.size = LATIN, self.size
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        fonts.set(qn("w:eastAsia"), FANG)
        lang = style.element.get_or_add_rPr().makeelement(qn("w:lang"), {qn("w:eastAsia"): "zh-CN"})
        style.element.get_or_add_rPr().append(lang)
        self._other_faces()
        style.paragraph_format.space_after = Pt(0)
        style.paragraph_format.widow_control = True

    def _other_faces(self) -> None:
        """Name a face that takes the place of each that may not be installed."""
        part = next(
            one for one in self.paper.part.package.iter_parts() if one.partname.endswith("fontTable.xml")
        )
        made = "".join(
            f'<w:font w:name="{name}"><w:altName w:val="{other}"/><w:charset w:val="86"/></w:font>'
            for name, other in ((FANG, SERIF), (KAI, SERIF), (SONG, SERIF), (HEI, SANS))
        )
        part._blob = part.blob.replace(b"</w:fonts>", made.encode() + b"</w:fonts>")

    def _foot(self) -> None:
        place = self.paper.sections[0].footer.paragraphs[0]
        place.alignment = CENTRE
        for text, field in (("— ", ""), ("", "PAGE"), (" —", "")):
            run = self._run(place, text, SONG, SMALL)
            if field:
                made = OxmlElement("w:fldSimple")
                made.set(qn("w:instr"), field)
                inner = OxmlElement("w:r")
                inner.append(deepcopy(run._element.rPr))
                shown = OxmlElement("w:t")
                shown.text = "1"
                inner.append(shown)
                made.append(inner)
                run._element.addnext(made)

    def _run(self, place, text, face=FANG, size=None, *, bold=False, grey=False):  # type: ignore[no-untyped-def]
        run = place.add_run(text)
        run.font.name, run.font.bold = LATIN, bold
        if size is not None:
            run.font.size = size
        if grey:
            run.font.color.rgb = RGBColor(0x59, 0x59, 0x59)
        run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), face)
        return run

    def _line(self, align=LEFT, *, before=0.0, after=0.0, indent=False, exact=True):  # type: ignore[no-untyped-def]
        made = self.paper.add_paragraph()
        made.alignment = align
        shape = made.paragraph_format
        shape.page_break_before, self._next_page = self._next_page or None, False
        shape.space_before, shape.space_after = Pt(before), Pt(after)
        shape.line_spacing = Pt(self.size.pt * 1.85) if exact else 1.25
        if indent:
            shape.first_line_indent = Pt(self.size.pt * 2)
        return made

    def head(self, title: str = "{{ paper_title }}", *, number: bool = True) -> Sheet:
        """Set the centre's name, the title, and the number where the document has one."""
        self._run(self._line(CENTRE, exact=False), "{{ paper_centre }}", HEI, Pt(16))
        self._run(self._line(CENTRE, before=4, after=6 if number else 16, exact=False), title, HEI, TITLE)
        if number:
            self._run(self._line(CENTRE, after=14, exact=False), "{{ paper_number }}", FANG, TABLE)
        return self

    def text(self, text: str, *, indent: bool = True, face: str = FANG, bold: bool = False) -> Sheet:
        """Set a paragraph of text."""
        self._run(self._line(JUSTIFY, indent=indent), text, face, bold=bold)
        return self

    def heading(self, text: str) -> Sheet:
        """Set a heading within the text."""
        line = self._line(LEFT, before=6, indent=True)
        line.paragraph_format.keep_with_next = True
        self._run(line, text, HEI)
        return self

    def when(self, name: str, *texts: str, heading: str = "") -> Sheet:
        """Set paragraphs that stand only where a field says something."""
        self._block(f"{{%p if {name} %}}")
        if heading:
            self.heading(heading)
        for text in texts:
            self.text(text)
        self._block("{%p endif %}")
        return self

    def part(self, heading: str, name: str) -> Sheet:
        """Set a part that always stands: what a field says, or that there is nothing to say."""
        nothing = "{% if not paper_blank %}无。{% endif %}"
        return self.heading(heading).text(
            f"{{% if {name} %}}{{{{ {name} }}}}{{% else %}}{nothing}{{% endif %}}"
        )

    def each(self, heading: str, name: str) -> Sheet:
        """Set a part with a paragraph for each entry of a list, or that there is none."""
        self.heading(heading)
        self._block(f"{{%p for one in {name} %}}")
        self.text("{{ one }}")
        self._block("{%p endfor %}")
        self._block(f"{{%p if not {name} %}}")
        self.text("无。")
        self._block("{%p endif %}")
        return self

    def new_page(self) -> Sheet:
        """Begin a page with what follows."""
        self._next_page = True
        return self

    def _block(self, tag: str) -> None:
        self._run(self._line(exact=False), tag, SONG, SMALL)

    def small(self, text: str) -> Sheet:
        """Set a note in small letters."""
        self._run(self._line(JUSTIFY, before=8, exact=False), text, SONG, SMALL, grey=True)
        return self

    def gap(self, points: float = 12) -> Sheet:
        """Leave a gap."""
        self._line(before=points, exact=False).paragraph_format.line_spacing = Pt(2)
        return self

    def table(
        self, *rows: Sequence[str], widths: Sequence[float] = (), tall: dict[int, float] | None = None
    ) -> Sheet:
        """Set a table; in each row labels and values alternate, one that ends short spans the rest.

        A row of two where others have four lets its value span; ``tall`` gives rows at least so many centimetres.
        """
        columns = max(len(row) for row in rows)
        made = self.paper.add_table(0, columns)
        made.style, made.alignment, made.autofit = "Table Grid", WD_TABLE_ALIGNMENT.CENTER, False
        shares = widths or ([2.9, 5.0, 2.9, 5.0] if columns == 4 else [2.9, 12.9])
        whole = [int(self.width * share / sum(shares)) for share in shares]
        for index, row in enumerate(rows):
            line = made.add_row()
            line.height_rule = WD_ROW_HEIGHT_RULE.AT_LEAST
            line.height = Cm((tall or {}).get(index, 0.95))
            self._unsplit(line)
            cells = list(line.cells)
            for cell, width in zip(cells, whole, strict=True):
                cell.width = width
            if len(row) < columns:
                cells[len(row) - 1].merge(cells[-1])
            for place, text in enumerate(row):
                label = place % 2 == 0 and len(row) > 1
                self._cell(line.cells[place], text, label=label, tall=(tall or {}).get(index, 0) >= TALL)
        self._grid(made, whole)
        return self

    def repeat(self, heads: Sequence[str], name: str, cells: Sequence[str], widths: Sequence[float]) -> Sheet:
        """Set a table whose row stands once for each entry of a list; it is left out where there are none."""
        self._room_above()
        self._block(f"{{%p if {name} %}}")
        made = self.paper.add_table(0, len(heads))
        made.style, made.alignment, made.autofit = "Table Grid", WD_TABLE_ALIGNMENT.CENTER, False
        whole = [int(self.width * share / sum(widths)) for share in widths]
        rows = (list(heads), [f"{{%tr for one in {name} %}}"], list(cells), ["{%tr endfor %}"])
        for index, row in enumerate(rows):
            line = made.add_row()
            self._unsplit(line)
            for cell, width in zip(line.cells, whole, strict=True):
                cell.width = width
            for place, text in enumerate(row):
                self._cell(line.cells[place], text, label=index == 0, tall=False)
        self._grid(made, whole)
        self._block("{%p endif %}")
        return self

    def _room_above(self) -> None:
        """Leave room between a text and the table under it."""
        above = self.paper.paragraphs[-1] if self._last_is("p") else None
        if above is not None and above.paragraph_format.space_after in (None, 0):
            above.paragraph_format.space_after = Pt(8)

    def _last_is(self, name: str) -> bool:
        blocks = [one for one in self.paper.element.body if one.tag in (qn("w:p"), qn("w:tbl"))]
        return bool(blocks) and blocks[-1].tag == qn(f"w:{name}")

    def together(self) -> Sheet:
        """Keep what stands last on the page of what follows."""
        self._hold_together()
        return self

    def _hold_together(self) -> None:
        """Keep what stands last on the page of the signatures that follow: they never stand alone."""
        if self._last_is("p"):
            self.paper.paragraphs[-1].paragraph_format.keep_with_next = True
        elif self._last_is("tbl"):
            for cell in self.paper.tables[-1].rows[-1].cells:
                for one in cell.paragraphs:
                    one.paragraph_format.keep_with_next = True

    @staticmethod
    def _grid(made, widths: Sequence[int]) -> None:  # type: ignore[no-untyped-def]
        for column, width in zip(made._tbl.tblGrid.findall(qn("w:gridCol")), widths, strict=True):
            column.set(qn("w:w"), str(int(width / 635)))
        layout = OxmlElement("w:tblLayout")
        layout.set(qn("w:type"), "fixed")
        made._tbl.tblPr.append(layout)

    @staticmethod
    def _unsplit(line) -> None:  # type: ignore[no-untyped-def]
        kept = OxmlElement("w:cantSplit")
        line._tr.get_or_add_trPr().append(kept)

    def _cell(self, cell, text: str, *, label: bool, tall: bool) -> None:  # type: ignore[no-untyped-def]
        place = cell.paragraphs[0]
        place.alignment = CENTRE if label else LEFT
        place.paragraph_format.line_spacing = 1.2
        place.paragraph_format.space_before = place.paragraph_format.space_after = Pt(2)
        self._run(place, text, HEI if label else FANG, TABLE)
        if not (tall and not label):
            align = OxmlElement("w:vAlign")
            align.set(qn("w:val"), "center")
            cell._tc.get_or_add_tcPr().append(align)

    def signs(self, *lines: str, day: bool = True) -> Sheet:
        """Set the places for signatures, each with its line, and the day."""
        self._hold_together()
        self.gap(14)
        self._hold_together()
        usual = self.width * (0.42 if self.size == TABLE else 0.34)
        # A blank is half as wide as a sign.
        widest = max(len(text) - text.count("_") / 2 for text in lines) * self.size
        indent = int(max(0, min(usual, self.width - widest)))
        for text in lines:
            line = self._line(LEFT, before=8, exact=False)
            line.paragraph_format.left_indent = indent
            line.paragraph_format.keep_with_next = True
            self._run(line, text, FANG, self.size)
        if day:
            self.day()
        return self

    def day(self) -> Sheet:
        """Set the day of the paper, right."""
        self._hold_together()
        line = self._line(RIGHT, before=10, exact=False)
        line.paragraph_format.right_indent = Cm(1)
        self._run(line, "{{ paper_day }}", FANG, self.size)
        return self

    def seal(self, unit: str = "{{ paper_centre }}") -> Sheet:
        """Set the unit that seals the paper, over its day."""
        self._hold_together()
        line = self._line(RIGHT, before=26, exact=False)
        line.paragraph_format.right_indent = Cm(1)
        line.paragraph_format.keep_with_next = True
        self._run(line, f"{unit}（盖章）", FANG, self.size)
        return self.day()

    def content(self) -> bytes:
        """Return the file, the same each time."""
        told = self.paper.core_properties
        told.author, told.title, told.comments, told.last_modified_by = "", "", "", ""
        told.created = told.modified = dt.datetime(2026, 1, 1)
        made = io.BytesIO()
        self.paper.save(made)
        return same_each_time(made.getvalue())
