"""The colors of pages and plots."""

# The Okabe-Ito palette, which color-blind readers can distinguish, on white.
SERIES = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#000000")
INK, SOFT, FAINT, LINE, GRID = "#1f2933", "#52606d", "#9aa5b1", "#d3dae1", "#e4e7eb"
GROUND, CARD, ESCAPED = "#f3f5f7", "#ffffff", "#ffe8a3"
# Dark enough for text, and distinct from all of SERIES for color-blind readers too.
PASS, WARN, STOP = "#00684a", "#7a5200", "#a13d00"
