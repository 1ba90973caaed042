import sys

from Cython.Build import cythonize
from setuptools import Extension, setup

import resapi_cy

setup(
    ext_modules=cythonize(
        Extension(
            "cython_worker",
            ["cython_worker.pyx"],
            include_dirs=[resapi_cy.get_include()],
            extra_compile_args=["/std:c++17" if sys.platform == "win32" else "-std=c++17"],
            language="c++",
        )
    )
)
