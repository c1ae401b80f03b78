"""The condition language in SQL: one translation for lists, counts and worklists.

``Columns`` says where the database has each field; ``translate`` gives the SQL of a condition where the database can
say it of every row, ``split`` what it can say and what is left for Python.
"""

from portal.persistence.condition_sql.asked import (
    NEVER,
    Asked,
    Question,
    Questions,
    ask,
    questions,
    shaped,
)
from portal.persistence.condition_sql.columns import (
    Column,
    Columns,
    LookedUp,
    OwnColumn,
    RowColumn,
    UnitColumn,
)
from portal.persistence.condition_sql.documents import Document, document
from portal.persistence.condition_sql.forms import FORMS, Form
from portal.persistence.condition_sql.translate import Said, certain, said, split, translate

__all__ = [
    "FORMS",
    "NEVER",
    "Asked",
    "Column",
    "Columns",
    "Document",
    "Form",
    "LookedUp",
    "OwnColumn",
    "Question",
    "Questions",
    "RowColumn",
    "Said",
    "UnitColumn",
    "ask",
    "certain",
    "document",
    "questions",
    "said",
    "shaped",
    "split",
    "translate",
]
