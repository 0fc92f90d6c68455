"""`make docs`: writes the generated references anew and says what changed."""

import sys

from deploy.reference import DOCS, references


def main() -> None:
    """Writes the files whose text is not what it should be."""
    written = references()
    changed = [path for path, text in written.items() if not path.exists() or path.read_text("utf-8") != text]
    for path in changed:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(written[path], "utf-8")
        sys.stdout.write(f"docs/{path.relative_to(DOCS)} written\n")
    if not changed:
        sys.stdout.write("The references in docs/ are up to date.\n")


if __name__ == "__main__":
    main()
