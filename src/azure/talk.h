/* A conversation with one service: told the news, it says what it wants next. No descriptor, no clock, no allocation.
 *
 * Shape:   want = talk->tell(talk, news) with NEWS_START first, then whatever the last want brought, until
 *          WANT_DONE or WANT_FAIL. After these it may be started again from the beginning. A connection that fails is
 *          no news: who grants the wants tries again as long as the user said, or gives up for both.
 *
 *            WANT_SEND   the request in talk->request to talk->to   -> NEWS_ANSWER
 *            WANT_TOKEN  a token for want.resource (renew: not the one that was given before) -> NEWS_TOKEN
 *            WANT_PAUSE  nothing for want.pause_ms                  -> NEWS_PAUSED; want.error if there is no time for it:
 *                        its texts are forgotten with NEWS_PAUSED
 *            WANT_DONE   the result is in the talk's own struct
 *            WANT_FAIL   want.error
 *
 * Memory:  who starts a talk gives it `request` (arena: it carries tokens) and `notes` (texts for messages). The body
 *          in NEWS_ANSWER may be changed in place, and results point into it: they live until the next answer
 *          is read into the same place.
 * Source:  azure-protocol sections 1 to 9, each talk names its own.
 */
#ifndef AZFOB_AZURE_TALK_H
#define AZFOB_AZURE_TALK_H

#include "base/err.h"
#include "wire/http_response.h"

/* Where a request goes. */
struct endpoint {
    bool tls;
    uint16_t port;
    slice host; /* a name or an address */
};

/* Whose token it is, from its claims: for messages only, nothing is decided by it. */
enum { CALLER_ID_BYTES_MAX = 64 };
struct caller {
    slice client_id, object_id, tenant_id;
};

enum news_kind { NEWS_START, NEWS_ANSWER, NEWS_TOKEN, NEWS_PAUSED };

struct news {
    enum news_kind kind;
    uint32_t random;              /* fresh with each piece of news, for jitter */
    const struct http_head *head; /* NEWS_ANSWER */
    struct buf body;              /* NEWS_ANSWER: complete */
    slice token;                  /* NEWS_TOKEN */
    const struct caller *caller;  /* NEWS_TOKEN */
};

enum want_kind { WANT_SEND, WANT_TOKEN, WANT_PAUSE, WANT_DONE, WANT_FAIL };

struct want {
    enum want_kind kind;
    slice resource;    /* WANT_TOKEN */
    bool renew;        /* WANT_TOKEN */
    bool gone;         /* WANT_PAUSE: IMDS answered 410, which may last 70 s */
    uint32_t pause_ms; /* WANT_PAUSE */
    err error;         /* WANT_FAIL, WANT_PAUSE */
};

struct talk {
    struct want (*tell)(struct talk *talk, const struct news *news);
    struct endpoint to;
    struct buf *request;
    struct buf *notes;
    bool once; /* each request makes something new: it must not go out again when nobody knows what became of it */
    size_t pause_notes, pause_notes_end; /* private: what the last pause said there */
};

static inline struct want want_fail(err error)
{
    return (struct want){.kind = WANT_FAIL, .error = error};
}

/* The texts of this pause's error are in notes from `notes_before` on. */
static inline struct want want_pause(struct talk *talk, size_t notes_before, uint32_t pause_ms, err error)
{
    talk->pause_notes = notes_before;
    talk->pause_notes_end = talk->notes->len;
    return (struct want){.kind = WANT_PAUSE, .pause_ms = pause_ms, .error = error};
}

/* Each pause says the same again, and a long wait has many: what nobody wrote behind is taken back. Where lanes take turns
 * some is left; notes that are full cost a message its words, never the run. */
static inline void talk_forget_pause(struct talk *talk)
{
    if (talk->pause_notes_end && talk->pause_notes_end == talk->notes->len)
        talk->notes->len = talk->pause_notes;
    talk->pause_notes = talk->pause_notes_end = 0;
}

#endif
