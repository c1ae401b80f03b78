"""The table: our figures beside those of other systems, measured on the same kind of machine."""

from __future__ import annotations

from benchmarks.scenarios import Figure

# Two cores, PostgreSQL, two workers; CPU milliseconds per request, server + database. The peers did less per
# request: no rules, no case numbering, no row scope.
PEERS = {
    "create case (API)": "7.7 + 2.0 Django REST · 8.7 + 2.7 FAB · 9.0 + 1.1 Directus · 8.7 + 0.9 NocoBase",
    "list (API, stage + subtree)": "28–74 requests/s with exact count · 177–256 without · raw SQL 970",
    "new-case page": "16 stock FAB with an AJAX unit field (103 without) · 24 Django admin",
    "idle memory": "119 MB Django · 152 MB FAB",
}


def table(figures: list[Figure], cases: int) -> str:
    """Return the Markdown table of all figures."""
    lines = [
        f"{cases} cases, 2 web processes, 2 cores; CPU ms per request = web + database.",
        "",
        "| scenario | database | CPU ms | requests/s | note | peers |",
        "|---|---|---|---|---|---|",
    ]
    for f in figures:
        cpu = (
            ""
            if f.web_ms is None
            else f"{f.web_ms:.1f}" + (f" + {f.database_ms:.1f}" if f.database_ms is not None else "")
        )
        rate = "" if f.rate is None else f"{f.rate:.0f}"
        lines.append(f"| {f.name} | {f.database} | {cpu} | {rate} | {f.note} | {PEERS.get(f.name, '')} |")
    return "\n".join(lines)
