"""The time zone of the centres: all of China keeps Beijing time."""

from __future__ import annotations

from zoneinfo import ZoneInfo

NAME = "Asia/Shanghai"
OFFSET = "+08:00"  # as the controls of forms write it behind a day with time
LOCAL = ZoneInfo(NAME)
