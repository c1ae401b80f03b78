"""What stands in the place of a personal value: enough to recognise it, never enough to know it.

A mask depends on nothing but the part it shows and, for numbers, the length. Masking twice changes nothing more. The
name of an organisation is shown whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

DOTS = "••••••"
STAR = "*"
# As far as the district; 小区 and 社区 are housing estates and communities, not districts.
_DISTRICT = re.compile(r".{1,18}?(?:(?<![小社])区|县|旗)")
_ADDRESS_KEPT = 6
# A firm or an office is no person: what ends like the name of one stays. No given name ends so, and what joins two
# names, such as a comma, is in none of them.
_ORGANISATION = re.compile(
    r"[^\s、，,；;/*]{1,40}(?:公司|集团|工厂|商店|饭店|酒店|药店|书店|宾馆|旅馆|餐馆|餐厅|超市|商场|市场|银行|支行|分行|信用社"
    r"|合作社|旅行社|医院|卫生院|诊所|学校|学院|大学|中学|小学|幼儿园|事务所|委员会|管理处|办事处|居委会|村委会|业委会|协会"
    r"|学会|商会|工会|中心|车队|施工队|工程队|项目部|经营部|农场|林场|牧场|农资店|公安局|司法局|机构)(?:[（(][^（()）]{1,20}[）)])?"
)


def mask(kind: str, value: Any) -> Any:
    """Return what is shown instead of ``value``; what is empty stays empty."""
    if value is None or value in ("", [], {}):
        return value
    if isinstance(value, list):
        return [mask(kind, member) for member in value]
    return _MASKS[kind](value) if isinstance(value, str) else DOTS


def _name(text: str) -> str:
    """张三 is 张*; the length is not told. 某工厂 stays: an organisation's name is not personal."""
    if _ORGANISATION.fullmatch(text):
        return text
    return text[0] + STAR if len(text) > 1 else STAR


def _identity(text: str) -> str:
    """Keep the first three and the last four of a long number, less of a short one."""
    if len(text) >= 15:
        return text[:3] + STAR * (len(text) - 7) + text[-4:]
    return text[0] + STAR * (len(text) - 3) + text[-2:] if len(text) >= 8 else DOTS


def _phone(text: str) -> str:
    """Hide the four in the middle of a mobile number; of others show no more than four places."""
    if len(text) >= 11:
        return text[:3] + STAR * (len(text) - 7) + text[-4:]
    return text[:2] + STAR * (len(text) - 4) + text[-2:] if len(text) >= 7 else DOTS


def _address(text: str) -> str:
    """Keep an address as far as the district, or its first six characters where it is long."""
    found = _DISTRICT.match(text)
    if found and found.end() < len(text):
        return found[0] + STAR * 3
    masked = text[:_ADDRESS_KEPT] + STAR * 3
    return masked if len(text) > 2 * _ADDRESS_KEPT or text == masked else DOTS


def _text(text: str) -> str:
    return DOTS


_MASKS: Mapping[str, Callable[[str], str]] = {
    "name": _name,
    "id": _identity,
    "phone": _phone,
    "address": _address,
    "text": _text,
}
KINDS = frozenset(_MASKS)
