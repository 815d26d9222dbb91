"""The file that is shipped: static, position independent, hardened, and without what must not be linked."""

import os
import re
import unittest

from tests.build import AZFOB, BUILD, DEBUG, output


def headers():
    """[(type, flags)] of the program headers."""
    text = output("readelf", "--wide", "--program-headers", AZFOB)
    return re.findall(r"(?m)^  (\w+) +(?:0x\w+ ){5}([R ][W ][E ])", text)


class Elf(unittest.TestCase):
    def test_it_is_a_static_pie(self):
        self.assertRegex(output("readelf", "-h", AZFOB), r"Type: +DYN")
        self.assertIn("LOAD", dict(headers()))
        self.assertNotIn("INTERP", dict(headers()))
        dynamic = output("readelf", "-d", AZFOB)
        self.assertNotIn("NEEDED", dynamic)
        self.assertRegex(dynamic, r"FLAGS_1.*\bPIE\b")
        self.assertNotIn("TEXTREL", dynamic)

    def test_what_was_relocated_is_read_only_before_main(self):
        self.assertIn("GNU_RELRO", dict(headers()))
        self.assertRegex(output("readelf", "-d", AZFOB), r"FLAGS_1.*\bNOW\b")

    def test_nothing_is_writable_and_executable(self):
        self.assertEqual(dict(headers())["GNU_STACK"], "RW ")
        for kind, flags in headers():
            self.assertFalse("W" in flags and "E" in flags, (kind, flags))

    def test_what_can_be_run_is_code_and_nothing_else(self):
        text = output("readelf", "--wide", "--segments", AZFOB)
        (number,) = [i for i, (_, flags) in enumerate(headers()) if "E" in flags]
        sections = re.search(rf"(?m)^   {number:02} +(.*)$", text)[1].split()
        self.assertEqual(sections, [".init", ".text", ".fini"])

    def test_it_is_stripped_and_its_symbols_lie_beside_it(self):
        self.assertNotIn(".symtab", output("readelf", "--wide", "-S", AZFOB))
        self.assertIn(".debug_info", output("readelf", "--wide", "-S", DEBUG))
        self.assertTrue(os.access(AZFOB, os.X_OK))
        code, code_with_symbols = (output("objdump", "-s", "-j", ".text", file).splitlines()[3:] for file in (AZFOB, DEBUG))
        self.assertEqual(code, code_with_symbols)

    def test_it_names_no_folder_of_the_machine_that_built_it(self):
        for file in (AZFOB, DEBUG):
            with open(file, "rb") as content:
                self.assertNotIn(os.fsencode(os.getcwd()) + b"/", content.read(), file)


# Formatted output and input, sorting (CVE-2026-40200), character sets (CVE-2026-6042), locales, floating point, a heap, a shell, and
# BearSSL's own ways to randomness and the time.
FORBIDDEN = r"""
    .*printf(_core)? | .*scanf | qsort(_r)? | smoothsort | iconv(_open)? | .*setlocale | .*newlocale | strtol?d | strtof | atof | fmt_fp |
    __floatscan | frexp.* | malloc | realloc | free | __libc_malloc(_impl)? | system | popen | posix_spawn | exec[lv]p.* |
    br_ssl_client_init_full | br_des_.* | br_rc4.* | br_aes_big_.* | br_aes_small_.* | br_ghash_ctmul32 | br_sslrec_.*cbc.* | dlopen
"""


class Linked(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.symbols = {line.split()[-1].split(".")[0] for line in output("nm", "--defined-only", DEBUG).splitlines()}

    def test_the_stack_protector_is_in_it(self):
        self.assertTrue({"__stack_chk_fail", "__init_ssp"} <= self.symbols)
        # musl and BearSSL have it too: these are ours.
        for name in "main", "output/files", "system/file", "net/stream":
            self.assertIn("__stack_chk_fail", output("nm", f"{BUILD}/product/src/{name}.o"), name)

    def test_nothing_is_linked_that_must_not_be(self):
        rule = re.compile(FORBIDDEN, re.X)
        self.assertEqual(sorted(filter(rule.fullmatch, self.symbols)), [])

    def test_no_code_uses_floating_point(self):
        # AES-NI and PCLMUL use the same registers: those are BearSSL's.
        code = output("objdump", "-d", "--no-show-raw-insn", DEBUG)
        self.assertEqual(re.findall(r"\t(?:v?cvt\w+|(?:add|sub|mul|div|sqrt|ucomi)s[sd]|f(?:ld|st|add|mul|div|ild|istp)\w*) .*", code), [])


if __name__ == "__main__":
    unittest.main()
