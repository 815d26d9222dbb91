"""Nobody includes upwards: the #include lines of src/ are those that the picture (UNDER_* in the Makefile) allows."""

import glob
import re
import unittest

# What has no descriptor, clock, environment, errno or allocation needs no more than this of C.
PURE = "base", "wire", "azure", "plan"
PURE_INCLUDES = {"stdbool.h", "stddef.h", "stdint.h", "string.h", "limits.h"}


def picture():
    with open("Makefile", encoding="utf-8") as file:
        return {layer: set(under.split()) for layer, under in re.findall(r"(?m)^UNDER_(\w+) *=(.*)$", file.read())}


def includes():
    """(file, its layer, what it includes: <system> or layer/header)"""
    for path in sorted(glob.glob("src/**/*.[ch]", recursive=True)):
        with open(path, encoding="utf-8") as file:
            for kind, name in re.findall(r'(?m)^\s*#\s*include\s*([<"])([^>"]+)', file.read()):
                yield path, path.split("/")[1], name if kind == '"' else f"<{name}>"


class Layers(unittest.TestCase):
    def test_the_picture_has_no_circle_and_knows_every_folder(self):
        layers = picture()
        self.assertEqual({path.split("/")[1] for path in glob.glob("src/*/**/*.[ch]", recursive=True)}, set(layers))
        for layer, under in layers.items():
            self.assertNotIn(layer, under)
            for below in under:
                self.assertTrue(layers[below] <= under, f"{layer} sees {below}, but not all that {below} sees")

    def test_nobody_includes_upwards(self):
        layers, wrong = picture(), []
        for path, layer, name in includes():
            if path == "src/main.c" or name.startswith("<") or name in ("version.h", "texts.h"):
                continue
            if name.split("/")[0] not in layers[layer] | {layer}:
                wrong.append(f"{path}: {name}")
        self.assertEqual(wrong, [])

    def test_only_net_sees_bearssl(self):
        self.assertEqual([path for path, layer, name in includes() if name.startswith("<bearssl") and layer != "net"], [])

    def test_the_pure_layers_see_no_system(self):
        wrong = [f"{path}: {name}" for path, layer, name in includes() if layer in PURE and name[0] == "<" and name[1:-1] not in PURE_INCLUDES]
        self.assertEqual(wrong, [])


if __name__ == "__main__":
    unittest.main()
