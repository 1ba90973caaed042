"""The files that the demo verifies."""

from __future__ import annotations

import errno
import heapq
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

from resapi_cy.commands.terminal import CommandError, printable, reason


@dataclass
class Tree:
    """The regular files beneath a path, with their sizes, and the folders that can't be listed,
    with the reasons."""

    path: str
    sizes: dict[str, int] = field(default_factory=dict)
    unreadable: dict[str, str] = field(default_factory=dict)

    @property
    def bytes(self) -> int:
        return sum(self.sizes.values())


def find_files(path: str) -> Tree:
    """The files to verify.

    Raises:
        CommandError: the path does not exist, or has no file that can be read.
    """
    tree = Tree(path)
    try:
        status = Path(path).stat()
    except OSError as error:
        raise unusable(path, reason(error)) from None
    if stat.S_ISREG(status.st_mode):
        tree.sizes[path] = status.st_size
    elif stat.S_ISDIR(status.st_mode):
        walk(tree)
    else:
        raise unusable(path, "neither a regular file nor a folder")
    if not tree.sizes:
        raise unusable(path, next(iter(tree.unreadable.values()), "no regular files in it"))
    if not any(os.access(name, os.R_OK) for name in tree.sizes):
        raise unusable(path, os.strerror(errno.EACCES).lower())
    return tree


def unusable(path: str, why: str) -> CommandError:
    return CommandError(f"{printable(path)}: {why}")


def walk(tree: Tree) -> None:
    folders = [tree.path]
    seen = set()  # a folder may be reached by two ways: mounts, and the junctions of Windows
    while folders:
        folder = folders.pop()
        try:
            status = Path(folder).stat()
            if (status.st_dev, status.st_ino) in seen:
                continue
            seen.add((status.st_dev, status.st_ino))
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
                    else:
                        take(tree, entry)
        except OSError as error:
            tree.unreadable[folder] = reason(error)


def take(tree: Tree, entry: os.DirEntry[str]) -> None:
    try:
        status = entry.stat()
    except OSError:
        return  # a symbolic link to nowhere or in a loop, or something that has just vanished
    if stat.S_ISREG(status.st_mode):
        tree.sizes[entry.path] = status.st_size


def deal(sizes: dict[str, int], workers: int) -> list[list[str]]:
    """The files in so many parts of about the same size: the largest first, each to whoever has
    the least."""
    parts: list[list[str]] = [[] for _ in range(min(workers, len(sizes)))]
    least = [(0, 0, number) for number in range(len(parts))]  # bytes, files: a heap
    for name in sorted(sizes, key=sizes.__getitem__, reverse=True):
        size, files, number = least[0]
        parts[number].append(name)
        heapq.heapreplace(least, (size + sizes[name], files + 1, number))
    return [sorted(part) for part in parts]
