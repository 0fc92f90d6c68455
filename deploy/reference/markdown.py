"""Text that stands within Markdown."""


def cell(text: str) -> str:
    """The text's first paragraph as a cell of a table."""
    return " ".join(text.strip().split("\n\n")[0].split()).replace("|", "\\|")
