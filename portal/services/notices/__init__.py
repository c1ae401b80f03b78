"""What changed for a person: made from the messages of the outbox, read at home and in the API."""

from portal.services.notices.reading import NoticeView, Unread, mark_read, unread

__all__ = ["NoticeView", "Unread", "mark_read", "unread"]
