"""What pyproject.toml cannot say: the version is the library's, and the wheel is for one kind of machine."""

import os
import re
from pathlib import Path

from setuptools import setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.dist import Distribution


class Wheel(bdist_wheel):
    def finalize_options(self):
        super().finalize_options()
        self.root_is_pure = False

    def get_tag(self):
        # ctypes: any Python 3, but one machine.
        return "py3", "none", super().get_tag()[2]


class WithLibrary(Distribution):
    def has_ext_modules(self):
        return True


sources = os.environ.get("UNROLL_SOURCES") or Path(__file__).parents[1] / "Sources"
source = Path(sources) / "Compute" / "Files" / "UnrollVersion.swift"
version = re.search(r'current = "([^"]+)"', source.read_text()).group(1)
setup(version=version, cmdclass={"bdist_wheel": Wheel}, distclass=WithLibrary)
