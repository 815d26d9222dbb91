#include "fetch/lane.h"

#include "azure/retry.h"
#include "system/clock.h"
#include "system/random.h"
#include "wire/date.h"

#include <string.h>

enum {
    REQUEST_BYTES = 208 * 1024,  /* a token of TOKEN_BYTES_MAX, and a secret to be set with each byte escaped */
    IMDS_CONNECT_MS = 10 * 1000, /* a link-local address without a listener swallows packets */
    IDENTITY_ANSWER_MS = 30 * 1000,
    SEED_PAUSE_MS = 100,
    GONE_MS = 75 * 1000 /* 410: the instance metadata service is back within 70 s */
};

static uint32_t random_number(void)
{
    uint32_t number = 0;
    (void)random_fill((uint8_t *)&number, sizeof number); /* jitter only: a bad number is a number */
    return number;
}

struct lane *lane_new(struct fetch *fetch, bool is_asker)
{
    struct lane *lane = arena_take(fetch->setting.arena, sizeof *lane);
    if (!lane)
        return NULL;
    lane->request = arena_buf(fetch->setting.arena, REQUEST_BYTES);
    lane->answer = arena_buf(fetch->setting.arena, ANSWER_BYTES);
    lane->is_asker = is_asker;
    return lane->answer.at ? lane : NULL;
}

static void lane_fail(struct lane *lane, err error)
{
    lane->state = LANE_FAILED;
    err_keep(&lane->error, error);
    stream_close(&lane->stream);
}

/* Until the connection may be opened. */
static void wait_for(struct fetch *fetch, struct lane *lane, err reason)
{
    err_keep(&lane->waits_for, reason);
    trace_wait(fetch->setting.trace, lane->is_asker, reason);
}

/* --- the connection --- */

static struct address resolved(const struct fetch *fetch, slice host, uint16_t port)
{
    struct address address = {0};
    for (size_t i = 0; i < fetch->setting.resolves; i++) {
        const struct resolve *row = &fetch->setting.resolve[i];
        if (row->port != port || !slice_equal_nocase(row->host, host))
            continue;
        address.len = row->address_bytes;
        memcpy(address.bytes, row->address, sizeof address.bytes);
        break;
    }
    return address;
}

/* Gives false when the kernel has no random bytes yet: then it is tried again soon. */
static bool fill_tls(struct fetch *fetch, struct lane *lane, struct stream_setting *setting)
{
    switch (random_fill(setting->secure.seed, sizeof setting->secure.seed)) {
    case RANDOM_NEVER:
        lane_fail(lane, err_make(M_NO_RANDOM));
        return false;
    case RANDOM_LATER:
        wait_for(fetch, lane, err_make(M_NO_RANDOM_YET));
        lane->reopen_at = fetch->loop.now + SEED_PAUSE_MS;
        return false;
    case RANDOM_OK:
        break;
    }
    setting->tls = &lane->tls;
    setting->secure.roots = &fetch->setting.roots;
    setting->secure.now = clock_unix_floored();
    setting->secure.clock = clock_unix();
    setting->secure.false_start = lane->false_start;
    if (fetch->has_session && slice_equal_nocase(fetch->session_host, lane->to.host))
        setting->secure.resume = &fetch->session;
    return true;
}

/* As curl: through a proxy, the vault's address is the proxy's business, and --resolve may only say that of the proxy. */
static void find_way(const struct fetch *fetch, struct stream_setting *setting)
{
    const struct proxy *proxy = &fetch->setting.proxy;
    slice host = setting->host;
    uint16_t port = setting->port;
    if (proxy->name.len && !proxy_is_bypassed(fetch->setting.no_proxy, host)) {
        setting->proxy = proxy;
        host = proxy->host;
        port = proxy->port;
    }
    setting->fixed = resolved(fetch, host, port);
}

static void connect_now(struct fetch *fetch, struct lane *lane)
{
    struct stream_setting setting = {.host = lane->to.host, .port = lane->to.port};
    lane->reopen_at = 0;
    lane->traced = false;
    if (lane->is_asker)
        setting.connect_ms = IMDS_CONNECT_MS;
    else
        find_way(fetch, &setting);
    if (setting.proxy && setting.proxy->port == 0) {
        lane_fail(lane, err_make(M_PROXY_FORM, setting.proxy->name));
        return;
    }
    if (lane->to.tls && !fill_tls(fetch, lane, &setting))
        return;
    stream_open(&lane->stream, &setting, &fetch->loop);
    lane->stirred = true;
    explicit_bzero(setting.secure.seed, sizeof setting.secure.seed);
}

