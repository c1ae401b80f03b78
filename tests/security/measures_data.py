"""The measures of docs/flask-appbuilder.md, permissions, data and texts, and what the portal adds of its own."""

from __future__ import annotations

from tests.security.measures import Measure

# In the order of the document.
_OF_THE_FRAMEWORK: tuple[Measure, ...] = (
    # -- permissions ---------------------------------------------------------------------------
    Measure(
        "base_filters leak",
        "portal/persistence/scope/session.py",
        "    if not limited or state.is_insert:\n        return\n",
        "    return\n",
        (
            "tests/persistence/test_scope_forms.py::test_every_form_of_statement_is_limited_or_refused",
            "tests/persistence/test_scope.py::test_no_form_of_query_counts_foreign_records",
            "tests/web/scope/test_every_table.py::test_nobody_reads_a_row",
        ),
    ),
    Measure(
        "download checks no row",
        "portal/services/records/entering/attaching.py",
        "        query = query.where(Attachment.record_id == record.id)\n",
        "        pass\n",
        ("tests/web/records/test_records_work.py::test_files_go_with_their_case",),
    ),
    Measure(
        "Who may edit users may give every role",
        "portal/services/users/authority.py",
        "    if not access.may_give(role, definition_at(portal, session, role, unit), unit.path):\n",
        "    if False:\n",
        ("tests/web/security/test_authority.py::test_roles_are_given_as_the_pack_says",),
    ),
    Measure(
        "Who may edit users may set every password",
        "portal/services/users/authority.py",
        "        if not access.may_give(held.role, held.definition, held.unit.path):\n",
        "        if False:\n",
        ("tests/web/security/test_authority.py::test_accounts_out_of_reach_stay_as_they_are",),
    ),
    Measure(
        "The role editor lists raw strings",
        "portal/web/accounts/roles.py",
        '    include_route_methods: ClassVar = {"list", "matrix"}\n',
        "",
        ("tests/web/security/test_authority.py::test_the_raw_editors_of_the_framework_have_no_address",),
    ),
    Measure(
        "The editor of permissions",
        "portal/app.py",
        '        "FAB_ADD_SECURITY_PERMISSION_VIEW": False,\n',
        "",
        ("tests/web/security/test_authority.py::test_the_raw_editors_of_the_framework_have_no_address",),
    ),
    Measure(
        "The editor of views",
        "portal/app.py",
        '        "FAB_ADD_SECURITY_VIEW_MENU_VIEW": False,\n',
        "",
        ("tests/web/security/test_authority.py::test_the_raw_editors_of_the_framework_have_no_address",),
    ),
    Measure(
        "The editor of permissions on views",
        "portal/app.py",
        '        "FAB_ADD_SECURITY_PERMISSION_VIEWS_VIEW": False,\n',
        "",
        ("tests/web/security/test_authority.py::test_the_raw_editors_of_the_framework_have_no_address",),
    ),
    Measure(
        "The editor of groups",
        "portal/web/accounts/groups.py",
        "    include_route_methods: ClassVar[set[str]] = set()\n",
        "    include_route_methods = None\n",
        ("tests/web/security/test_authority.py::test_the_raw_editors_of_the_framework_have_no_address",),
    ),
    Measure(
        "fab security-cleanup deletes the permissions of run-time types",
        "portal/web/accounts/manager.py",
        "    def security_cleanup(self, baseviews: Any, menus: Any) -> None:\n",
        "    def another_cleanup(self, baseviews: Any, menus: Any) -> None:\n",
        (
            "tests/web/security/test_framework.py::"
            "test_starting_writes_no_permissions_and_a_cleanup_takes_none",
        ),
    ),
    Measure(
        "Every process writes permissions when it starts",
        "portal/app.py",
        '        "FAB_UPDATE_PERMS": False,\n',
        "",
        (
            "tests/web/security/test_framework.py::"
            "test_starting_writes_no_permissions_and_a_cleanup_takes_none",
        ),
    ),
    Measure(
        "The role Public opens pages",
        "portal/web/accounts/manager.py",
        "        if person is None:\n            return False\n",
        "        if person is None:\n            return super().is_item_public(permission_name, view_name)\n",
        ("tests/web/security/test_framework.py::test_no_role_is_made_of_patterns_and_nothing_is_public",),
    ),
    Measure(
        "FAB_ROLES takes patterns that are not anchored",
        "portal/app.py",
        '        "FAB_CREATE_DB": False,\n',
        '        "FAB_CREATE_DB": False,\n        "FAB_ROLES": {"Reader": [["Entity.case", "can_list"]]},\n',
        ("tests/web/security/test_framework.py::test_no_role_is_made_of_patterns_and_nothing_is_public",),
    ),
    Measure(
        "Permissions are asked at every page: those of the roles",
        "portal/web/access.py",
        "    if known is None or known[0] is not mine:\n",
        "    if True:\n",
        ("tests/web/security/test_framework.py::test_permissions_are_worked_out_once",),
    ),
    Measure(
        "Permissions are asked at every page: what units allow",
        "portal/services/users/access.py",
        "    known = portal.accesses.get(stamp, user_id)\n",
        "    known = None\n",
        ("tests/web/security/test_framework.py::test_permissions_are_worked_out_once",),
    ),
    Measure(
        "Permissions are kept although they were revoked",
        "portal/persistence/ledger.py",
        "    if changes_access:\n",
        "    if False:\n",
        (
            "tests/services/test_units_and_releases.py::TestAccess::"
            "test_a_revocation_holds_at_the_next_request_in_every_process",
        ),
    ),
    Measure(
        "Charts",
        "portal/web/accounts/manager.py",
        "    userstatschartview = None\n",
        "",
        ("tests/web/security/test_framework.py::test_what_is_not_used_has_no_address",),
    ),
    Measure(
        "The API browser",
        "portal/app.py",
        '        "FAB_ADD_OPENAPI_VIEWS": False,\n        "FAB_ADD_MENU_API": False,\n'
        '        "FAB_API_SWAGGER_UI": False,\n',
        '        "FAB_ADD_MENU_API": False,\n        "FAB_API_SWAGGER_UI": True,\n',
        ("tests/web/security/test_framework.py::test_what_is_not_used_has_no_address",),
    ),
    Measure(
        "The API of the menu",
        "portal/app.py",
        '        "FAB_ADD_MENU_API": False,\n',
        "",
        ("tests/web/security/test_framework.py::test_what_is_not_used_has_no_address",),
    ),
    # -- data and texts ------------------------------------------------------------------------
    Measure(
        "A view class for each type, registered before the first request",
        "portal/services/units/release_cache.py",
        "    known = portal.homes.get(stamp, path)\n",
        "    stamp = 0\n    known = portal.homes.get(stamp, path)\n",
        ("tests/web/records/test_records_fourth_county.py::test_it_is_live_without_a_restart",),
    ),
    Measure(
        "It commits before the rules and the audit have run",
        "portal/persistence/unit_of_work.py",
        "        self.session.close()\n",
        "        self.session.commit()\n        self.session.close()\n",
        (
            "tests/persistence/test_ledger.py::test_a_rolled_back_write_leaves_no_entry",
            "tests/services/test_registering.py::test_a_refused_registration_uses_no_number",
        ),
    ),
    Measure(
        "db.Model is not its Model: tables are missed",
        "portal/persistence/models/page_state.py",
        "from flask_appbuilder import Model\n",
        "from flask_appbuilder.models.sqla.base import SQLA\n\nModel = SQLA().Model\n",
        ("tests/persistence/test_migrations.py::test_the_migrated_database_has_exactly_the_models_tables",),
    ),
    Measure(
        "SQLite as it comes: no foreign keys",
        "portal/persistence/sqlite.py",
        '        "foreign_keys=ON",\n',
        "",
        ("tests/web/security/test_framework.py::test_sqlite_waits_checks_and_keeps",),
    ),
    Measure(
        "SQLite as it comes: no write-ahead log",
        "portal/persistence/sqlite.py",
        '        "journal_mode=WAL",\n',
        '        "journal_mode=DELETE",\n',
        ("tests/web/security/test_framework.py::test_sqlite_waits_checks_and_keeps",),
    ),
    Measure(
        "SQLite as it comes: no waiting",
        "portal/persistence/sqlite.py",
        "BUSY_TIMEOUT_MS = 15_000\n",
        "BUSY_TIMEOUT_MS = 0\n",
        ("tests/web/security/test_framework.py::test_sqlite_waits_checks_and_keeps",),
    ),
    Measure(
        "secure_filename strips Chinese",
        "portal/services/records/entering/attaching.py",
        "        name=safe_name(name),\n",
        "        name=__import__('werkzeug.utils').utils.secure_filename(name),\n",
        ("tests/web/records/test_records_work.py::test_files_go_with_their_case",),
    ),
    Measure(
        "Texts without a Chinese translation",
        "translations/zh_Hans/web.po",
        'msgid "User information changed"\n',
        'msgid "User information was changed"\n',
        ("tests/web/test_shell.py::test_flask_appbuilder_speaks_chinese_too",),
    ),
    Measure(
        "OpenAPI of registered classes only",
        "portal/web/api/openapi/schemas.py",
        '    schema = _taken(form, form.definition["schema"], f"#/components/schemas/{name}")\n',
        "    schema = None\n",
        ("tests/web/api/test_catalogue_api.py::test_the_document_says_what_the_form_says",),
    ),
    Measure(
        "OpenAPI made anew each time",
        "portal/web/api/openapi/document.py",
        "@lru_cache(maxsize=64)\n",
        "@lru_cache(maxsize=0)\n",
        ("tests/web/api/test_catalogue_api.py::test_the_document_is_made_once",),
    ),
)

