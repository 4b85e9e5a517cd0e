"""Files with invalid or unusual names, each with a valid image."""

from components.ingest.rejection import RejectedFile
from tests.components.ingest.corpus.kind import ACCEPTED, Kind, Outcome, quarantined
from tests.components.ingest.drawn import encode, photo

# 18 digits; names in the data set have 17.
STAMP = "201701161745251257"
_END = f"{STAMP[:17]}.jpg.chip.jpg"

GRAMMAR = quarantined(RejectedFile.NAME_GRAMMAR)
MISSING = quarantined(RejectedFile.LABEL_MISSING)
OUT_OF_RANGE = quarantined(RejectedFile.LABEL_OUT_OF_RANGE)
UNSAFE = quarantined(RejectedFile.UNSAFE_ARCHIVE_MEMBER)

_NAMES: dict[str, tuple[str, Outcome]] = {
    # Names in the data set or in copies of it.
    "16 digits": (f"21_0_0_{STAMP[:16]}.jpg.chip.jpg", ACCEPTED),
    "17 digits": (f"21_0_0_{STAMP[:17]}.jpg.chip.jpg", ACCEPTED),
    "18 digits": (f"21_0_0_{STAMP}.jpg.chip.jpg", ACCEPTED),
    "no dot": (f"21_0_1_{STAMP[:17]}jpg.chip.jpg", ACCEPTED),
    "blank before the suffix": (f"21_0_2_{STAMP[:17]} .jpg.chip.jpg", ACCEPTED),
    "suffix in capitals": (f"21_0_3_{STAMP[:17]}.JPG.CHIP.JPG", ACCEPTED),
    "no chip": (f"21_0_4_{STAMP[:17]}.jpeg", ACCEPTED),
    "oldest": (f"116_1_4_{_END}", ACCEPTED),
    "newborn": (f"0_0_0_{_END}", ACCEPTED),
    "no race": (f"61_1_{_END}", MISSING),
    "empty gender": (f"53__0_{_END}", MISSING),
    "too old": (f"117_0_0_{_END}", OUT_OF_RANGE),
    "gender 2": (f"30_2_0_{_END}", OUT_OF_RANGE),
    "race 7": (f"30_0_7_{_END}", OUT_OF_RANGE),
    # Near misses.
    "15 digits": (f"30_0_0_{STAMP[:15]}.jpg", GRAMMAR),
    "19 digits": (f"30_0_0_{STAMP}0.jpg", GRAMMAR),
    "below nothing": (f"-1_0_0_{_END}", GRAMMAR),
    "leading zero": (f"030_0_0_{_END}", GRAMMAR),
    "race of two digits": (f"30_0_10_{_END}", GRAMMAR),
    "one field too many": (f"30_0_0_0_{_END}", GRAMMAR),
    "Arabic digits": (f"٣٠_0_0_{_END}", GRAMMAR),
    "wide digits": (f"３０_0_0_{_END}", GRAMMAR),  # noqa: RUF001
    "dotless i": (f"30_0_0_{STAMP[:17]}.jpg.ch\u0131p.jpg", GRAMMAR),
    "another file's copy": (f"30_0_0_{_END} (1)", GRAMMAR),
    "half a download": (f"30_0_0_{_END}.part", GRAMMAR),
    "another suffix": (f"30_0_0_{STAMP[:17]}.txt", GRAMMAR),
    "no suffix": (f"30_0_0_{STAMP[:17]}", GRAMMAR),
    # Names that break programs.
    "blank in front": (f" 30_0_0_{_END}", GRAMMAR),
    "blank behind": (f"30_0_0_{_END} ", GRAMMAR),
    "only a blank": (" ", GRAMMAR),
    "a line break": (f"30_0_0_{_END}\nfalse,row", GRAMMAR),
    "a tab and a bell": ("\t\a.jpg", GRAMMAR),
    "a line break of Unicode": ("30\u20280_0.jpg", GRAMMAR),
    "right to left": ("30_0_0_\u202egpj.exe", GRAMMAR),
    "nothing to be seen": ("\u200b\ufeff.jpg", GRAMMAR),
    "emoji": ("\U0001f600\U0001f468\u200d\U0001f469.jpg", GRAMMAR),
    "accents apart from their letters": ("e\u0301.jpg", GRAMMAR),
    "an option": ("--help.jpg", GRAMMAR),
    "quotes": ('"it\'s".jpg', GRAMMAR),
    "HTML": ("<script>alert(1)<script>.jpg", GRAMMAR),
    "a shell's letters": ("$(id);`id`&|>x.jpg", GRAMMAR),
    "a glob": ("[a-z]*?.jpg", GRAMMAR),
    "a formula": ("=cmd|'C calc'.csv", GRAMMAR),
    "a placeholder": ("{SPAN}%s{0}.jpg", GRAMMAR),
    "an address": ("s3:..bucket", GRAMMAR),
    "255 bytes": ("n" * 251 + ".jpg", GRAMMAR),
    "three dots": ("...", GRAMMAR),
}
# Names with another meaning in an archive.
_UNSAFE_WHEN_PACKED = {
    "a backslash": r"..\30.jpg",
    "a drive": "C:30.jpg",
}


def _kind(what: str, name: bytes, outcome: Outcome, packed: Outcome | None = None) -> Kind:
    content = encode(photo())
    return Kind(what=f"name: {what}", name=name, outcome=outcome, packed=packed, content=content)


KINDS = (
    *(_kind(what, name.encode(), outcome) for what, (name, outcome) in _NAMES.items()),
    *(_kind(what, name.encode(), GRAMMAR, UNSAFE) for what, name in _UNSAFE_WHEN_PACKED.items()),
    Kind(
        what="name: not UTF-8",
        name=b"30_0_0_\xff\xfe.jpg",
        outcome=GRAMMAR,
        content=encode(photo()),
        # A zip declares each name to be UTF-8 or in an old code page.
        containers=frozenset({"folder", "tar"}),
    ),
)
