"""Elements of HTML and SVG, whose text is always escaped."""

from xml.etree import ElementTree as ET

Part = ET.Element | str | None


def el(name: str, /, *parts: Part, **attributes: str | float) -> ET.Element:
    """An element with what it contains. `class_` is the attribute class, `stroke_width` is stroke-width."""
    element = ET.Element(name, {key.strip("_").replace("_", "-"): _value(value) for key, value in attributes.items()})
    for part in parts:
        if isinstance(part, str):
            _add_text(element, part)
        elif part is not None:
            element.append(part)
    return element


def document(root: ET.Element) -> str:
    """The whole page."""
    return "<!doctype html>\n" + ET.tostring(root, encoding="unicode", method="html")


def _value(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.1f}".removesuffix(".0")


def _add_text(element: ET.Element, text: str) -> None:
    if len(element):
        element[-1].tail = (element[-1].tail or "") + text
    else:
        element.text = (element.text or "") + text
