"""Numbers of documents: of residents (GB 11643), residence permits and bodies (GB 32100)."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from portal.core.errors import msg
from portal.core.ways.reading import Refused, signs, without_gaps

_CLEAN = re.compile(r"[1-9][0-9]{16}[0-9X]")
_NUMBER = re.compile(r"[0-9]{17}[0-9X]")
_DIGITS = re.compile(r"[0-9X\- ]+")
_POWER = re.compile(r"[0-9](\.[0-9]+)?[eE]\+?[0-9]+")
_MARK = re.compile(r"^'(?=[0-9])")  # by it a spreadsheet takes digits for a text
_USUAL = re.compile(r"[0-9A-Za-z()/-]+")  # of other documents the letters stay as they are
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
_PROVINCES = frozenset(
    str(code)
    for first, last in ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65), (71, 71), (81, 83))
    for code in range(first, last + 1)
)
_PERMITS = ("81", "82", "83")
_CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_SHAPE = re.compile(f"[{_CREDIT}]{{18}}")
_CREDIT_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
EARLIEST = date(1850, 1, 1)

_LENGTH = msg("A resident identity number has 18 places, this one has %(count)s")
_OLD = msg("This is a number of the first generation: enter the 18 places of the present card")
_SIGNS = msg("A resident identity number has 17 digits and at the end a digit or X")
_REGION = msg("An identity number does not begin with %(begin)s: check the first places")
_BIRTH = msg("The places 7 to 14 of an identity number are the birthday; %(day)s is no day")
_CHECK_DIGIT = msg("The last place does not fit the others: one of the 18 places is wrong")
_UNBORN = msg("The birthday in the number, %(day)s, lies in the future")
_SHORTENED = msg("The spreadsheet has shortened this number (%(value)s): copy it with all its digits")
_PERMIT = msg("The number of a residence permit begins with 810000, 820000 or 830000")
_CREDIT_PLACES = msg("A unified social credit code has 18 places, without the letters I, O, S, V and Z")
_CREDIT_CHECK = msg("The last place does not fit the others: one of the 18 places of the code is wrong")


def document(value: Any) -> Any:
    """Return the number of a document as it is stored: one width, capitals, no blanks; no hyphens among digits."""
    if not isinstance(value, str) or _CLEAN.fullmatch(value):
        return value
    plain = signs(value)
    if _POWER.fullmatch(plain) and "+" in plain:
        return Refused("id_number", _SHORTENED, {"value": plain[:40]})
    plain = without_gaps(_MARK.sub("", plain))
    if _USUAL.fullmatch(plain):
        plain = plain.upper()
    return plain.replace("-", "") if _DIGITS.fullmatch(plain) else plain


def fault_of_resident(value: str) -> Refused | None:
    """Return what is wrong with a resident identity number; None for a right one. Its form may be any."""
    number = document(value)
    if isinstance(number, Refused):
        return number
    if not _NUMBER.fullmatch(number):
        if re.fullmatch(r"[1-9][0-9]{14}", number):
            return Refused("id_number", _OLD)
        if _DIGITS.fullmatch(number) and len(number) != 18:
            return Refused("id_number", _LENGTH, {"count": len(number)})
        return Refused("id_number", _SIGNS)
    # Permanent residents of other countries have a 9 before the province.
    province = number[1:3] if number[0] == "9" else number[:2]
    if province not in _PROVINCES:
        return Refused("id_number", _REGION, {"begin": number[:2]})
    if birthday(number) is None:
        return Refused("id_number", _BIRTH, {"day": f"{number[6:10]}-{number[10:12]}-{number[12:14]}"})
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], _WEIGHTS, strict=True))
    return None if _CHECK[total % 11] == number[17] else Refused("id_number", _CHECK_DIGIT)


def fault_of_permit(value: str) -> Refused | None:
    """Return what is wrong with the number of a residence permit of people from Hong Kong, Macao or Taiwan."""
    number = document(value)
    if isinstance(number, str) and _NUMBER.fullmatch(number) and not number.startswith(_PERMITS):
        return Refused("id_number", _PERMIT)
    return fault_of_resident(value)


def fault_of_credit_code(value: str) -> Refused | None:
    """Return what is wrong with a unified social credit code."""
    code = document(value)
    if isinstance(code, Refused):
        return code
    if not _CREDIT_SHAPE.fullmatch(code):
        return Refused("credit_code", _CREDIT_PLACES)
    total = sum(_CREDIT.index(sign) * weight for sign, weight in zip(code[:17], _CREDIT_WEIGHTS, strict=True))
    return None if _CREDIT[(31 - total % 31) % 31] == code[17] else Refused("credit_code", _CREDIT_CHECK)


def birthday(number: str) -> date | None:
    """Return the birthday that a number of 18 places holds; None where its places are no day."""
    try:
        found = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None
    return found if found >= EARLIEST else None


def unborn(value: Any, today: date) -> Refused | None:
    """Return the reason against a resident's number whose birthday is still to come; None for any other value."""
    if not isinstance(value, str) or not _CLEAN.fullmatch(value):
        return None
    born = birthday(value)
    if born is None or born <= today or fault_of_resident(value) is not None:
        return None
    return Refused("id_number", _UNBORN, {"day": born.isoformat()})
