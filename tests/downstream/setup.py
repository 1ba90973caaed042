"""A worker in Cython and one in C."""

import sys

from Cython.Build import cythonize
from setuptools import Extension, setup

import resapi_cy

OPTION = "/std:{}" if sys.platform == "win32" else "-std={}"

setup(
    ext_modules=cythonize(
        [
            Extension(
                "cython_worker",
                ["cython_worker.pyx"],
                include_dirs=[resapi_cy.get_include()],
                extra_compile_args=[OPTION.format("c++17")],
                language="c++",
            ),
            Extension(
                "c_worker",
                ["c_worker.pyx", "worker.c"],
                include_dirs=[resapi_cy.get_include()],
                extra_compile_args=[OPTION.format("c11")],
            ),
        ]
    )
)
