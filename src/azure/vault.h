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

/* 102,400 secrets in full pages. A list that goes on is no list of a vault. */
enum { SECRET_LIST_PAGES_MAX = 4096, SECRET_LINK_BYTES_MAX = 4096 };

struct listed_secret {
    slice id, name, version; /* unescaped and checked; of a list of secrets no version */
    slice item;              /* the JSON object; a vault puts no value there */
};

/* The secrets of a vault, or with a name the versions of that one: all pages, whatever their size. The way to the next page
 * is followed byte for byte, but only to the same host and port by https. */
struct secret_list {
    struct vault_talk vault;
    /* in: takes one item, which lives for this call. What fails here ends the list. */
    err (*keep)(void *context, const struct listed_secret *listed);
    void *context;
    struct buf link; /* in: room of SECRET_LINK_BYTES_MAX */
    unsigned pages;  /* out: that were read */
    slice target;    /* private: of the next page, in the link; empty: the first one */
};

struct want secret_list_tell(struct talk *talk, const struct news *news);

/* Private to azure/vault. One operation is its request and what it makes of a 200; the rest is common. */
struct vault_operation {
    /* Writes the request, with this Authorization value (empty: none). False: it does not fit. */
    bool (*ask)(struct vault_talk *vault, slice authorization);
    /* The answer is 200. */
    struct want (*done)(struct vault_talk *vault, const struct news *news);
};
struct want vault_tell(struct vault_talk *vault, const struct vault_operation *operation, const struct news *news);

/* From `done`: one more request, with the same token. */
struct want vault_go_on(struct vault_talk *vault, const struct vault_operation *operation);

/* "METHOD /collection/name/version/verb?api-version=7.4" with Host, Accept and Authorization. */
bool vault_request(struct vault_talk *vault, slice method, slice verb, slice query, slice authorization);

/* The same with a target that is known whole. */
bool vault_request_at(struct vault_talk *vault, slice method, slice target, slice authorization);

#endif
