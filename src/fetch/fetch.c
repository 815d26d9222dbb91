#include "fetch/fetch.h"

#include "azure/token.h"
#include "fetch/lane.h"
#include "system/clock.h"

#include <string.h>

struct run {
    const struct workload *work;
    size_t next; /* pieces before it were begun, but for those of a host that nobody serves yet */
    size_t unbegun;
    uint8_t *begun; /* one bit a piece */
    struct failure first;
    int64_t stop_at; /* after it */
};

err fetch_open(struct fetch *fetch, const struct fetch_setting *setting)
{
    memset(fetch, 0, sizeof *fetch);
    fetch->setting = *setting;
    int64_t now = clock_ms();
    loop_start(&fetch->loop, now + setting->timeout_ms + (setting->timeout_given ? 0 : setting->wait_ms));
    fetch->wait_until = setting->wait_ms ? now + setting->wait_ms : 0;
    if (setting->timeout_given && fetch->wait_until > fetch->loop.deadline_at)
        fetch->wait_until = fetch->loop.deadline_at;
    fetch->identity.talk.notes = setting->notes;
    err e = identity_choose(&fetch->identity, setting->identity);
    if (failed(e))
        return e;
    fetch->asker = lane_new(fetch, true);
    return fetch->asker ? OK : err_make(M_NO_MEMORY, S("the identity's answer"));
}

/* --- tokens --- */

static struct token_slot *slot_of(struct fetch *fetch, slice resource)
{
    for (size_t i = 0; i < TOKENS_MAX; i++) {
        if (fetch->token[i].resource.len == 0)
            fetch->token[i].resource = resource;
        if (slice_equal(fetch->token[i].resource, resource))
            return &fetch->token[i];
    }
    return NULL;
}

static err keep_token(struct fetch *fetch, struct token_slot *slot)
{
    struct arena *arena = fetch->setting.arena;
    slice token = fetch->identity.token;
    struct buf claims = arena_buf(arena, token.len);
    slot->token = arena_buf(arena, token.len);
    buf_put(&slot->token, token);
    if (slot->token.full)
        return err_make(M_NO_MEMORY, S("the token"));
    token_caller(token, &claims, fetch->setting.notes, &slot->caller);
    slot->expires_at = fetch->identity.expires_at;
    slot->generation++;
    slot->wanted = false;
    return OK;
}

/* One talk at a time: the instance metadata service allows few at once, and one identity rarely has two audiences. */
static err ask_for_tokens(struct fetch *fetch)
{
    struct lane *asker = fetch->asker;
    for (;;) {
        if (!fetch->asking) {
            for (size_t i = 0; i < TOKENS_MAX && !fetch->asking; i++)
                if (fetch->token[i].wanted)
                    fetch->asking = &fetch->token[i];
            if (!fetch->asking)
                return OK;
            identity_start(&fetch->identity, fetch->asking->resource, clock_unix());
            lane_begin(fetch, asker, &fetch->identity.talk);
        }
        enum lane_state state = lane_step(fetch, asker);
        if (state == LANE_FAILED)
            return err_of(&asker->error);
        if (state != LANE_DONE)
            return OK;
        err e = keep_token(fetch, fetch->asking);
        if (failed(e))
            return e;
        fetch->asking = NULL;
    }
}

/* *served: a lane got one, and has something to send now. */
static err serve_tokens(struct fetch *fetch, bool *served)
{
    *served = false;
    for (size_t i = 0; i < fetch->lanes; i++) {
        struct lane *lane = fetch->lane[i];
        if (lane->state != LANE_WANTS_TOKEN)
            continue;
        struct token_slot *slot = slot_of(fetch, lane->resource);
        if (!slot)
            return err_make(M_NO_MEMORY, S("a token for one more resource"));
        if (!slot->token.len || (lane->renew && lane->generation == slot->generation)) {
            slot->wanted = true;
            continue;
        }
        lane_give_token(fetch, lane, slot);
        *served = true;
    }
    return OK;
}

/* --- pieces --- */

static bool has_begun(const struct run *run, size_t piece)
{
    return run->begun[piece / 8] >> piece % 8 & 1;
}

static bool is_same_host(struct endpoint a, struct endpoint b)
{
    return a.port == b.port && slice_equal_nocase(a.host, b.host);
}

static bool is_served(const struct fetch *fetch, struct endpoint where)
{
    for (size_t i = 0; i < fetch->lanes; i++)
        if (fetch->lane[i]->stream.state != STREAM_CLOSED && is_same_host(fetch->lane[i]->to, where))
            return true;
    return false;
}

/* For a lane that is connected: the next piece of its host. Else one of a host that nobody serves, else the first. */
static bool choose_piece(const struct fetch *fetch, struct run *run, const struct lane *lane, size_t *piece)
{
    const struct workload *work = run->work;
    bool connected = lane->stream.state != STREAM_CLOSED;
    while (run->next < work->pieces && has_begun(run, run->next))
        run->next++;
    for (size_t i = run->next; i < work->pieces; i++) {
        struct endpoint where = work->where(work->context, i);
        if (has_begun(run, i) || (connected ? !is_same_host(lane->to, where) : is_served(fetch, where)))
            continue;
        *piece = i;
        return true;
    }
    *piece = run->next;
    return run->next < work->pieces;
}

