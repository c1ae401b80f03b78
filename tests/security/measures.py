"""The measures of docs/flask-appbuilder.md, signing in and requests: how each is taken away, what must fail then."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Measure:
    """One measure: the gap it closes, the text (found once in the file) that goes, what stands instead, its tests."""

    gap: str
    file: str
    text: str
    instead: str
    tests: tuple[str, ...]


WEB, SIGN_IN = "portal/web/", "portal/services/sign_in/"
ACCOUNTS = f"{WEB}accounts/"
OVER_PROCESSES = (
    "tests/acceptance/test_sign_ins_lock_over_all_processes.py::test_ten_wrong_sign_ins_over_four_processes"
)
TESTS = "tests/web/security/test_"
LOCKOUT, SESSIONS, PASSWORDS = (
    f"{TESTS}lockout.py::test_",
    f"{TESTS}sessions.py::test_",
    f"{TESTS}passwords.py::test_",
)
SECOND, FRAMEWORK, FORGERY = (
    f"{TESTS}second_factor.py::test_",
    f"{TESTS}framework.py::test_",
    f"{TESTS}forgery.py::test_",
)
PAGES = "tests/web/test_security.py::test_"

SIGNING_IN = (
    Measure(
        "No lockout",
        f"{SIGN_IN}attempts.py",
        "if len(found) >= most:",
        "if False:",
        (f"{LOCKOUT}form_and_api_and_other_processes_count_together", OVER_PROCESSES),
    ),
    Measure(
        "No lockout: each process counts for itself",
        f"{SIGN_IN}attempts.py",
        r'{ip}".encode(',
        r"""{ip}\0{__import__('os').getpid()}".encode(""",
        (OVER_PROCESSES,),
    ),
    Measure(
        "No lockout: form and API count apart",
        f"{SIGN_IN}checking.py",
        "count_attempt(portal, username, origin.ip,",
        "count_attempt(portal, username, origin.ip + origin.channel,",
        (f"{LOCKOUT}form_and_api_and_other_processes_count_together", OVER_PROCESSES),
    ),
    Measure(
        "No second factor",
        f"{SIGN_IN}steps.py",
        "and second_factor.is_asked_for(uow.portal, uow.session, account.id)",
        "and False",
        (f"{SECOND}nothing_opens_before_it_is_set_up",),
    ),
    Measure(
        "No second factor: the step after the password opens pages",
        f"{ACCOUNTS}sessions.py",
        "return _user(session.get(SECRET), user_id)",
        "return access.fab_session().get(User, user_id)",
        (f"{SECOND}nothing_opens_before_it_is_set_up",),
    ),
    Measure(
        "A cookie works after sign-out",
        f"{SIGN_IN}sessions.py",
        "return _ROW.ended_at.is_(None), _ROW.expires_at > now,",
        "return _ROW.expires_at > now,",
        (f"{SESSIONS}cookies_and_tokens_die", f"{SESSIONS}a_stolen_cookie_dies_with_the_sign_out"),
    ),
    Measure(
        "A cookie works after another password",
        "portal/persistence/account_events.py",
        "return bool(attributes.password.history.added or closed or fewer_roles)",
        "return bool(closed or fewer_roles)",
        (f"{SESSIONS}cookies_and_tokens_die",),
    ),
    Measure(
        "Tokens cannot be revoked",
        f"{ACCOUNTS}sessions.py",
        "user = _user(claims.get(SECRET), int(subject)) if subject.isdecimal() else None",
        "user = access.fab_session().get(User, int(subject))",
        (f"{SESSIONS}cookies_and_tokens_die",),
    ),
    Measure(
        "No idle limit",
        f"{SIGN_IN}sessions.py",
        "_ROW.expires_at > now, _ROW.seen_at > idle_since",
        "_ROW.expires_at > now",
        (f"{SESSIONS}idle_and_absolute_limits",),
    ),
    Measure(
        "No limit of twelve hours",
        f"{SIGN_IN}sessions.py",
        "_ROW.expires_at > now, _ROW.seen_at > idle_since",
        "_ROW.seen_at > idle_since",
        (f"{SESSIONS}idle_and_absolute_limits",),
    ),
    Measure(
        "The session survives signing in",
        f"{ACCOUNTS}login.py",
        "    _forget_session()\n    query = scope.door(",
        "    query = scope.door(",
        (f"{PAGES}the_session_is_new_after_signing_in",),
    ),
    Measure(
        "No past passwords",
        "portal/services/users/accounts.py",
        "require_good(password, user.username, past_passwords(uow.session, user.id))",
        "require_good(password, user.username)",
        (f"{PASSWORDS}the_last_five_passwords_are_not_taken_again",),
    ),
    Measure(
        "No list of common passwords",
        "portal/services/users/passwords.py",
        "return plain in common_passwords() or len(set(plain)) < FEW_SIGNS",
        "return False",
        (f"{PASSWORDS}the_pages_ask_the_rules",),
    ),
    Measure(
        "Passwords: the page of a new user asks no rules",
        f"{ACCOUNTS}users.py",
        "validators=[DataRequired(), good_password],",
        "validators=[DataRequired()],",
        (f"{PASSWORDS}the_pages_ask_the_rules",),
    ),
    Measure(
        "Changing the own password does not ask for the one in force",
        f"{ACCOUNTS}new_password.py",
        "validators=[DataRequired(), own_password],",
        "validators=[],",
        (f"{SECOND}changing_the_own_password_takes_the_one_in_force",),
    ),
    Measure(
        "Changing the own password: wrong ones do not lock",
        f"{SIGN_IN}checking.py",
        "attempt = attempts.count_attempt(portal, account.username, origin.ip, limits)",
        "attempt = attempts.Attempt(1, '', 0)",
        (f"{SECOND}changing_the_own_password_takes_the_one_in_force",),
    ),
    Measure(
        "A password set by an administrator stays",
        f"{SIGN_IN}steps.py",
        "return held is not None and held.must_change_password",
        "return False",
        (f"{SECOND}the_first_password_holds_for_one_sign_in",),
    ),
    Measure(
        "Two accounts whose names differ in case only",
        f"{ACCOUNTS}users.py",
        '{"username": [free_name]}',
        "{}",
        (f"{FRAMEWORK}what_cannot_be_saved_comes_back_in_its_form",),
    ),
    Measure(
        "Keys of programs",
        "portal/app.py",
        '"FAB_ADD_MENU_API": False,',
        '"FAB_ADD_MENU_API": False, "FAB_API_KEY_ENABLED": True,',
        (f"{FRAMEWORK}keys_of_programs_open_nothing",),
    ),
    Measure(
        "auth_user_db lets in past any counter",
        f"{ACCOUNTS}manager.py",
        "raise NotImplementedError",
        "return super().auth_user_db(username, password)",
        (f"{LOCKOUT}nobody_signs_in_past_the_counter",),
    ),
    *(
        Measure(
            f"{happening} leaves no trace",
            f"{SIGN_IN}{file}.py",
            text,
            "pass",
            (f"{LOCKOUT}sign_ins_are_in_the_audit_and_passwords_typed_as_names_are_not",),
        )
        for happening, file, text in (
            ("Signing in", "steps", 'audit(uow, "login", account)'),
            ("Signing out", "sessions", '_audit(uow, "logout", user)'),
            (
                "Failing to sign in",
                "account",
                'audit(uow, "login_failed", account, {"attempt": attempt, **more})',
            ),
        )
    ),
    Measure(
        "Trace of signing in: a password typed as a name is kept",
        f"{SIGN_IN}account.py",
        'Account(NO_ACCOUNT, f"?{known}", f"?{known}", nobodys)',
        "Account(NO_ACCOUNT, username, username, nobodys)",
        (f"{LOCKOUT}sign_ins_are_in_the_audit_and_passwords_typed_as_names_are_not",),
    ),
)

