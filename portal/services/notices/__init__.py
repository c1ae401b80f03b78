"""What changed for a person: made from the messages of the outbox, read at home and in the API."""

from portal.services.notices.reading import MOST, NoticeView, Unread, is_own, mark_read, unread

__all__ = ["MOST", "NoticeView", "Unread", "is_own", "mark_read", "unread"]
