"""The page of one's own second factor, and taking a lost one away."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, g, redirect, request, url_for
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response

from portal.core.errors import Forbidden, msg
from portal.services.sign_in import account, second_factor
from portal.web import access
from portal.web.accounts import sessions
from portal.web.accounts.new_password import ConfirmForm
from portal.web.accounts.qr import qr_code
from portal.web.accounts.reach import is_listed
from portal.web.accounts.step_forms import SetUpForm
from portal.web.language import translate


class SecondFactorPages(BaseView):
    """Set up one's own second factor, renew its recovery codes, switch it off."""

    route_base = "/users/second-factor"
    class_permission_name = "SecondFactorPages"
    default_view = "own"
    title = lazy_gettext("Second factor")

    @expose("/", methods=["GET"])
    @has_access
    @permission_name("own")
    def own(self) -> Any:
        """Show whether there is one, and the new key where one waits to be confirmed."""
        return self._page(ConfirmForm(), SetUpForm())

    @expose("/", methods=["POST"])
    @has_access
    @permission_name("own")
    def change(self) -> Any:
        """Do what the button says, once the password has been given."""
        actions = {"start": self._start, "renew": self._renew, "off": self._off}
        action = actions.get(request.form.get("action", ""))
        if action is None:
            abort(400)
        form = ConfirmForm()
        return action() if form.validate() else self._page(form, SetUpForm(formdata=None))

    @expose("/confirm", methods=["POST"])
    @has_access
    @permission_name("own")
    def confirm(self) -> Any:
        """Switch on what was set up, by a first code."""
        form = SetUpForm()
        if form.validate():
            mine = self._account(g.user.id)
            with access.portal().writing(access.current(), access.origin()) as uow:
                codes = second_factor.confirm(uow, mine, form.code.data or "")
                uow.commit()
            if codes is not None:
                return self._codes(codes)
            form.code.errors = [translate(msg("This code is not right, or was used already."))]
        return self._page(ConfirmForm(formdata=None), form)

    @expose("/of/<number:pk>/reset", methods=["POST"])
    @has_access
    @permission_name("others")
    def reset(self, pk: int) -> Response:
        """Take a lost second factor away; a new one is set up at the next sign-in."""
        if not is_listed(pk):
            abort(404)
        with access.portal().writing(access.current(), access.origin()) as uow:
            second_factor.reset(uow, self._account(pk))
            uow.commit()
        text = msg("The second factor has been taken away; this person is signed out everywhere")
        flash(translate(text), "success")
        return redirect(url_for("UserView.show", pk=pk))

    def _start(self) -> Response:
        with access.portal().writing(access.current(), access.origin()) as uow:
            if second_factor.is_set_up(uow.session, g.user.id):
                second_factor.remove(uow, self._account(g.user.id))
            second_factor.prepare(uow, g.user.id)
            uow.commit()
        return redirect(url_for("SecondFactorPages.own"))

    def _renew(self) -> Any:
        with access.portal().writing(access.current(), access.origin()) as uow:
            if not second_factor.is_set_up(uow.session, g.user.id):
                abort(400)
            codes = second_factor.renew_recovery_codes(uow, self._account(g.user.id))
            uow.commit()
        return self._codes(codes)

    def _off(self) -> Response:
        if self._is_required():
            raise Forbidden("second_factor.required", msg("Your roles ask for a second factor"))
        with access.portal().writing(access.current(), access.origin()) as uow:
            second_factor.remove(uow, self._account(g.user.id))
            uow.commit()
        flash(translate(msg("The second factor is switched off")), "success")
        return redirect(url_for("SecondFactorPages.own"))

    def _account(self, user_id: int) -> account.Account:
        found = account.by_id(access.session(), user_id)
        if found is None:
            abort(404)
        return found

    def _is_required(self) -> bool:
        asked = second_factor.is_asked_for(access.portal(), access.session(), g.user.id)
        return sessions.policy().second_factor and asked

    def _page(self, form: ConfirmForm, code_form: SetUpForm) -> Any:
        mine = self._account(g.user.id)
        key = second_factor.key_of(access.portal().keys, access.session(), mine)
        return self.render_template(
            "accounts/second_factor.html",
            title=self.title,
            state=second_factor.state_of(access.session(), mine.id),
            form=form,
            code_form=code_form,
            key=key,
            qr=qr_code(key.address) if key else "",
            required=self._is_required(),
        )

    def _codes(self, codes: list[str]) -> Any:
        return self.render_template(
            "accounts/recovery_codes.html", title=translate(msg("Recovery codes")), codes=codes
        )
