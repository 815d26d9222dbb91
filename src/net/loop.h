/* The only poll(2) and the only deadline.
 *
 * Shape:   until all is done: loop_begin; every party that waits says for what, by loop_watch and loop_until; loop_wait; every
 *          party takes its next step, whether it was the one that became ready or not. A step that finds nothing to do
 *          costs one system call, and no party has to be told apart from another.
 * Units:   milliseconds of clock_ms.
 * Errors:  LOOP_DEADLINE: the run's deadline has passed. There is no other time-out anywhere.
 */
#ifndef AZFOB_NET_LOOP_H
#define AZFOB_NET_LOOP_H

#include "base/slice.h"

#include <poll.h>

enum { LOOP_WATCHES_MAX = 64 };

struct loop {
    int64_t deadline_at;
    int64_t now; /* as of the last loop_wait: one moment for all steps of a round */
    /* private */
    struct pollfd watch[LOOP_WATCHES_MAX];
    size_t watches;
    int64_t until;
};

enum loop_verdict { LOOP_AGAIN, LOOP_DEADLINE };

void loop_start(struct loop *loop, int64_t deadline_at);
void loop_begin(struct loop *loop);

/* Wake up when fd is ready for `events` (POLLIN, POLLOUT), or has failed. */
void loop_watch(struct loop *loop, int fd, short events);

/* Wake up at this time at the latest. */
void loop_until(struct loop *loop, int64_t at);

enum loop_verdict loop_wait(struct loop *loop);

#endif
