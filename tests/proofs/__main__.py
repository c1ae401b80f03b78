"""``python -m tests.proofs [ONLY=name]``: run the proofs with their large numbers; exit 1 where one is not met."""

from __future__ import annotations

import sys

from tests.proofs.frame.running import prove
from tests.proofs.frame.table import every_proof


def main(arguments: list[str]) -> int:
    """Run all proofs, or those that ``ONLY=`` names by commas."""
    proofs = every_proof()
    wanted = [name for text in arguments for name in text.removeprefix("ONLY=").split(",") if name]
    if unknown := [name for name in wanted if name not in proofs]:
        print(f"no proof is called {', '.join(unknown)}; there are: {', '.join(proofs)}", file=sys.stderr)
        return 2
    return 0 if prove([one for name, one in proofs.items() if not wanted or name in wanted]) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
