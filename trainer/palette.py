"""The colours of pages and plots."""

# Okabe and Ito's palette, which colour-blind readers can tell apart, on white.
SERIES = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#000000")
INK, SOFT, FAINT, LINE, GRID = "#1f2933", "#52606d", "#9aa5b1", "#d3dae1", "#e4e7eb"
GROUND, CARD, ESCAPED = "#f3f5f7", "#ffffff", "#ffe8a3"
# Dark enough to be read as text, and to stand out from all of SERIES for every eye.
PASS, WARN, STOP = "#00684a", "#7a5200", "#a13d00"
