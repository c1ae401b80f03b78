"""The slip that a party takes home, and making its code anew."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template

from portal.core.acts import PRINT_RECEIPT
from portal.core.errors import Conflict, NotFound, msg
from portal.core.lookup_codes import grouped
from portal.services import lookup
from portal.services.records.entering.lookup_codes import renew_code
from portal.web.accounts.qr import qr_code
from portal.web.language import translate
from portal.web.public.progress import slip_url
from portal.web.public.surroundings import described
from portal.web.public.told import Told
from portal.web.records.forms.posted import VERSION, hidden, posted_version, refused_in_words
from portal.web.records.pages.page import RecordPage
from portal.web.words.links import action_url


class ReceiptPage(RecordPage):
    """One request for the slip of a record; sent, it makes the code anew."""

    needs = PRINT_RECEIPT.needs

    def show(self) -> Any:
        """Show the slip; printing it again is noted as the first time was."""
        now, record = self.now, self.record
        receipt = lookup.receipt_of(now.portal, now.session, record)
        if receipt is None:
            raise NotFound("lookup.none", msg("Matters of this kind are not looked up by a code"))
        standing = receipt.standing
        centre = described(standing.bundle, standing.centre) if standing.centre is not None else None
        told = Told(standing, centre, now.portal.clock.now())
        opens = receipt.code is not None and receipt.has_phone
        url = slip_url(receipt.code or "", centre.code if centre else "") if opens else ""
        return render_template(
            "records/receipt.html",
            title=translate(msg("Slip for the party")),
            record=record,
            receipt=receipt,
            told=told,
            centre=centre,
            groups=grouped(receipt.code) if receipt.code else (),
            square=qr_code(url) if opens else "",
            hidden=hidden(**{VERSION: record.version}),
            url=action_url(self.etype, "receipt", record.uid),
            back=self.back,
            crumbs=self.crumbs,
        )

    def submit(self) -> Any:
        """Make the code anew, or for the first time, and lead back to the slip."""
        before = lookup.receipt_of(self.now.portal, self.now.session, self.record)
        told = msg("The code is made: print the slip.")
        if before is not None and before.code:
            told = msg("The code was made anew: slips printed before open nothing.")
        try:
            with self.now.writing() as uow:
                renew_code(uow, self.record.uid, self.etype, posted_version())
                uow.commit()
        except Conflict as refused:
            flash(refused_in_words(refused), "danger")
        else:
            flash(translate(told), "success")
        return redirect(action_url(self.etype, "receipt", self.record.uid), 303)
