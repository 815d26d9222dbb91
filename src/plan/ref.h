/* A reference to a secret (REF) or a key (KEYREF), in all its spellings.
 *
 *   REF      = place [ "?" option *( "&" option ) ] [ "#" pointer ]
 *   place    = NAME / "/" path / VAULT "/" path                     the default vault; this vault
 *            / "akv://" VAULT "/" path
 *            / "https://" HOST "/" collection "/" NAME [ "/" [ VERSION ] ]
 *            / "akvs://" SUBSCRIPTION "/" VAULT "/" NAME [ "/" VERSION ]            azd's
 *            / "ref+azurekeyvault://" VAULT "/" NAME [ "/" VERSION ]                vals'
 *            / "@Microsoft.KeyVault(SecretUri=" https-URL ")"                       App Service's
 *            / "@Microsoft.KeyVault(VaultName=" VAULT ";SecretName=" NAME [ ";SecretVersion=" [ VERSION ] ] ")"
 *   path     = [ collection "/" ] NAME [ "/" VERSION ]
 *   collection = "secrets" / "keys" / "certificates"
 *   VAULT    = vault name / HOST [ ":" port ]        a host has a dot
 *   vault name: 3 to 24 letters, digits and single "-", a letter first
 *   NAME     = 1*127( ALPHA / DIGIT / "-" )          VERSION = 32HEXDIG
 *   option   = "decode=" ( "base64" / "base64url" / "hex" ) / "part=" ( "key" / "cert" / "chain" ) / "optional"
 *   pointer  = RFC 6901, as it is: not percent-encoded
 *
 * Schemes, and the words of the App Service form, in any case: what is meant as a reference must never pass for a plain
 * value because of a capital. In `path`, a collection's word that something follows is the collection; a secret that
 * is itself named "keys" and has a version is written /secrets/keys/VERSION. A certificate stands for its secret. The
 * final "/" of a URL is what Azure's portal shows. Options of the App Service form stand behind its ")".
 *
 * Shape:   ref_read; ref_settle with the default vault; ref_host.
 * Memory:  slices into the caller's text. Nothing is copied or kept.
 * Errors:  64, rows REF_* of base/messages.h: %1 is the reference, %a the column (1-based) where it goes wrong, and
 *          %5 is left to the caller for the place where the reference stands. *out is then undefined.
 * Source:  product contract, "References"; azure-protocol section 9.5.
 */
#ifndef AZFOB_PLAN_REF_H
#define AZFOB_PLAN_REF_H

#include "base/err.h"

enum ref_kind { REF_SECRET, REF_CERTIFICATE, REF_KEY };
enum ref_decode { DECODE_NONE, DECODE_BASE64, DECODE_BASE64URL, DECODE_HEX };
enum ref_part { PART_NONE, PART_KEY, PART_CERT, PART_CHAIN };

enum { VAULT_PORT = 443 };

/* What is wanted of the value is applied in this order: pointer, decode, part. So a member of a JSON secret may
 * itself be base64 or PEM. */
struct ref {
    slice text;          /* all of it, as written */
    slice vault;         /* a vault's name or host; empty: the default vault */
    slice name, version; /* version empty: the current one */
    slice pointer;       /* empty: the whole value */
    uint16_t port;
    enum ref_kind kind;
    enum ref_decode decode;
    enum ref_part part;
    bool optional; /* that it does not exist is no error */
};

/* `wanted` is REF_SECRET (certificates are welcome too) or REF_KEY, and what a place without a collection means. A
 * KEYREF has no options and no pointer. */
err ref_read(slice text, enum ref_kind wanted, struct ref *out);

/* A vault alone, as --vault, its variables and `list` take it: VAULT, or a https URL with no path but "/". The out
 * has no name. */
err ref_read_vault(slice text, struct ref *out);

/* Takes the vault and port of `fallback` (which may be NULL) where the reference names none. False: there is none. */
bool ref_settle(struct ref *ref, const struct ref *fallback);

/* The host of a settled reference in lower case: a vault's name gets "." and the cloud's suffix. */
void ref_host(const struct ref *ref, slice suffix, struct buf *to);

/* Do two settled references name the same object? Names, hosts and versions in any case, as Key Vault has it. What is
 * wanted of the value may differ. */
bool ref_same_secret(const struct ref *a, const struct ref *b, slice suffix);

/* Does it want the value as it is: no pointer, no option? */
bool ref_wants_all(const struct ref *ref);

/* Is this text, from its first byte, a reference that a whole environment value may be? */
bool ref_is_marked(slice text);

/* 8-4-4-4-12 hexadecimal digits: a subscription's or an identity's id. */
bool ref_is_guid(slice text);

/* "akv://host:port/collection/name/version?decode=..&part=..&optional#pointer" of a settled reference. */
void ref_write(const struct ref *ref, slice suffix, struct buf *to);

#endif
