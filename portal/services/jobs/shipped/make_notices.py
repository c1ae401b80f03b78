"""The reader of the outbox that tells people what changed for them."""

from __future__ import annotations

import datetime as dt

from portal.core.errors import msg
from portal.core.messages import topics
from portal.services.jobs.catalogue import job
from portal.services.jobs.outbox import Message, OutboxSweep
from portal.services.notices.making import make
from portal.services.portal import Work


@job
class MakeNotices(OutboxSweep):
    """Makes a notice for each account that a message concerns; both are stored together, so each notice once."""

    name = "notices"
    title = msg("Tell people what changed")
    every = dt.timedelta(seconds=5)
    topics = topics()

    def send(self, uow: Work, message: Message) -> None:
        """Make the notices of a message."""
        make(uow, message)
