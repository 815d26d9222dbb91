#include "net/loop.h"

#include "system/clock.h"

#include <limits.h>

void loop_start(struct loop *loop, int64_t deadline_at)
{
    loop->deadline_at = deadline_at;
    loop->now = clock_ms();
    loop_begin(loop);
}

void loop_begin(struct loop *loop)
{
    loop->watches = 0;
    loop->until = loop->deadline_at;
}

void loop_watch(struct loop *loop, int fd, short events)
{
    /* More parties than places cannot be (see LANES_MAX); if they were, they would be served in the next round. */
    if (loop->watches < LOOP_WATCHES_MAX)
        loop->watch[loop->watches++] = (struct pollfd){.fd = fd, .events = events};
    else
        loop->until = loop->now;
}

void loop_until(struct loop *loop, int64_t at)
{
    if (at < loop->until)
        loop->until = at;
}

enum loop_verdict loop_wait(struct loop *loop)
{
    int64_t pause = loop->until - clock_ms();
    if (pause < 0)
        pause = 0;
    if (pause > INT_MAX)
        pause = INT_MAX;
    /* EINTR and every other failure only mean that the steps come early. */
    (void)poll(loop->watch, (nfds_t)loop->watches, (int)pause);
    loop->now = clock_ms();
    return loop->now >= loop->deadline_at ? LOOP_DEADLINE : LOOP_AGAIN;
}
