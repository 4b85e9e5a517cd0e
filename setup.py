"""Lets Beam's --setup_file build the package; everything is said in pyproject.toml."""

from setuptools import setup

setup()
