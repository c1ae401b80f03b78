"""The database: models, row scope, the write ledger, migrations. SQLite and PostgreSQL alike."""
