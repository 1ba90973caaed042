from setuptools import setup

setup(cffi_modules=["build_worker.py:builder"])
