"""The security manager: Flask-AppBuilder's accounts, answered by our grants."""

from __future__ import annotations

from typing import Any

from flask import Flask, g
from flask_appbuilder.security.sqla.manager import SecurityManager
from flask_jwt_extended import JWTManager

from portal.services import users
from portal.web import access
from portal.web.accounts import sessions
from portal.web.accounts.groups import GroupView
from portal.web.accounts.known_tokens import KnownTokens
from portal.web.accounts.listing import ByName
from portal.web.accounts.login import LoginView
from portal.web.accounts.names import OWN, action_of, thing_of
from portal.web.accounts.new_password import MyPasswordView, PasswordView
from portal.web.accounts.roles import RoleView
from portal.web.accounts.tokens import TokenApi
from portal.web.accounts.users import MyAccountView, UserView
from portal.web.errors import IN_TROUBLE


class PortalSecurityManager(SecurityManager):
    """FAB's security manager with our views, and with permissions that cost no statement each."""

    authdbview = LoginView
    security_api = TokenApi
    userdbmodelview = UserView
    rolemodelview = RoleView
    groupmodelview = GroupView
    userinfoeditview = MyAccountView
    resetmypasswordview = MyPasswordView
    resetpasswordview = PasswordView
    userstatschartview = None

    def __init__(self, appbuilder: Any) -> None:
        super().__init__(appbuilder)
        self.userdbmodelview.datamodel = ByName(self.user_model)

    def has_access(self, permission_name: str, view_name: str) -> bool:
        """Return whether the person of this request holds a permission: by a grant, or by a role of FAB."""
        person = access.person()
        if person is None:
            return False
        if (permission_name, view_name) in OWN:
            return True
        if access.current().can(thing_of(view_name), action_of(permission_name)):
            return True
        return (permission_name, view_name) in access.permissions()

    def create_jwt_manager(self, app: Flask) -> JWTManager:
        """Return the manager that reads tokens."""
        manager = KnownTokens()
        manager.init_app(app)
        manager.user_lookup_loader(self.load_user_jwt)
        return manager

    def load_user(self, pk: Any) -> Any | None:
        """Return the user of the cookie, as long as the session it names goes on.

        The page that says that the portal is in trouble asks nothing of the database: it is a stranger's.
        """
        if g.get(IN_TROUBLE):
            return None
        return sessions.user_of_cookie(int(pk))

    def load_user_jwt(self, _header: Any, claims: dict[str, Any]) -> Any | None:
        """Return the user of a token, as long as the session it names goes on."""
        return sessions.user_of_token(claims)

    def auth_user_db(self, username: str, password: str) -> Any | None:
        """Refuse: every sign-in goes through ``portal.services.sign_in``, which counts attempts."""
        raise NotImplementedError

    def reset_password(self, userid: Any, password: str) -> None:
        """Set a password, with its audit entry; every session of the account ends."""
        with access.portal().writing(access.current(), access.origin()) as uow:
            users.set_password(uow, uow.session.get_one(self.user_model, int(userid)), password)
            uow.commit()

    def is_item_public(self, permission_name: str, view_name: str) -> bool:
        """Return False: public pages of the portal are views without a permission, never a role."""
        return False

    def get_user_menu_access(self, menu_names: list[str] | None = None) -> set[str]:
        """Return which lines of FAB's own menu the person may see; ours is ``portal.web.navigation``."""
        return {name for name in menu_names or () if self.has_access("menu_access", name)}

    def security_cleanup(self, baseviews: Any, menus: Any) -> None:
        """Do nothing: FAB would delete the permissions of the entity types, which no class stands for."""
