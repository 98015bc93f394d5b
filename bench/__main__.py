"""`./maillage bench [NOM …]` : lance les mesures nommées (un module de ce dossier, fonction `main(arguments) -> int`)."""

import sys
from importlib import import_module
from pathlib import Path


def noms() -> list[str]:
    """Les mesures de ce dossier."""
    return sorted(p.stem for p in Path(__file__).parent.glob("*.py") if not p.stem.startswith("_"))


def main() -> int:
    arguments = sys.argv[1:]
    if not arguments or arguments[0] not in noms():
        print("Mesures : " + ", ".join(noms()) + "\n./maillage bench NOM [options]")
        return 0 if not arguments else 2
    import django

    django.setup()
    return int(import_module(f"bench.{arguments[0]}").main(arguments[1:]) or 0)


if __name__ == "__main__":
    sys.exit(main())
