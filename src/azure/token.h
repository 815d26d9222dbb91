/* The answer of a token service, in all the forms that have been seen, and whose token it is.
 *
 * Memory:  *token is inside the body, unescaped in place.
 * Source:  azure-protocol sections 1.2, 2.1, 2.3, 4, 7.3.
 */
#ifndef AZFOB_AZURE_TOKEN_H
#define AZFOB_AZURE_TOKEN_H

#include "azure/talk.h"

/* A lifetime below this is relative, whatever the member's name says (2001-01-01 in Unix seconds). */
enum { TOKEN_RELATIVE_BELOW = 978307200 };

/* 16 kB and more have been told of: identities with many groups. */
enum { TOKEN_BYTES_MAX = 48 * 1024 };

enum token_verdict { TOKEN_OK, TOKEN_NOT_JSON, TOKEN_MISSING };

/* `*expires_at` is in Unix seconds, or 0 when the answer does not say it in any known form: a token that is used at once
 * needs no expiry, so a strange one is never an error. `now` is only for relative forms. */
enum token_verdict token_read(struct buf *body, int64_t now, slice *token, int64_t *expires_at);

/* Client, object and tenant id from the token's claims, copied to notes; empty where it has none. `room` is for the
 * decoded claims and must be secret memory. */
void token_caller(slice token, struct buf *room, struct buf *notes, struct caller *out);

#endif