REQUESTS = (
    Measure(
        "GET /delete/<pk> deletes: the address",
        f"{ACCOUNTS}users.py",
        '{"delete", *BULK_ROUTES}',
        "BULK_ROUTES",
        (f"{FORGERY}the_delete_address_of_the_framework_deletes_nobody",),
    ),
    Measure(
        "GET changes something: signing out by a link",
        f"{ACCOUNTS}login.py",
        '@expose("/logout/", methods=["POST"])',
        '@expose("/logout/", methods=["GET", "POST"])',
        (f"{FORGERY}get_changes_nothing_anywhere_and_every_answer_has_the_headers",),
    ),
    Measure(
        "No protection against forged forms",
        f"{WEB}security.py",
        '"WTF_CSRF_ENABLED": True,',
        '"WTF_CSRF_ENABLED": True, "WTF_CSRF_CHECK_DEFAULT": False,',
        (f"{FORGERY}without_the_token_nothing_changes_anywhere",),
    ),
    Measure(
        "The API may take a token in a cookie or an address",
        "portal/app.py",
        '"FAB_ADD_MENU_API": False,',
        '"FAB_ADD_MENU_API": False, "JWT_TOKEN_LOCATION": ["headers", "cookies", "query_string", "json"],',
        (f"{FRAMEWORK}a_token_counts_in_its_header_only",),
    ),
    Measure(
        "The API may take the cookie of a browser",
        f"{WEB}api/shape.py",
        '    """A part of the API; what a type looks like is known only when it is published."""',
        "    allow_browser_login = True",
        (f"{FRAMEWORK}a_token_counts_in_its_header_only",),
    ),
    Measure(
        "next leads to another host",
        f"{WEB}redirects.py",
        "    try:\n",
        "    return target\n    try:\n",
        (f"{FORGERY}no_next_leaves_the_site",),
    ),
    Measure(
        "next leads to another host by a backslash",
        f"{WEB}redirects.py",
        "if not target or any(",
        "if not target or False and any(",
        (f"{FORGERY}no_next_leaves_the_site",),
    ),
    Measure(
        "A forged host is followed",
        f"{WEB}security.py",
        '"TRUSTED_HOSTS": hosts,',
        '"TRUSTED_HOSTS": None,',
        (f"{FORGERY}a_forged_host_is_refused_and_never_repeated",),
    ),
    Measure(
        "No security headers",
        f"{WEB}security.py",
        "                headers.add(name, value)",
        "                pass",
        (
            f"{PAGES}every_page_has_the_headers",
            f"{FORGERY}get_changes_nothing_anywhere_and_every_answer_has_the_headers",
        ),
    ),
    Measure(
        "Inline scripts",
        f"{WEB}templates/base.html",
        "{% block head %}",
        "<script>start()</script>{% block head %}",
        (f"{PAGES}no_template_carries_script_or_style",),
    ),
    Measure(
        "Inline styles",
        f"{WEB}templates/base.html",
        '<div class="shell">',
        '<div class="shell" style="margin: 0">',
        (f"{PAGES}no_template_carries_script_or_style",),
    ),
    Measure(
        "Cookies without Secure",
        f"{WEB}security.py",
        '"SESSION_COOKIE_SECURE": settings.https,',
        '"SESSION_COOKIE_SECURE": False,',
        (f"{PAGES}hsts_and_secure_cookies_where_there_is_https",),
    ),
    Measure(
        "Cookies without SameSite",
        f"{WEB}security.py",
        '"SESSION_COOKIE_SAMESITE": "Lax",',
        '"SESSION_COOKIE_SAMESITE": None,',
        (f"{PAGES}hsts_and_secure_cookies_where_there_is_https",),
    ),
    Measure(
        "A list can be ordered by any column",
        f"{ACCOUNTS}listing.py",
        "return value in self.order_columns",
        "return True",
        (f"{PAGES}the_users_list_is_no_password_oracle",),
    ),
    Measure(
        "A bad page, order or filter of a list is taken",
        f"{ACCOUNTS}listing.py",
        "            if not self._is_known(name, value):\n                abort(400)",
        "            pass",
        (f"{FRAMEWORK}nonsense_in_the_address_of_a_list_is_refused",),
    ),
    Measure(
        "A bad page, order or filter of the API is taken",
        f"{WEB}words/list_state.py",
        "if reader.problems:",
        "if False:",
        ("tests/web/api/test_records_api.py::test_bad_questions_are_400",),
    ),
    Measure(
        "The filters of a list are shared between requests",
        f"{ACCOUNTS}listing.py",
        "    _filters = OwnFilters()",
        "    _filters: Any",
        ("tests/web/test_observing.py::test_two_requests_share_no_filter",),
    ),
    Measure(
        "What cannot be saved is lost",
        f"{ACCOUNTS}users.py",
        "class UserView(SafeForms, SafeList, UserDBModelView):",
        "class UserView(SafeList, UserDBModelView):",
        (f"{FRAMEWORK}what_cannot_be_saved_comes_back_in_its_form",),
    ),
    Measure(
        "A duplicate key gives 500",
        f"{ACCOUNTS}saving.py",
        "except (IntegrityError, DatabaseException) as error:",
        "except ZeroDivisionError as error:",
        (f"{FRAMEWORK}what_cannot_be_saved_comes_back_in_its_form",),
    ),
    Measure(
        "The last pages are kept in the cookie",
        f"{ACCOUNTS}saving.py",
        "    BaseView.update_redirect = _keep_nothing\n",
        "",
        (f"{FRAMEWORK}no_history_of_pages_is_kept_in_the_cookie",),
    ),
    Measure(
        "Cancel does not know where a form came from",
        f"{ACCOUNTS}saving.py",
        "return str(known()) if known else HOME",
        "return HOME",
        (f"{FRAMEWORK}no_history_of_pages_is_kept_in_the_cookie",),
    ),
    Measure(
        "Refusals become 500",
        f"{WEB}errors.py",
        "    app.register_error_handler(PortalError, _on_portal_error)\n",
        "",
        ("tests/web/test_shell.py::test_refusals_become_http_in_one_place",),
    ),
    Measure(
        "abort(403) in the API becomes 500",
        f"{WEB}errors.py",
        "    app.register_error_handler(HTTPException, _on_http_error)\n",
        "",
        ("tests/web/test_shell.py::test_refusals_become_http_in_one_place",),
    ),
)

MEASURES: tuple[Measure, ...] = SIGNING_IN + REQUESTS
