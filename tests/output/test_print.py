"""What is printed is what the readers of each format read: sh, a strict JSON parser, python-dotenv, xargs."""

import fcntl
import io
import json
import os
import pty
import random
import subprocess
import sys
import unittest

import dotenv

from tests.output.drivers import driver, fields, run

NASTY = [
    b"", b"x", b"abc@123", b" ", b"  lead and trail  ", b"'", b"''", b"'\\''", b'"', b"\\", b"\\\\", b"a\\", b"\\'", b"\\\\'",
    b"a'b'c", b"\n", b"\r\n", b"\r", b"a\nb\nc\n", b"a\r\nb", b"$HOME", b"${HOME}", b"$(id)", b"`id`", b"!!", b"#", b" # no comment",
    b"=", b"a=b", b"export A=1", b"%s%n", b"\t\v\f", b"\x01\x1b[31m", b"\x7f", b"\0", b"a\0b", b"\xff\xfe", b"\xc3", b"\xc3\xa9",
    b"\xe2\x80\xa8", b"\xc2\x85", b"\xef\xbb\xbf", b"\xf0\x9f\x94\x91", b"*", b"~", b"-n", b"\\n\\r\\t", b"\\u0041", b"x" * 25600,
    b"-----BEGIN X-----\nAA==\n-----END X-----\n", b'{"a": "b"}', b"\r'\"\\", b"\r\\", b"\x1c\x1d\x1e\x85",
]


def random_values(count):
    """Dense in the bytes that mean something to a reader. The seed is fixed."""
    source = random.Random(4)
    for _ in range(count):
        alphabet = source.choice([b"'\"\\", b"'\\\n\r", b"${}ab\\'", b"\n\r\t #=", bytes(range(1, 256))])
        yield bytes(source.choice(alphabet) for _ in range(source.randrange(12)))


def values():
    return NASTY + list(random_values(300))


def is_text(value):
    try:
        return value.decode("utf-8") is not None
    except UnicodeDecodeError:
        return False


def said(form, names_and_values):
    return run([driver("print"), form], fields(*(part for pair in names_and_values for part in pair)))


class EachReader(unittest.TestCase):
    """A value comes back as it was, between two others; or it is refused, for a reason that the format has."""

    def check(self, form, representable, read):
        for value in values():
            with self.subTest(value=value[:80]):
                entries = [(b"before", b"b'e\"f"), (b"the-value", value), (b"behind", b"'\"\n")]
                answer = said(form, entries)
                if representable(value):
                    self.assertEqual((answer.returncode, answer.stderr), (0, b""))
                    self.assertEqual(read(answer.stdout), [v for _, v in entries])
                else:
                    self.assertEqual((answer.returncode, answer.stdout), (65, b""))
                    self.assertIn(b"the-value", answer.stderr)

    def test_a_strict_parser_reads_json(self):
        def read(text):
            pairs = json.loads(text, object_pairs_hook=list)
            self.assertEqual([name for name, _ in pairs], ["before", "the-value", "behind"])
            return [value.encode() for _, value in pairs]

        self.check("json", is_text, read)

    def test_sh_reads_env(self):
        for shell in "sh", "bash":
            def read(text):
                script = text + b"printf '%s\\0' \"$before\" \"$the_value\" \"$behind\""
                return run([shell], script, env={}).stdout.split(b"\0")[:3]

            self.check("env", lambda value: b"\0" not in value, read)

    def test_python_dotenv_reads_dotenv(self):
        def representable(value):
            return is_text(value) and not any(bad in value for bad in (b"\0", b"${")) and not value.endswith(b"\\")

        def read(text):
            # As dotenv opens a file: every kind of line end becomes "\n".
            stream = io.TextIOWrapper(io.BytesIO(text), encoding="utf-8")
            found = dotenv.dotenv_values(stream=stream)
            self.assertEqual(list(found), ["before", "the_value", "behind"])
            return [value.encode() for value in found.values()]

        self.check("dotenv", representable, read)

    def test_xargs_reads_null(self):
        show = "import os, sys; sys.stdout.buffer.write(b'\\0'.join(map(os.fsencode, sys.argv[1:])))"

        def read(text):
            return run(["xargs", "-0", sys.executable, "-c", show], text).stdout.split(b"\0")

        self.check("null", lambda value: b"\0" not in value, read)


class StandardOutput(unittest.TestCase):
    def test_one_value_is_written_as_it_is(self):
        for value in values():
            self.assertEqual(said("value", [(b"n", value)]).stdout, value)

    def test_a_terminal_gets_a_line_end_and_nothing_else_does(self):
        ours, theirs = pty.openpty()
        answer = subprocess.run([driver("print"), "value"], input=fields("n", "abc@123"), stdout=theirs, timeout=60, check=False)
        self.assertEqual(answer.returncode, 0)
        self.assertEqual(os.read(ours, 100), b"abc@123\r\n")  # the terminal makes the carriage return

    def test_a_full_disk_is_74(self):
        with open("/dev/full", "wb") as full:
            answer = subprocess.run([driver("print"), "value"], input=fields("n", "x"), stdout=full, stderr=subprocess.PIPE,
                                    timeout=60, check=False)
        self.assertEqual(answer.returncode, 74)
        self.assertIn(b"no space left", answer.stderr)

    def test_standard_output_that_is_closed_is_74_and_goes_nowhere_else(self):
        answer = run(["sh", "-c", 'exec "$0" value >&-', driver("print")], fields("n", "secret"))
        self.assertEqual((answer.returncode, answer.stdout), (74, b""))
        self.assertNotIn(b"secret", answer.stderr)

    def test_a_reader_that_left_is_74_and_no_signal(self):
        reading, writing = os.pipe()
        os.close(reading)
        answer = subprocess.run([driver("print"), "value"], input=fields("n", "x"), stdout=writing, stderr=subprocess.PIPE,
                                timeout=60, check=False)
        self.assertEqual(answer.returncode, 74)

    def test_a_slow_reader_of_a_non_blocking_pipe_gets_all(self):
        reading, writing = os.pipe()
        fcntl.fcntl(writing, fcntl.F_SETFL, os.O_NONBLOCK)
        value = bytes(range(256)) * 2000
        with subprocess.Popen([driver("print"), "value"], stdin=subprocess.PIPE, stdout=writing) as program:
            os.close(writing)
            program.stdin.write(fields("n", value))
            program.stdin.close()
            with os.fdopen(reading, "rb", buffering=0) as pipe:
                got = b"".join(iter(lambda: pipe.read(777), b""))
        self.assertEqual((program.returncode, got == value), (0, True))


if __name__ == "__main__":
    unittest.main()
