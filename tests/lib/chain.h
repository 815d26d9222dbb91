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

/* Three of their own kind: RSA 2048, for servers and clients, named; P-384, for clients, with an address and no name, valid until 2126;
 * Ed25519 with two common names and none of these extensions. */
#define PEM_SERVER \
    "-----BEGIN CERTIFICATE-----\n" \
    "MIIDfDCCAmSgAwIBAgIUUtnjUe6Y/QlK+a1HxLS94PEThKgwDQYJKoZIhvcNAQEL\n" \
    "BQAwLjETMBEGA1UECgwKYXpmb2IgdGVzdDEXMBUGA1UEAwwOc2VydmVyLmV4YW1w\n" \
    "bGUwHhcNMjYxMTI0MjM1NzIwWhcNMzYxMTIxMjM1NzIwWjAuMRMwEQYDVQQKDAph\n" \
    "emZvYiB0ZXN0MRcwFQYDVQQDDA5zZXJ2ZXIuZXhhbXBsZTCCASIwDQYJKoZIhvcN\n" \
    "AQEBBQADggEPADCCAQoCggEBAJHdcGJeX9wjZb3U6t/L7tuQu+MZsrP/Hw61+M7t\n" \
    "S2S14zmW2nlPcGD0wmTzwCsbvpXjsxmsM6W4+ISq6HfPvmkfJIoLoxH3fJ+GXbCS\n" \
    "H6kXFz+YtnsSvl+ZsWgbyVhxbfSaVmpf0evB7OmcbhS8oJ52SVmV5VGRJWAe5NpL\n" \
    "JtsDopgSZD79+5DkZpm0KN4LizzlwWQKYbyuRJUIkTkkTixe8c4vj8dhQolHSNT9\n" \
    "QrRPk5vxiCIR/5L2VGadBuYzGdhZUkcIlZ3lw7rswd0TEXzRDJhISwxDDxpCVcQj\n" \
    "gGIXZPm5HTZSbTS889g/CqiGY2HkOt+tgopuMYPKw0dFBbcCAwEAAaOBkTCBjjAd\n" \
    "BgNVHQ4EFgQUeYtQjmOJcTWHO5d1k3jTnl8DyHwwHwYDVR0jBBgwFoAUeYtQjmOJ\n" \
    "cTWHO5d1k3jTnl8DyHwwHwYDVR0RBBgwFocEfwAAAYIOc2VydmVyLmV4YW1wbGUw\n" \
    "HQYDVR0lBBYwFAYIKwYBBQUHAwIGCCsGAQUFBwMBMAwGA1UdEwEB/wQCMAAwDQYJ\n" \
    "KoZIhvcNAQELBQADggEBACoPX3/Qq80/tt3TcUJyK7UeqZACAQmSQWQ4ABUo/uy4\n" \
    "/JgRULPLyXvXgr3wM6ZWfcHnFOBLVBWNoGukVyMsTHwLwUKNSzbAGDKw6rUUznfB\n" \
    "yr4GZg9tsRmtimwwqlcYaL1/NT1EqlJ7o27m/IaORgmhAI+kVSCQ0v9f4ZB+Qr4j\n" \
    "mbLPWNN/xjGUI0aRX/QouazhKi0M241kcJ/ohu1Qp+6tMISfPunldGJN+83MNXd0\n" \
    "AIKvJgPXdyOeoh5t67wI54ZhbHljjZy/huKMLHiQGR51RkdHyu5wRfYiqcsLpr0L\n" \
    "fXeLlndGt6oG8RypbuSnn9pXPjqTe1APZneX9TM6SzM=\n" \
    "-----END CERTIFICATE-----\n"

#define PEM_CLIENT \
    "-----BEGIN CERTIFICATE-----\n" \
    "MIICEDCCAZWgAwIBAgIUDzzTO+j6acsEJqS12zZMjEDFsXAwCgYIKoZIzj0EAwIw\n" \
    "LDELMAkGA1UEBhMCVVMxHTAbBgNVBAoMFG9ubHkgYW4gb3JnYW5pemF0aW9uMCAX\n" \
    "DTI2MTEyNDIzNTcyMFoYDzIxMjYxMDMxMjM1NzIwWjAsMQswCQYDVQQGEwJVUzEd\n" \
    "MBsGA1UECgwUb25seSBhbiBvcmdhbml6YXRpb24wdjAQBgcqhkjOPQIBBgUrgQQA\n" \
    "IgNiAATthiLgvh9u6//mXSA16VcTnlUnTcfBZnnuy3nBY40ZzUI289c2prenW5TA\n" \
    "SPQ1YRIf2bojnGcK/LY1QDhhf+F6p59Zvu+mKvXLVcparF7qZ0p5WtLvUMnpaSiq\n" \
    "lyEBZjOjdjB0MB0GA1UdDgQWBBR7V7OffBEGoASCKlqnXQhoZXvrjjAfBgNVHSME\n" \
    "GDAWgBR7V7OffBEGoASCKlqnXQhoZXvrjjAPBgNVHREECDAGhwR/AAABMBMGA1Ud\n" \
    "JQQMMAoGCCsGAQUFBwMCMAwGA1UdEwEB/wQCMAAwCgYIKoZIzj0EAwIDaQAwZgIx\n" \
    "AOOqtx0OkR17eau0dRAdG8F2fa8xsw18eftefX+1Wvx1GsiqeV4kgUcsZj43kbWA\n" \
    "JAIxAI7k6/x/jUXo2LfkyHbUEOnSiHoMt+Slnej36uJxIjpy/l9wMkUc+Q2zJ4tj\n" \
    "wDCriw==\n" \
    "-----END CERTIFICATE-----\n"

#define PEM_ED25519 \
    "-----BEGIN CERTIFICATE-----\n" \
    "MIIBVDCCAQagAwIBAgIUItOkSd4NOvpxCMkCzPizkTw6OogwBQYDK2VwMCExDjAM\n" \
    "BgNVBAMMBWZpcnN0MQ8wDQYDVQQDDAZzZWNvbmQwHhcNMjYxMTI0MjM1NzIwWhcN\n" \
    "MzYxMTIxMjM1NzIwWjAhMQ4wDAYDVQQDDAVmaXJzdDEPMA0GA1UEAwwGc2Vjb25k\n" \
    "MCowBQYDK2VwAyEAozwIpibDlIdVuTQhluDrxauWJidu2pioRNMnELBbMPCjUDBO\n" \
    "MB0GA1UdDgQWBBT+bcVaGs6a2Qk8oPqQ4szkGZGQ2DAfBgNVHSMEGDAWgBT+bcVa\n" \
    "Gs6a2Qk8oPqQ4szkGZGQ2DAMBgNVHRMBAf8EAjAAMAUGAytlcANBAFVehgt6Lw3S\n" \
    "ese104uAT+9+/qafNuEkUh47xWHh/fJlInIaT2dDxHHAQDLA1BwG4b+9zssAQfxj\n" \
    "AHe1TzncKA4=\n" \
    "-----END CERTIFICATE-----\n"

/* clang-format on */

#endif
