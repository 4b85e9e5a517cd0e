"""Converts matplotlib figures to inline SVG: small, reproducible, and described in words."""

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from xml.etree import ElementTree

from markupsafe import Markup
from matplotlib import rc_context
from matplotlib.figure import Figure

from components.html.visible import visible_text
from trainer.palette import GRID, INK

_STYLE = {
    "axes.axisbelow": True,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 10,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "legend.frameon": False,
    "savefig.transparent": True,
    # Text stays text, so readers can search it, and it uses the font of the page.
    "svg.fonttype": "none",
    "text.color": INK,
    # A `$` is a dollar sign, not the start of a formula.
    "text.parse_math": False,
    "xtick.color": INK,
    "ytick.color": INK,
}
# Keeps matplotlib from writing a date and links to vocabularies.
_NO_METADATA = dict.fromkeys(("Creator", "Date", "Format", "Type"))
# Matches `href="#id"` and `url(#id)`, but not a color such as `fill: #fff`.
_REFERENCE = re.compile(r"(?P<before>^#|url\(#)(?P<id>[\w.-]+)")


@dataclass(frozen=True)
class Plot:
    """A figure with a title, and a note below."""

    title: str
    svg: Markup
    note: str = ""


def draw(
    paint: Callable[[Figure], None], *, key: str, label: str, size: tuple[float, float]
) -> Markup:
    """Draws a figure.

    Args:
      paint: draws on an empty figure. Untrusted text, such as a file name, must pass through
        `visible_text` first.
      key: letters, digits, `_` and `-`; unique on its page.
      label: what the figure shows, with its main numbers, for screen readers.
      size: width and height in inches; a width of about 4 keeps the text legible on a phone.

    Returns:
      An `<svg>` element whose ids are unique on the page; equal drawings give equal elements.
    """
    document = io.StringIO()
    with rc_context({**_STYLE, "svg.hashsalt": key}):
        figure = Figure(figsize=size, layout="constrained")
        paint(figure)
        figure.savefig(document, format="svg", metadata=_NO_METADATA)
    lines = document.getvalue().split("\n")
    root = ElementTree.fromstring("\n".join(map(visible_text, lines)))
    _strip(root)
    _style_by_attributes(root)
    _rename_ids(root, key)
    for name in ("width", "height", "version"):
        root.attrib.pop(name, None)
    root.attrib |= {"role": "img", "aria-label": visible_text(label)}
    return Markup(ElementTree.tostring(root, encoding="unicode"))


def _strip(root: ElementTree.Element) -> None:
    """Removes namespaces, and styles that would apply to the whole page."""
    for element in root.iter():
        element.tag = _local_name(element.tag)
        element.attrib = {_local_name(name): value for name, value in element.attrib.items()}
        for child in list(element):
            if _local_name(child.tag) in ("metadata", "style"):
                element.remove(child)


def _style_by_attributes(root: ElementTree.Element) -> None:
    """Replaces style attributes, which the policy of the pages forbids, by other attributes."""
    for element in root.iter():
        for part in filter(str.strip, element.attrib.pop("style", "").split(";")):
            name, _, value = part.partition(":")
            element.attrib[name.strip()] = value.strip()


def _rename_ids(root: ElementTree.Element, key: str) -> None:
    """Prefixes each referenced id with the key, and removes all other ids."""
    used: set[str] = set()

    def rename(reference: re.Match[str]) -> str:
        used.add(f"{key}-{reference['id']}")
        return f"{reference['before']}{key}-{reference['id']}"

    for element in root.iter():
        for name, value in element.attrib.items():
            element.attrib[name] = _REFERENCE.sub(rename, value)
    for element in root.iter():
        own = f"{key}-{element.attrib.pop('id', '')}"
        if own in used:
            element.attrib["id"] = own


def _local_name(name: str) -> str:
    return name.rpartition("}")[2]