static void start_exchange(struct fetch *fetch, struct lane *lane)
{
    lane->state = LANE_EXCHANGES;
    /* A server may end an idle connection at any time, and some say so by an answer to nothing. */
    if (lane->stream.state == STREAM_READY)
        (void)stream_step(&lane->stream, &fetch->loop);
    if (stream_is_spoilt(&lane->stream))
        stream_close(&lane->stream);
    if (lane->stream.state == STREAM_CLOSED && lane->reopen_at == 0)
        connect_now(fetch, lane);
    if (lane->state != LANE_EXCHANGES || lane->stream.state == STREAM_CLOSED)
        return; /* begun when the stream is opened */
    lane->stirred = true;
    lane->sent_at = clock_ms();
    exchange_start(&lane->exchange, &lane->stream, buf_slice(&lane->request), &lane->answer, fetch->setting.notes);
}

static err stream_reason(const struct fetch *fetch, const struct lane *lane)
{
    err e = stream_error(&lane->stream, fetch->setting.notes);
    if (!lane->is_asker || !stream_may_come_up(&lane->stream))
        return e;
    bool silent = lane->stream.failure == STREAM_NO_CONNECTION && lane->stream.connected == 0 &&
                  fetch->loop.now - lane->stream.began >= IMDS_CONNECT_MS;
    return err_make(silent ? M_IMDS_SILENT : M_IMDS_ABSENT, lane->to.host, e->arg[1]);
}

/* The connection has failed, or ended without an answer. */
static void lane_broken(struct fetch *fetch, struct lane *lane, err reason, bool coming_up, bool once_more)
{
    int64_t pause_ms = retry_backoff(++lane->reopened, random_number()), left = fetch->wait_until - fetch->loop.now;
    bool waits = coming_up && left > 0;
    if (!waits && (!once_more || lane->given_back)) {
        lane_fail(lane, reason);
        return;
    }
    stream_close(&lane->stream);
    if (waits) {
        wait_for(fetch, lane, reason);
        /* The last try is at the end of what the user will wait, not before. */
        lane->reopen_at = fetch->loop.now + (pause_ms < left ? pause_ms : left);
        return;
    }
    trace_note(fetch->setting.trace, lane->to.host, S(": no answer; the same request once more, on a new connection"));
    lane->given_back = true;
    lane->false_start = false;
    connect_now(fetch, lane);
    if (lane->state == LANE_EXCHANGES)
        start_exchange(fetch, lane);
}

/* --- the talk --- */

static void grant(struct fetch *fetch, struct lane *lane, struct want want);

static void tell(struct fetch *fetch, struct lane *lane, struct news news)
{
    news.random = random_number();
    grant(fetch, lane, lane->talk->tell(lane->talk, &news));
}

static void grant_pause(struct fetch *fetch, struct lane *lane, const struct want *want)
{
    struct loop *loop = &fetch->loop;
    if (want->gone && !fetch->setting.timeout_given && !fetch->stretched) {
        fetch->stretched = true;
        if (loop->deadline_at < loop->now + GONE_MS)
            loop->deadline_at = loop->now + GONE_MS;
    }
    /* To sleep until a deadline that is certain to be missed would only keep the user waiting. */
    if (loop->now + want->pause_ms >= loop->deadline_at) {
        lane_fail(lane, want->error);
        return;
    }
    lane->state = LANE_PAUSES;
    lane->pause_until = loop->now + want->pause_ms;
    err_keep(&lane->waits_for, want->error);
    if (!lane->is_asker && lane->exchange.head.status == 429 && fetch->vault_quiet_until < lane->pause_until)
        fetch->vault_quiet_until = lane->pause_until;
    if (fetch->setting.wait_ms || fetch->setting.trace->level)
        trace_wait(fetch->setting.trace, lane->is_asker, want->error);
}

