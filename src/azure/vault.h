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

/* What the identity must be allowed to do: a refusal says which role or permission that takes. */
enum vault_right { RIGHT_READ, RIGHT_SET, RIGHT_WRAP, RIGHT_UNWRAP, VAULT_RIGHTS };

/* What an operation on a vault's object shares with every other: which object, who asks, how often so far. */
struct vault_talk {
    struct talk talk; /* first, so that a talk is its operation. talk.to: the vault */
    slice collection; /* "secrets", "keys" */
    slice name;       /* empty: the collection itself */
    slice version;    /* empty: the current one */
    bool certificate; /* name was given as a certificate's: only for messages */
    bool ask_first;   /* --challenge, or a host outside the known clouds: no token before a challenge in scope */
    /* private */
    enum vault_right right;
    slice resource;
    slice token;
    slice value; /* that the request's body holds, as a service could repeat it: set by an operation's `ask` */
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
    /* in: takes one item, which lives for this call, so no error may hold a part of it. What fails here ends the list. */
    err (*keep)(void *context, const struct listed_secret *listed);
    void *context;
    struct buf link; /* in: room of SECRET_LINK_BYTES_MAX */
    unsigned pages;  /* out: that were read */
    slice target;    /* private: of the next page, in the link; empty: the first one */
};

struct want secret_list_tell(struct talk *talk, const struct news *news);

/* What one request may carry, and the vault takes: bytes of UTF-8. */
enum { SECRET_VALUE_BYTES_MAX = 25600 };

/* A new version of a secret. */
struct secret_set {
    struct vault_talk vault; /* without a version */
    slice value;             /* UTF-8, at most SECRET_VALUE_BYTES_MAX */
    slice id;                /* out: of the new version, with its https:// */
};

struct want secret_set_tell(struct talk *talk, const struct news *news);

/* Wraps a few bytes by a key that never leaves the vault, or unwraps them. */
struct key_wrap {
    struct vault_talk vault; /* of "keys"; to unwrap, the version that wrapped */
    bool unwrap;
    slice algorithm; /* "RSA-OAEP-256" */
    slice value;     /* what is to be wrapped or unwrapped: bytes, at most KEY_BYTES_MAX */
    slice version;   /* out: of the key that did it */
    slice result;    /* out: bytes */
};

/* 4096 bits of RSA; what AES key wrapping gives for that much, too. */
enum { KEY_BYTES_MAX = 520 };

struct want key_wrap_tell(struct talk *talk, const struct news *news);

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

/* A JSON body: room for it behind what vault_request has written, since it is as secret as the token there; then the end of
 * the request with it, or without any when the request has no token: nothing is told to who has not shown yet that it is a
 * vault (azure-protocol section 12). False: it does not fit. */
struct buf vault_body(struct vault_talk *vault);
bool vault_request_end(struct vault_talk *vault, const struct buf *body, slice authorization);

/* The version in "https://host/collection/name/version". False: it is not of the object that was asked for. */
bool vault_version(const struct vault_talk *vault, slice id, slice *version);

/* A string of an answer, unescaped where it stands, which changes the body there: find all members first. False: it is no
 * string. */
bool vault_text(const struct buf *body, slice string, slice *out);

#endif
