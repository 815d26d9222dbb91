/* A chain for tests, made for nothing else: Test Root signed Test Intermediate, which signed leaf.example. P-256; the leaf's key. */
#ifndef AZFOB_TESTS_CHAIN_H
#define AZFOB_TESTS_CHAIN_H

/* clang-format off */
#define PEM_ROOT \
    "-----BEGIN CERTIFICATE-----\n" \
    "MIIBfzCCASWgAwIBAgIUSegI5/YUp+czaaEAMlO6c/hvOPowCgYIKoZIzj0EAwIw\n" \
    "FDESMBAGA1UEAwwJVGVzdCBSb290MCAXDTI2MTEyNDE1MzAxMFoYDzIxMjYxMDMx\n" \
    "MTUzMDEwWjAUMRIwEAYDVQQDDAlUZXN0IFJvb3QwWTATBgcqhkjOPQIBBggqhkjO\n" \
    "PQMBBwNCAATcj1Gyna72veoJ3H8C+zzy1VdAwU+KQQ52NgUUBwDkxDyhhKbN02mi\n" \
    "Y2aXRID3WlfmR6Q9rx5cAhUqdnsATElRo1MwUTAdBgNVHQ4EFgQUeiYt+hgBB1fr\n" \
    "5Y07+WM9o2dm/fYwHwYDVR0jBBgwFoAUeiYt+hgBB1fr5Y07+WM9o2dm/fYwDwYD\n" \
    "VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiEAvU+ctYbRIpGRn0fHnXcW\n" \
    "remVowPFsT5M2sBskVYFxQQCIGENugtNikCcl6pSRvACjymTfhmKh/ZkbM5RDH+R\n" \
    "gcFK\n" \
    "-----END CERTIFICATE-----\n"

#define PEM_INTERMEDIATE \
    "-----BEGIN CERTIFICATE-----\n" \
    "MIIBGTCBwAIBAjAKBggqhkjOPQQDAjAUMRIwEAYDVQQDDAlUZXN0IFJvb3QwIBcN\n" \
    "MjYxMTI0MTUzMDEwWhgPMjEyNjEwMzExNTMwMTBaMBwxGjAYBgNVBAMMEVRlc3Qg\n" \
    "SW50ZXJtZWRpYXRlMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEUNfJpDbwd7a/\n" \
    "I2sXFRoSxRJr3ngTwIX8u+hOH+vqQg9wwyKyQC7ZTsBlQEeoOvJbpy4UR0qmTu3/\n" \
    "oYVD0kkd/zAKBggqhkjOPQQDAgNIADBFAiBm7OfBlpdVwKUJT85Q24yUeU4dXMmy\n" \
    "dAWH6aKfG4hGVQIhAMCMx9+HAiKgw5MBR3OQWfNTBZKMRqAwCjfK5RCTafJQ\n" \
    "-----END CERTIFICATE-----\n"

#define PEM_LEAF \
    "-----BEGIN CERTIFICATE-----\n" \
    "MIIBGzCBwwIBAzAKBggqhkjOPQQDAjAcMRowGAYDVQQDDBFUZXN0IEludGVybWVk\n" \
    "aWF0ZTAgFw0yNjExMjQxNTMwMTBaGA8yMTI2MTAzMTE1MzAxMFowFzEVMBMGA1UE\n" \
    "AwwMbGVhZi5leGFtcGxlMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEvDGmma+Y\n" \
    "T1bhJe30aYxTAJJ/qhOEt5Ry28M6EcZErfZ0c3BIj/dW+zXslBl/bWRa14PjSbJr\n" \
    "QbJfF9qkNTgKrTAKBggqhkjOPQQDAgNHADBEAiA1rrvOv2yqIDg0HmXxk4zaDBC/\n" \
    "aIZNZg4OzzxfUdXF8gIgf62Z7YEpG1ncUF/LGxcVEqOhcGyB52hKqmF5YBCaGaQ=\n" \
    "-----END CERTIFICATE-----\n"

#define PEM_KEY \
    "-----BEGIN PRIVATE KEY-----\n" \
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgblrss9ly/MelDGfE\n" \
    "NLcymRu1AbbZSXYAXcCbX11u6OuhRANCAAS8MaaZr5hPVuEl7fRpjFMAkn+qE4S3\n" \
    "lHLbwzoRxkSt9nRzcEiP91b7NeyUGX9tZFrXg+NJsmtBsl8X2qQ1OAqt\n" \
    "-----END PRIVATE KEY-----\n"

/* clang-format on */

#endif
