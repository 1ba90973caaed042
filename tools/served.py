"""The tables of docs/cluster.md: which functions of the Cluster API are served, and which are not.
It asks the libraries that are built and writes the page; with --check it only says whether that is
right. Run it after a function has come."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from resapi_cy.cluster import surroundings

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "cluster.md"
HEADERS = ("clusapi.h", "resutils.h", "resapi.h", "clus_worker.h")

# By their names, the first that fits.
GROUPS = {
    "keys and values": r"ClusterReg",
    "workers": r"ClusWorker",
    "properties: tables, parameter blocks, lists": r"ResUtil.*(Propert|ParameterBlock)",
    "single values, and text": r"ResUtil(Get|Set)(Sz|ExpandSz|MultiSz|Dword|Qword|Binary)Value"
    r"|ResUtil(DupString|ExpandEnvironmentStrings)",
    "services, which need Windows": r"ResUtil.*(Service|Environment)",
    "dependencies": r".*Depend|ResUtilResourcesEqual|ResUtilResourceTypesEqual",
    "groups": r".*Group",
    "networks": r".*(Network|NetInterface)",
    "nodes": r".*Node",
    "resources and their types": r".*Resource|ResUtil.*Res(Dep|ource|Types?)",
    "notifications": r".*Notify",
    "control codes": r".*Control",
    "the cluster": r".*Cluster",
    "everything else": r"",
}


def group(name: str) -> str:
    return next(title for title, pattern in GROUPS.items() if re.match(pattern, name))


def table(names: set[str]) -> str:
    lines = ["| about | functions |", "|---|---|"]
    for title in GROUPS:
        if of_group := sorted(name for name in names if group(name) == title):
            lines.append(f"| {title} | {', '.join(f'`{name}`' for name in of_group)} |")
    return "\n".join(lines)


def served() -> set[str]:
    """Of the functions that the headers declare."""
    texts = [(ROOT / "include" / "resapi_cy" / name).read_text("utf-8") for name in HEADERS]
    names = {name for text in texts for name in re.findall(r"\bWINAPI\s+(\w+)\s*\(", text)}
    return {name for name in names if surroundings.is_served(name)}


def page(text: str) -> str:
    """The page with the tables as they should be."""
    for mark, names in (
        ("served", served()),
        ("not served", set(surroundings.names_not_served())),
    ):
        before, begin, rest = text.partition(f"<!-- {mark}: by tools/served.py -->\n")
        _, end, after = rest.partition(f"<!-- end of {mark} -->\n")
        if not (begin and end):
            raise SystemExit(f"{PAGE}: the marks of the table {mark!r} are missing")
        text = f"{before}{begin}\n{table(names)}\n\n{end}{after}"
    return text


if __name__ == "__main__":
    is_there = PAGE.read_text("utf-8")
    wanted = page(is_there)
    if "--check" in sys.argv[1:]:
        if is_there != wanted:
            raise SystemExit(f"{PAGE}: not what the libraries serve: run python tools/served.py")
    else:
        PAGE.write_text(wanted, "utf-8")
