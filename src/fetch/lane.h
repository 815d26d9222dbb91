/* One talk at a time over one stream: sends, reads, waits and connects again, until the talk is done or has failed.
 *
 * Shape:   lane_begin with a talk that has been told nothing; then in each round lane_step until it is not LANE_BUSY, and
 *          lane_watch before waiting. LANE_WANTS_TOKEN: lane_give_token when it is there.
 *          The stream stays open for the next talk with the same endpoint.
 * Memory:  a lane lives in the arena; the talk is the caller's.
 * Errors:  LANE_FAILED: lane->error.
 */
#ifndef AZFOB_FETCH_LANE_H
#define AZFOB_FETCH_LANE_H

#include "fetch/fetch.h"

enum lane_state { LANE_IDLE, LANE_BUSY, LANE_WANTS_TOKEN, LANE_PAUSES, LANE_EXCHANGES, LANE_DONE, LANE_FAILED };

struct lane {
    enum lane_state state;
    struct talk *talk;
    struct failure error;
    slice resource;      /* LANE_WANTS_TOKEN */
    bool renew;          /* ... and not the generation that it has */
    unsigned generation; /* of the token that it was given last */
    size_t piece;        /* for fetch */
    union operation operation;
    struct exchange exchange;
    /* private */
    struct endpoint to;
    int64_t pause_until, reopen_at, sent_at;
    unsigned reopened; /* since something came back */
    bool is_asker;
    bool stirred;     /* something was begun that has not had its first step */
    bool given_back;  /* the request was sent once more on a new connection */
    bool false_start; /* allowed */
    bool traced;
    struct failure waits_for;
    struct buf request, answer;
    struct stream stream;
    struct tls tls;
};

struct lane *lane_new(struct fetch *fetch, bool is_asker);

/* Connects, and tells the talk NEWS_START. talk->to is set; request and notes are set here. */
void lane_begin(struct fetch *fetch, struct lane *lane, struct talk *talk);
void lane_give_token(struct fetch *fetch, struct lane *lane, const struct token_slot *slot);
void lane_watch(const struct lane *lane, struct loop *loop);
enum lane_state lane_step(struct fetch *fetch, struct lane *lane);
void lane_close(struct lane *lane);

/* What it is waiting for, as an error: for the end of the deadline. */
err lane_deadline(const struct fetch *fetch, const struct lane *lane);

#endif
