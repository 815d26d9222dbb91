/* Operations on a vault: each a talk.
 *
 * Shape:   fill the struct's input, then tell NEWS_START; at WANT_DONE the results are set. The same struct may serve one
 *          operation after another.
 * Memory:  inputs live as long as the talk; results point into the answer's body, changed in place.
 * Errors:  rows of base/messages.h, section "the vault": each status and inner code that azure-protocol section 9.8 lists.
 * Source:  azure-protocol section 9.
 */
#ifndef AZFOB_AZURE_VAULT_H
#define AZFOB_AZURE_VAULT_H

#include "azure/talk.h"

/* What an operation on a vault's object shares with every other: which object, who asks, how often so far. */
struct vault_talk {
    struct talk talk; /* first, so that a talk is its operation. talk.to: the vault */
    slice collection; /* "secrets", "keys" */
    slice name;       /* empty: the collection itself */
    slice version;    /* empty: the current one */
    bool certificate; /* name was given as a certificate's: only for messages */
    bool ask_first;   /* --challenge, or a host outside the known clouds: no token before a challenge in scope */
    /* private */
    slice resource;
    slice token;
    struct caller caller;
    unsigned tries;
    bool challenged; /* a challenge that refused a token was obeyed once; there is no second time */
};

struct secret_get {
    struct vault_talk vault;
    slice bundle; /* out: the JSON object */
    slice value;  /* out: its value, a JSON string as it stands there */
};

struct want secret_get_tell(struct talk *talk, const struct news *news);

/* Private to azure/vault. One operation is its request and what it makes of a 200; the rest is common. */
struct vault_operation {
    /* Writes the request, with this Authorization value (empty: none). False: it does not fit. */
    bool (*ask)(struct vault_talk *vault, slice authorization);
    /* The answer is 200. */
    struct want (*done)(struct vault_talk *vault, const struct news *news);
};
struct want vault_tell(struct vault_talk *vault, const struct vault_operation *operation, const struct news *news);

/* "METHOD /collection/name/version/verb?api-version=7.4" with Host, Accept and Authorization. */
bool vault_request(struct vault_talk *vault, slice method, slice verb, slice query, slice authorization);

#endif
