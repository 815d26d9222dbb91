"""What it says of what somebody else wrote: nothing that could be a password, whoever put it there."""

import unittest

from . import E2E

URL = "https://me:s3cretpw@host.example"


class Told(E2E):
    def tells_no_password(self, *args, env=None, told="https://...@host.example", status=64):
        with self.subTest(args=args, env=env):
            run = self.run_it(*args, env=env)
            self.assertEqual((run.status, run.out), (status, b""), run.err)
            self.assertNotIn("s3cretpw", run.err)
            self.assertIn(told, run.err)

    def test_the_user_of_a_url_in_an_option_a_variable_or_a_reference(self):
        self.tells_no_password("get", f"ftp{URL[5:]}/x", told="ftp://...@host.example")
        self.tells_no_password("get", f"{URL}/secrets/x", told='"https://"')
        self.tells_no_password("get", "x", "--vault", URL, told='"https://"')
        self.tells_no_password("get", "x", env={"KEY_VAULT_NAME": URL}, told='"https://"')
        self.tells_no_password("get", "x", "--allow-host", URL)
        self.tells_no_password("get", "x", "--resolve", f"{URL}:443:1.2.3.4")
        self.tells_no_password("get", "x", f"--proxy={URL}", told="--proxy")
        self.tells_no_password("get", "x", env={"AZURE_AUTHORITY_HOST": URL}, status=78)
        self.tells_no_password("token", env={"AZURE_POD_IDENTITY_AUTHORITY_HOST": URL}, status=78)
        self.tells_no_password("exec", "--", "x", env={"X": f"akv{URL[5:]}/x"}, told="")
        self.nobody_was_asked()

    def test_the_user_of_a_url_in_an_answer(self):
        self.lab.fail("vault", status=307, headers=(("Location", f"{URL}/x"), ("Content-Length", "0")))
        self.tells_no_password("get", "ExamplePassword", "-vv", status=76)


if __name__ == "__main__":
    unittest.main()
