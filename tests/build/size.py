#!/usr/bin/env python3
"""size.py BUILD MAX: where the bytes of BUILD/azfob are, by module, from the linker's map; status 1 when it is larger than MAX.

Constants that are equal in several files are kept once by the linker, and counted where it kept them.
"""

import os
import re
import subprocess
import sys

LARGEST = 15
# In the file, unlike .bss; and not for debuggers.
LOADED = r"\.(init|text|fini|rodata|data|tdata|init_array|fini_array|eh_frame|got)\b"


def module_of(source):
    for pattern, name in ((r"/src/(\w+)/", None), (r"/src/main\.o", "main"), (r"/gen/anchors", "anchors"), (r"bearssl\.a\(", "BearSSL"), (r"/musl/lib/", "musl")):
        found = re.search(pattern, source)
        if found:
            return name or found[1]
    return "compiler"


def by_module(map_text):
    """{module: bytes} of what the map puts into sections that are loaded from the file."""
    sizes = {}
    memory_map = map_text.split("Linker script and memory map", 1)[1]
    # A long name of a section has its numbers on the next line.
    for section, size, source in re.findall(r"(?m)^ (\.[\w.$-]+|\*fill\*)\s+0x[0-9a-f]+\s+0x([0-9a-f]+) (\S.*)$", memory_map):
        if re.match(LOADED, section):
            sizes[module_of(source)] = sizes.get(module_of(source), 0) + int(size, 16)
    return sizes


def largest(debug):
    lines = subprocess.run(["nm", "-S", "--size-sort", "-r", debug], capture_output=True, text=True, check=True).stdout.splitlines()
    rows = (line.split() for line in lines)
    return [(int(size, 16), name) for _, size, kind, name in rows if kind.lower() != "b"][:LARGEST]


def main(build, limit):
    with open(f"{build}/azfob.map", encoding="utf-8") as file:
        sizes = by_module(file.read())
    total, limit = os.path.getsize(f"{build}/azfob"), int(limit)
    # Headers, relocations, what is between the pages of code and of constants.
    sizes["ELF"] = total - sum(sizes.values())
    for module, size in sorted(sizes.items(), key=lambda row: -row[1]):
        print(f"  {module:10} {size:7}  {100 * size / total:5.1f} %")
    print(f"{total} bytes in the file; {limit - total} are left of {limit}\n\nThe largest symbols:")
    for size, name in largest(f"{build}/azfob.debug"):
        print(f"  {size:7}  {name}")
    sections = subprocess.run(["size", "-A", "-d", f"{build}/azfob"], capture_output=True, text=True, check=True).stdout
    print("\nAll sections:\n" + "\n".join(f"  {line}" for line in sections.splitlines()[2:] if line))
    if total > limit:
        sys.exit(f"{build}/azfob is {total - limit} bytes larger than it may be")


if __name__ == "__main__":
    main(*sys.argv[1:])