# What no framework promises: it is shown the same way.
_OF_THE_PORTAL: tuple[Measure, ...] = (
    # -- rows and sessions ---------------------------------------------------------------------
    Measure(
        "A session that nobody limited",
        "portal/persistence/scope/session.py",
        '        event.listen(Session, "do_orm_execute", _on_execute)\n',
        "",
        (
            "tests/persistence/test_scope.py::test_nothing_is_visible_without_an_access",
            "tests/persistence/test_scope.py::test_bulk_changes_of_audited_tables_are_refused_to_everybody",
        ),
    ),
    Measure(
        "A statement on a bare table, or in raw SQL",
        "portal/persistence/scope/session.py",
        "    if past or named.raw:\n",
        "    if False:\n",
        ("tests/persistence/test_scope.py::test_statements_on_the_bare_table_are_refused",),
    ),
    Measure(
        "A write outside of the own units",
        "portal/persistence/scope/session.py",
        "    if not access.may_write(record.etype, *paths):\n",
        "    if False:\n",
        (
            "tests/persistence/test_scope.py::test_writes_outside_the_scope_are_refused",
            "tests/persistence/test_scope.py::test_a_record_cannot_be_pulled_into_ones_own_scope",
        ),
    ),
    Measure(
        "Rows of another account",
        "portal/persistence/scope/conditions.py",
        "    return false() if account is None else getattr(model, declared.column) == account\n",
        "    return true()\n",
        ("tests/web/scope/test_every_table.py::test_a_clerk_reads_only_own_rows",),
    ),
    Measure(
        "Rows of the system's own tables",
        "portal/persistence/scope/conditions.py",
        "        case Internal():\n            return false()\n",
        "        case Internal():\n            return true()\n",
        ("tests/web/scope/test_every_table.py::test_a_clerk_reads_nothing_internal",),
    ),
    Measure(
        "A table that does not say who may read it",
        "portal/persistence/declared.py",
        "    if ours and declared_of(model) is None:\n",
        "    if False:\n",
        (
            "tests/web/scope/test_every_table.py::test_a_model_that_says_nothing_is_refused_when_it_is_imported",
        ),
    ),
    # -- personal data -------------------------------------------------------------------------
    Measure(
        "The API answers with personal data",
        "portal/services/records/privacy/disclosure.py",
        "        return self.plan.show(self.clear)\n",
        "        return self.clear\n",
        (
            "tests/web/records/test_personal_data.py::test_the_api_names_nobody",
            "tests/web/records/test_personal_data.py::test_the_answer_to_a_new_case_names_nobody",
        ),
    ),
    Measure(
        "Personal data are shown to every role that says nothing of them",
        "portal/core/disclosure/plan.py",
        "    level = Level.MASKED if where in known else Level.WRITE\n",
        "    level = Level.WRITE\n",
        ("tests/web/records/test_personal_data.py::test_no_page_names_anybody",),
    ),
    Measure(
        "Lists show personal data to a role that may see them",
        "portal/core/disclosure/plan.py",
        "        if listing and protected is not None:\n",
        "        if False:\n",
        (
            "tests/core/disclosure/test_plan.py::test_lists_show_no_personal_data_whatever_a_role_may_see",
            "tests/web/records/test_personal_data.py::test_a_list_shows_less_than_the_record_itself",
        ),
    ),
    Measure(
        "Lists show personal data: they ask as one page does",
        "portal/services/records/privacy/disclosure.py",
        "            plan = self._plans[key] = _plan(bundle, self._access, record, paths, kept, listing=True)\n",
        "            plan = self._plans[key] = _plan(bundle, self._access, record, paths, kept)\n",
        ("tests/web/records/test_personal_data.py::test_a_list_shows_less_than_the_record_itself",),
    ),
    Measure(
        "The API answers with fields that a role closes",
        "portal/core/disclosure/plan.py",
        "    if node.level is Level.HIDDEN:\n        return _NOTHING\n",
        "    if node.level is Level.HIDDEN:\n        return value\n",
        ("tests/web/records/test_closed_fields.py::test_the_api_tells_no_more_than_the_pages",),
    ),
    Measure(
        "Personal data are shown without a reason",
        "portal/services/records/privacy/purposes.py",
        "    if len(said) > MAX_LENGTH or not (_says_something(said) or any(map(said.startswith, _titles(bundle)))):\n",
        "    if False:\n",
        (
            "tests/web/records/test_personal_data.py::test_showing_needs_a_purpose_and_leaves_one_entry",
            "tests/web/records/test_personal_data.py::test_the_api_shows_them_for_a_reason",
        ),
    ),
    Measure(
        "Personal data are shown to a role that may not ask for them there",
        "portal/services/records/privacy/disclosure.py",
        "    with perform(uow, DISCLOSE, record, at=paths) as act:\n",
        "    with perform(uow, __import__('dataclasses').replace(DISCLOSE, needs=''), record, at=paths) as act:\n",
        ("tests/web/records/test_personal_data.py::test_it_ends_with_the_answer",),
    ),
    Measure(
        "Lists are filtered and sorted by personal data",
        "portal/services/records/privacy/disclosure.py",
        "    return frozenset(where for plan in plans for where, level in plan.levels.items() "
        "if level < Level.READ)\n",
        "    return frozenset()\n",
        ("tests/web/records/test_closed_fields.py::test_nobody_asks_a_list_for_what_is_closed",),
    ),
    Measure(
        "The reason of a rule names what the reader may not see",
        "portal/core/rules/concealing.py",
        "        if named.isdisjoint(closed):\n",
        "        if True:\n",
        (
            "tests/core/rules/test_rule_decisions.py::"
            "test_what_a_reader_may_not_see_is_told_by_no_part_of_a_decision",
            "tests/web/records/test_closed_fields.py::test_reasons_are_worded_without_it",
        ),
    ),
    Measure(
        "The facts of a decision hold what the reader may not see",
        "portal/core/rules/concealing.py",
        '    facts = {name: value for name, value in result["facts_used"].items() if name not in closed}\n',
        '    facts = dict(result["facts_used"])\n',
        (
            "tests/core/rules/test_rule_decisions.py::"
            "test_what_a_reader_may_not_see_is_told_by_no_part_of_a_decision",
            "tests/web/records/test_closed_fields.py::test_what_the_services_answer_tells_no_more",
        ),
    ),
    # -- audit ---------------------------------------------------------------------------------
    Measure(
        "A write without an audit entry",
        "portal/persistence/ledger.py",
        "    ledger.verify()\n",
        "",
        (
            "tests/persistence/test_ledger.py::test_a_write_without_an_entry_is_not_stored",
            "tests/persistence/test_ledger.py::"
            "test_a_write_in_a_session_that_knows_of_no_unit_of_work_is_not_stored",
        ),
    ),
    Measure(
        "The audit is rewritten by the mapper",
        "portal/persistence/ledger.py",
        '    event.listen(Session, "before_flush", _refuse_rewriting)\n',
        "",
        ("tests/persistence/test_ledger.py::test_rows_that_are_only_added_cannot_be_changed_by_the_mapper",),
    ),
    Measure(
        "The audit is rewritten in SQLite",
        "portal/persistence/migrations/versions/0001_initial.py",
        '        for verb in ("UPDATE", "DELETE"):\n',
        "        for verb in ():\n",
        (
            "tests/persistence/test_ledger.py::test_the_database_itself_refuses_to_rewrite_the_audit",
            "tests/services/test_audit_seals.py::test_the_database_refuses_to_rewrite",
        ),
    ),
    Measure(
        "The audit is rewritten in PostgreSQL",
        "portal/persistence/migrations/versions/0001_initial.py",
        "            \"$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$\"\n",
        '            "$$ BEGIN RETURN NULL; END $$"\n',
        (
            "tests/persistence/test_ledger.py::test_the_database_itself_refuses_to_rewrite_the_audit",
            "tests/services/test_audit_seals.py::test_the_database_refuses_to_rewrite",
        ),
    ),
    Measure(
        "An entry of the audit is removed",
        "portal/core/audit.py",
        "    findings += _entries(seal, ids, found)\n",
        "    return findings\n",
        ("tests/services/test_audit_seals.py::test_a_removed_entry_is_found",),
    ),
    Measure(
        "An entry of the audit is changed",
        "portal/services/audit/verifying.py",
        '    return {row["id"]: Hashed(row["content_hash"], content_hash(row)) for row in rows}',
        '    return {row["id"]: Hashed(row["content_hash"], row["content_hash"]) for row in rows}',
        ("tests/services/test_audit_seals.py::test_a_changed_entry_is_found",),
    ),
    # -- requests sent twice, and late -----------------------------------------------------------
    Measure(
        "An Idempotency-Key is taken for another request",
        "portal/services/records/entering/request_keys.py",
        "    if earlier.digest != content:\n",
        "    if False:\n",
        (
            "tests/web/api/test_records_api.py::test_a_repeated_request_makes_one_case",
            "tests/services/test_registering.py::TestKeys::test_the_same_key_for_something_else_is_refused",
        ),
    ),
    Measure(
        "A request sent twice to the API makes two cases",
        "portal/web/api/once.py",
        "            if earlier is not None:\n",
        "            if False:\n",
        ("tests/web/api/test_records_api.py::test_a_repeated_request_makes_one_case",),
    ),
    Measure(
        "A form sent twice makes two cases",
        "portal/services/records/entering/registering.py",
        "        if earlier is not None:\n",
        "        if False:\n",
        ("tests/services/test_registering.py::TestKeys::test_a_repeated_request_makes_one_record",),
    ),
    Measure(
        "A change without If-Match",
        "portal/web/api/body.py",
        '    if not request.headers.get("If-Match"):\n',
        '    if not request.headers.get("If-Match"):\n        return 1\n    if False:\n',
        (
            "tests/web/api/test_records_api.py::test_changes_need_the_version_they_are_for",
            "tests/web/api/test_work_api.py::test_a_step_is_offered_and_taken",
        ),
    ),
    Measure(
        "A change of a version that is no longer the current one",
        "portal/services/records/entering/changing.py",
        "    if record.version != version:\n",
        "    if False:\n",
        ("tests/web/api/test_records_api.py::test_changes_need_the_version_they_are_for",),
    ),
    Measure(
        "A step from a version that is no longer the current one",
        "portal/services/records/acts/loading.py",
        "    if record.version != version:\n",
        "    if False:\n",
        ("tests/web/api/test_work_api.py::test_a_step_is_offered_and_taken",),
    ),
)
MEASURES: tuple[Measure, ...] = (*_OF_THE_FRAMEWORK, *_OF_THE_PORTAL)
