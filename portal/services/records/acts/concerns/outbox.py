"""The messages that an act leaves in the outbox."""

from __future__ import annotations

from portal.services.records.acts.performed import Performed


def leave_messages(performed: Performed) -> None:
    """Leave the messages in the outbox."""
    for topic, message in performed.messages:
        performed.uow.notify(topic, message.payload())