static void grant(struct fetch *fetch, struct lane *lane, struct want want)
{
    switch (want.kind) {
    case WANT_SEND:
        lane->given_back = false;
        trace_request(fetch->setting.trace, lane->to.tls, buf_slice(&lane->request));
        start_exchange(fetch, lane);
        return;
    case WANT_TOKEN:
        lane->state = LANE_WANTS_TOKEN;
        lane->resource = want.resource;
        lane->renew = want.renew;
        return;
    case WANT_PAUSE:
        grant_pause(fetch, lane, &want);
        return;
    case WANT_DONE:
        lane->state = LANE_DONE;
        return;
    case WANT_FAIL:
        lane->state = LANE_FAILED;
        err_keep(&lane->error, want.error);
        return;
    }
}

static bool same_place(const struct endpoint *a, const struct endpoint *b)
{
    return a->tls == b->tls && a->port == b->port && slice_equal_nocase(a->host, b->host);
}

void lane_begin(struct fetch *fetch, struct lane *lane, struct talk *talk)
{
    if (!same_place(&lane->to, &talk->to))
        stream_close(&lane->stream);
    lane->to = talk->to;
    lane->talk = talk;
    lane->error.message = lane->waits_for.message = M_NONE;
    lane->state = LANE_BUSY;
    lane->false_start = true;
    lane->given_back = false;
    lane->reopened = 0;
    talk->request = &lane->request;
    talk->notes = fetch->setting.notes;
    if (lane->stream.state == STREAM_CLOSED)
        connect_now(fetch, lane);
    if (lane->state == LANE_BUSY)
        tell(fetch, lane, (struct news){.kind = NEWS_START});
}

void lane_give_token(struct fetch *fetch, struct lane *lane, const struct token_slot *slot)
{
    lane->generation = slot->generation;
    tell(fetch, lane, (struct news){.kind = NEWS_TOKEN, .token = buf_slice(&slot->token), .caller = &slot->caller});
}

static void note_session(struct fetch *fetch, struct lane *lane)
{
    slice date;
    int64_t seconds;
    bool first = !lane->traced;
    if (first)
        trace_stream(fetch->setting.trace, &lane->stream);
    lane->traced = true;
    if (!lane->to.tls)
        return;
    if (http_head_field(&lane->exchange.head, S("date"), &date) && date_http(date, &seconds))
        fetch->vault_date = seconds;
    if (!fetch->has_session && tls_session(&lane->tls, &fetch->session)) {
        fetch->has_session = true;
        fetch->session_host = lane->to.host;
    }
    if (first && fetch->setting.met)
        fetch->setting.met(fetch->setting.met_context, fetch, lane);
}

static void answered(struct fetch *fetch, struct lane *lane)
{
    struct exchange *exchange = &lane->exchange;
    lane->reopened = 0;
    note_session(fetch, lane);
    trace_answer(fetch->setting.trace, buf_slice(&lane->request), &exchange->head, exchange->body.len, lane->sent_at);
    if (!exchange->reusable)
        stream_close(&lane->stream);
    tell(fetch, lane, (struct news){.kind = NEWS_ANSWER, .head = &exchange->head, .body = exchange->body});
}

/* The exchange has failed. What may have been answered in part is not asked again, and what must be asked once only if the
 * server cannot have heard it. */
static void lane_unanswered(struct fetch *fetch, struct lane *lane)
{
    bool unheard = !stream_has_begun(&lane->stream);
    /* A server may close an idle connection at any time, and one that dies on a false start may live without. */
    const struct stream *stream = &lane->stream;
    bool passing = stream->state != STREAM_FAILED ||
                   (stream->failure == STREAM_TLS ? stream_false_started(stream) : stream->failure != STREAM_REFUSED);
    bool again = lane->exchange.unanswered && passing && (unheard || !lane->talk->once);
    err reason = lane->exchange.error;
    if (lane->talk->once && !unheard)
        reason = err_make(M_NOBODY_KNOWS, lane->to.host);
    lane_broken(fetch, lane, reason, lane->is_asker && again, again);
}

