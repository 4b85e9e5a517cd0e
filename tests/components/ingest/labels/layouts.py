"""Manifests in the layouts of two data sets, with made-up values, and settings from the docs."""

import re
from pathlib import Path

# Layout of fairface_label_train.csv.
FAIRFACE = """\
file,age,gender,race,service_test
train/1.jpg,50-59,Male,East Asian,True
train/2.jpg,30-39,Female,Indian,False
train/3.jpg,3-9,Female,Black,False
train/4.jpg,more than 70,Male,White,True
train/5.jpg,0-2,Female,Latino_Hispanic,False
train/6.jpg,20-29,Male,Southeast Asian,True
"""
FAIRFACE_VAL = """\
file,age,gender,race,service_test
val/1.jpg,40-49,Male,Middle Eastern,False
"""
# Layouts of gt_avg_train.csv and allcategories_train.csv.
APPA_REAL_AGES = """\
file_name,num_ratings,apparent_age_avg,apparent_age_std,real_age
000000.jpg,36,5.0,2.1712,4
000001.jpg,36,24.694444,5.6,18
000002.jpg,36,80.3,4.25,80
"""
APPA_REAL_CATEGORIES = """\
file,gender,race,makeup,time,happiness
000000.jpg,male,caucasian,nomakeup,modernphoto,slightlyhappy
000001.jpg,female,asian,makeup,modernphoto,happy
000002.jpg,female,afroamerican,notclear,oldphoto,neutral
000003.jpg,female,afroamerican,notclear,oldphoto,neutral
"""
_PAGE = Path(__file__).parents[4] / "docs" / "data-and-labels.md"


def block_of_docs(section: str, language: str) -> str:
    """Returns the first code block of a language in a section of docs/data-and-labels.md."""
    text = _PAGE.read_text(encoding="utf-8").partition(f"\n## {section}\n")[2]
    found = re.search(rf"```{language}\n(.*?)```", text, re.DOTALL)
    assert found
    return found[1]