static void begin_piece(struct fetch *fetch, struct run *run, struct lane *lane)
{
    size_t piece;
    if (run->first.message || fetch->loop.now < fetch->vault_quiet_until || !choose_piece(fetch, run, lane, &piece))
        return;
    run->begun[piece / 8] |= (uint8_t)(1u << piece % 8);
    run->unbegun--;
    lane->piece = piece;
    memset(&lane->operation, 0, sizeof lane->operation);
    run->work->prepare(run->work->context, piece, &lane->operation);
    lane->operation.vault.talk.to = run->work->where(run->work->context, piece);
    lane_begin(fetch, lane, &lane->operation.vault.talk);
}

static void note_failure(struct fetch *fetch, struct run *run, err error)
{
    if (!failed(error) || run->first.message)
        return;
    err_keep(&run->first, error);
    run->stop_at = fetch->loop.now + LAST_ANSWERS_MS;
    if (run->stop_at > fetch->loop.deadline_at)
        run->stop_at = fetch->loop.deadline_at;
}

/* As far as it goes without waiting. */
static void step_lane(struct fetch *fetch, struct run *run, struct lane *lane)
{
    for (;;) {
        if (lane->state == LANE_IDLE)
            begin_piece(fetch, run, lane);
        if (lane->state == LANE_IDLE)
            return;
        enum lane_state state = lane_step(fetch, lane);
        if (state != LANE_DONE && state != LANE_FAILED)
            return;
        lane->state = LANE_IDLE;
        note_failure(fetch, run,
                     run->work->finish(run->work->context, lane->piece, &lane->operation,
                                       state == LANE_DONE ? OK : err_of(&lane->error)));
    }
}

static bool is_over(const struct fetch *fetch, const struct run *run)
{
    bool busy = false;
    for (size_t i = 0; i < fetch->lanes; i++) {
        enum lane_state state = fetch->lane[i]->state;
        busy |= run->first.message ? state == LANE_EXCHANGES && fetch->loop.now < run->stop_at : state != LANE_IDLE;
    }
    return !busy && (run->first.message || run->unbegun == 0);
}

static void wait_for_all(struct fetch *fetch, struct run *run)
{
    struct loop *loop = &fetch->loop;
    loop_begin(loop);
    if (fetch->asking)
        lane_watch(fetch->asker, loop);
    for (size_t i = 0; i < fetch->lanes; i++)
        if (fetch->lane[i]->state != LANE_IDLE)
            lane_watch(fetch->lane[i], loop);
    if (run->unbegun && loop->now < fetch->vault_quiet_until)
        loop_until(loop, fetch->vault_quiet_until);
    if (run->first.message)
        loop_until(loop, run->stop_at);
    if (loop_wait(loop) == LOOP_AGAIN || run->first.message)
        return;
    const struct lane *late = fetch->asking ? fetch->asker : NULL;
    for (size_t i = 0; i < fetch->lanes && !late; i++)
        if (fetch->lane[i]->state != LANE_IDLE)
            late = fetch->lane[i];
    note_failure(fetch, run, late ? lane_deadline(fetch, late) : err_make(M_DEADLINE, S("the run"), S("no end")));
    run->stop_at = loop->now;
}

/* A handshake costs more than a request, so that a lane must have a few pieces to be worth it. */
static err open_lanes(struct fetch *fetch, size_t pieces)
{
    size_t most = fetch->setting.lanes_max ? fetch->setting.lanes_max : LANES_MAX;
    size_t wanted = (pieces + PIECES_A_LANE - 1) / PIECES_A_LANE;
    for (; fetch->lanes < wanted && fetch->lanes < most && fetch->lanes < LANES_MAX; fetch->lanes++)
        if (!(fetch->lane[fetch->lanes] = lane_new(fetch, false)))
            return err_make(M_NO_MEMORY, S("a connection"));
    return OK;
}

err fetch_run(struct fetch *fetch, const struct workload *work)
{
    struct run run = {.work = work, .unbegun = work->pieces};
    err e = open_lanes(fetch, work->pieces);
    if (failed(e))
        return e;
    run.begun = arena_take(fetch->setting.arena, work->pieces / 8 + 1);
    if (!run.begun)
        return err_make(M_NO_MEMORY, S("the list of references"));
    for (bool served;;) {
        for (size_t i = 0; i < fetch->lanes; i++)
            step_lane(fetch, &run, fetch->lane[i]);
        e = serve_tokens(fetch, &served);
        if (!failed(e) && !served)
            e = ask_for_tokens(fetch);
        if (!failed(e) && !served)
            e = serve_tokens(fetch, &served);
        if (failed(e))
            return run.first.message ? err_of(&run.first) : e;
        /* What a token has just allowed goes out before anything is waited for. */
        if (served)
            continue;
        if (is_over(fetch, &run))
            return err_of(&run.first);
        wait_for_all(fetch, &run);
    }
}

err fetch_token(struct fetch *fetch, slice resource, struct token_slot **slot)
{
    struct loop *loop = &fetch->loop;
    *slot = slot_of(fetch, resource);
    if (!*slot)
        return err_make(M_NO_MEMORY, S("a token for one more resource"));
    (*slot)->wanted = (*slot)->token.len == 0;
    for (;;) {
        err e = ask_for_tokens(fetch);
        if (failed(e) || (*slot)->token.len)
            return e;
        loop_begin(loop);
        lane_watch(fetch->asker, loop);
        if (loop_wait(loop) == LOOP_DEADLINE)
            return lane_deadline(fetch, fetch->asker);
    }
}

void fetch_close(struct fetch *fetch)
{
    if (fetch->asker)
        lane_close(fetch->asker);
    for (size_t i = 0; i < fetch->lanes; i++)
        lane_close(fetch->lane[i]);
}