static void step_exchange(struct fetch *fetch, struct lane *lane)
{
    if (lane->reopen_at || lane->stream.state == STREAM_CLOSED)
        return;
    switch (exchange_step(&lane->exchange)) {
    case EXCHANGE_MORE:
        return;
    case EXCHANGE_DONE:
        answered(fetch, lane);
        return;
    case EXCHANGE_FAILED:
        break;
    }
    if (lane->stream.state == STREAM_FAILED && stream_may_come_up(&lane->stream))
        return; /* told by the stream */
    lane_unanswered(fetch, lane);
}

static void step_stream(struct fetch *fetch, struct lane *lane)
{
    if (lane->reopen_at && fetch->loop.now >= lane->reopen_at) {
        connect_now(fetch, lane);
        if (lane->state == LANE_EXCHANGES && lane->stream.state != STREAM_CLOSED)
            start_exchange(fetch, lane);
    }
    if (lane->reopen_at || lane->stream.state == STREAM_CLOSED)
        return;
    if (stream_step(&lane->stream, &fetch->loop) != STREAM_FAILED)
        return;
    bool coming_up = stream_may_come_up(&lane->stream);
    if (!coming_up && lane->state == LANE_EXCHANGES)
        return; /* told by the exchange */
    /* Nothing was asked yet: there will be another connection when there is something to ask. */
    if (lane->stream.failure == STREAM_BROKEN)
        stream_close(&lane->stream);
    else
        lane_broken(fetch, lane, stream_reason(fetch, lane), coming_up, false);
}

/* The identity endpoint accepts connections while it is being updated, and answers none of them. */
static void step_patience(struct fetch *fetch, struct lane *lane)
{
    if (!lane->is_asker || lane->reopen_at || fetch->loop.now < lane->sent_at + IDENTITY_ANSWER_MS)
        return;
    lane_broken(fetch, lane, err_make(M_IMDS_SILENT, lane->to.host), true, true);
}

enum lane_state lane_step(struct fetch *fetch, struct lane *lane)
{
    if (lane->state == LANE_IDLE || lane->state == LANE_DONE || lane->state == LANE_FAILED)
        return lane->state;
    if (lane->state == LANE_PAUSES && fetch->loop.now >= lane->pause_until)
        tell(fetch, lane, (struct news){.kind = NEWS_PAUSED});
    do {
        lane->stirred = false;
        step_stream(fetch, lane);
        if (lane->state == LANE_EXCHANGES)
            step_exchange(fetch, lane);
        if (lane->state == LANE_EXCHANGES)
            step_patience(fetch, lane);
    } while (lane->stirred && lane->state != LANE_DONE && lane->state != LANE_FAILED);
    return lane->state;
}

void lane_watch(const struct lane *lane, struct loop *loop)
{
    if (lane->stirred)
        loop_until(loop, loop->now);
    if (lane->state == LANE_PAUSES)
        loop_until(loop, lane->pause_until);
    if (lane->reopen_at)
        loop_until(loop, lane->reopen_at);
    else
        stream_watch(&lane->stream, loop);
    if (lane->is_asker && lane->state == LANE_EXCHANGES && !lane->reopen_at)
        loop_until(loop, lane->sent_at + IDENTITY_ANSWER_MS);
}

void lane_close(struct lane *lane)
{
    stream_close(&lane->stream);
    lane->state = LANE_IDLE;
}

err lane_deadline(const struct fetch *fetch, const struct lane *lane)
{
    static const slice phases[] = {
        [STREAM_CLOSED] = S_INIT("no connection"),     [STREAM_NAMING] = S_INIT("no name server gave an address"),
        [STREAM_CONNECTING] = S_INIT("no connection"), [STREAM_SHAKING] = S_INIT("no end of the TLS handshake"),
        [STREAM_READY] = S_INIT("no whole answer"),    [STREAM_FAILED] = S_INIT("no connection"),
    };
    if (lane->waits_for.message && (lane->state == LANE_PAUSES || lane->reopen_at))
        return err_of(&lane->waits_for);
    bool on_the_way = lane->stream.setting.proxy && lane->stream.state < STREAM_SHAKING;
    return err_number(
        err_make(M_DEADLINE, lane->to.host, on_the_way ? S("no way through the proxy") : phases[lane->stream.state]),
        fetch->setting.timeout_ms + (fetch->setting.timeout_given ? 0 : fetch->setting.wait_ms));
}
