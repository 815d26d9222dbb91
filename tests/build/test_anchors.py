"""The roots that are built in are those that Azure's page names, and what BearSSL is given is what openssl reads."""

import glob
import re
import unittest

from tests.build import BUILD, output

# azure-protocol section 10.2, list of November 2025.
FINGERPRINTS = {
    "DigiCert_Global_Root_CA": "4348A0E9444C78CB265E058D5E8944B4D84F9662BD26DB257F8934A443C70161",
    "DigiCert_Global_Root_G2": "CB3CCBB76031E5E0138F8DD39A23F9DE47FFC35E43C1144CEA27D46A5AB1CB5F",
    "DigiCert_Global_Root_G3": "31AD6648F8104138C738F39EA4320133393E3A18CC02296EF97C2AC9EF6731D0",
    "DigiCert_TLS_ECC_P384_Root_G5": "018E13F0772532CF809BD1B17281867283FC48C6E13BE9C69812854A490C1B05",
    "DigiCert_TLS_RSA4096_Root_G5": "371A00DC0533B3721A7EEB40E8419E70799D2B0A0F2C1D80693165F7CEC4AD75",
    "Microsoft_ECC_Root_Certificate_Authority_2017": "358DF39D764AF9E1B766E9C972DF352EE15CFAC227AF6AD1D70E8E4A6EDCBA02",
    "Microsoft_RSA_Root_Certificate_Authority_2017": "C741F70F4B2A8D88BF2E71C14122EF53EF10EBA0CFA5E64CFA20F418853073E0",
}
CURVES = {"secp384r1": "BR_EC_secp384r1", "prime256v1": "BR_EC_secp256r1"}


def openssl(name, *argv):
    return output("openssl", "x509", "-in", f"vendor/roots/{name}.pem", "-noout", *argv)


def generated():
    """{root: {array without its number: hex}} and the rows of the table, from the C that was made."""
    with open(f"{BUILD}/gen/anchors.c", encoding="ascii") as file:
        text = file.read()
    roots = {}
    for name, arrays in re.findall(r"/\* (\w+)\.pem \*/(.*?)(?=/\*|\nconst br_)", text, re.S):
        found = re.findall(r"char (\w+)_\d+\[\] = \{(.*?)\}", arrays, re.S)
        roots[name] = {array: "".join(re.findall(r"0x(\w\w)", data)) for array, data in found}
    return roots, re.findall(r"(?m)^    \{\{\(unsigned char \*\)name_.*", text), text


class Anchors(unittest.TestCase):
    def test_each_certificate_has_its_fingerprint(self):
        found = {}
        for path in glob.glob("vendor/roots/*"):
            name = path.removeprefix("vendor/roots/").removesuffix(".pem")
            found[name] = re.search("=(.*)", openssl(name, "-fingerprint", "-sha256"))[1].replace(":", "")
        self.assertEqual(found, FINGERPRINTS)

    def test_the_anchors_carry_the_keys_that_openssl_reads(self):
        roots, rows, text = generated()
        self.assertEqual(sorted(roots), sorted(FINGERPRINTS))
        self.assertEqual((len(rows), re.search(r"anchors_built_in_count = (\d+)", text)[1]), (7, "7"))
        for (name, arrays), row in zip(roots.items(), rows):
            said = openssl(name, "-text")
            self.assertIn("BR_X509_TA_CA", row)
            if "n" in arrays:
                self.assertEqual(arrays["n"].upper(), re.search("Modulus=(.*)", openssl(name, "-modulus"))[1])
                self.assertEqual(int(arrays["e"], 16), int(re.search(r"Exponent: (\d+)", said)[1]))
                self.assertIn("BR_KEYTYPE_RSA", row)
            else:
                key = re.search(r"pub:\n((?:\s+[0-9a-f:]+\n)+)", said)[1]
                self.assertEqual(arrays["q"], re.sub(r"[\s:]", "", key))
                self.assertIn(CURVES[re.search("ASN1 OID: (.*)", said)[1]], row)

    def test_the_anchors_carry_the_names_that_openssl_reads(self):
        for name, arrays in generated()[0].items():
            lines = output("openssl", "asn1parse", "-in", f"vendor/roots/{name}.pem")
            # Version, serial, algorithm, issuer, validity, subject: the sixth element at depth 2.
            subject = [line for line in lines.splitlines() if ":d=2 " in line][5]
            offset, head, length = map(int, re.match(r" *(\d+):d=2 +hl=(\d+) +l= *(\d+)", subject).groups())
            der = output("openssl", "x509", "-in", f"vendor/roots/{name}.pem", "-outform", "DER", text=False)
            self.assertEqual(arrays["name"], der[offset : offset + head + length].hex())


if __name__ == "__main__":
    unittest.main()
