"""Makes inline SVG of matplotlib's figures: small, the same every time, and read out in words."""

import io
import re
from collections.abc import Callable
from xml.etree import ElementTree

from markupsafe import Markup
from matplotlib import rc_context
from matplotlib.figure import Figure

from components.html.visible import visible_text

# Okabe and Ito's palette, which colour-blind readers can tell apart, on white.
COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7")
_INK = "#1f2933"
_STYLE = {
    "axes.edgecolor": _INK,
    "axes.labelcolor": _INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 10,
    "legend.frameon": False,
    "savefig.transparent": True,
    # Letters stay letters: they can be searched for and take the page's font.
    "svg.fonttype": "none",
    "text.color": _INK,
    # A `$` in a text is a dollar, not the start of a formula.
    "text.parse_math": False,
    "xtick.color": _INK,
    "ytick.color": _INK,
}
# Without them matplotlib writes neither a date nor links to vocabularies.
_NO_METADATA = dict.fromkeys(("Creator", "Date", "Format", "Type"))
# As in `href="#id"` and `url(#id)`; a colour such as `fill: #fff` is none.
_REFERENCE = re.compile(r"(?P<before>^#|url\(#)(?P<id>[\w.-]+)")


def draw(
    paint: Callable[[Figure], None], *, key: str, label: str, size: tuple[float, float]
) -> Markup:
    """Draws a figure.

    Args:
      paint: draws on the empty figure it is given. Text of others, such as a file name, must
        pass `visible_text` first.
      key: letters, digits, `_` and `-`; no two figures of a page may have the same.
      label: what the figure shows, with its main numbers, for those who do not see it.
      size: width and height, in inches; about 4 wide, so that the text can be read on a phone.

    Returns:
      An `<svg>` element without ids that another figure could have as well; the same for the
      same drawing.
    """
    document = io.StringIO()
    with rc_context({**_STYLE, "svg.hashsalt": key}):
        figure = Figure(figsize=size, layout="constrained")
        paint(figure)
        figure.savefig(document, format="svg", metadata=_NO_METADATA)
    lines = document.getvalue().split("\n")
    root = ElementTree.fromstring("\n".join(map(visible_text, lines)))
    _strip(root)
    _rename_ids(root, key)
    for name in ("width", "height", "version"):
        root.attrib.pop(name, None)
    root.attrib |= {"role": "img", "aria-label": visible_text(label)}
    return Markup(ElementTree.tostring(root, encoding="unicode"))


def _strip(root: ElementTree.Element) -> None:
    """Takes out what HTML does without: namespaces, and a style that would hold for the page."""
    for element in root.iter():
        element.tag = _local(element.tag)
        element.attrib = {_local(name): value for name, value in element.attrib.items()}
        for child in list(element):
            if _local(child.tag) in ("metadata", "style"):
                element.remove(child)


def _rename_ids(root: ElementTree.Element, key: str) -> None:
    """Puts the key before each id that is referred to, and takes the others away."""
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


def _local(name: str) -> str:
    return name.rpartition("}")[2]
