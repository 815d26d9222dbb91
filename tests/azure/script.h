/* What a fuzz target tells a talk: steps that NUL bytes end, the kind by the first letter.
 *
 *   S                start
 *   P                the pause is over
 *   T token          a token
 *   A raw answer     HTTP/1.1, read by the product's own parsers; one that they refuse never reaches a talk
 *
 * And what holds for every want, whatever was told.
 */
#ifndef AZFOB_TESTS_AZURE_SCRIPT_H
#define AZFOB_TESTS_AZURE_SCRIPT_H

#include "azure/answers.h"
#include "azure/service_error.h"

#include <assert.h>

struct script {
    slice rest;
    slice token; /* the last that was told */
    /* private */
    uint8_t *bytes;
    struct answer answer;
};

/* False: there is no further step. Answers live until the next one; end with script_end. */
static inline bool script_step(struct script *script, struct news *news)
{
    static const struct caller caller = {S_INIT("c"), S_INIT("o"), S_INIT("t")};
    slice step;
    while (script->rest.len) {
        slice_cut(&script->rest, 0, &step);
        *news = (struct news){.kind = NEWS_START, .random = (uint32_t)step.len * 2654435761u, .caller = &caller};
        slice text = slice_after(step, 1);
        switch (step.len ? step.at[0] : 0) {
        case 'S':
            return true;
        case 'P':
            news->kind = NEWS_PAUSED;
            return true;
        case 'T':
            news->kind = NEWS_TOKEN;
            news->token = script->token = text;
            return true;
        case 'A':
            free(script->bytes);
            script->bytes = malloc(text.len + 1);
            assert(script->bytes);
            if (text.len)
                memcpy(script->bytes, text.at, text.len);
            if (!answer_in(&script->answer, script->bytes, text.len))
                break;
            script->answer.news.random = news->random;
            *news = script->answer.news;
            return true;
        default:
            break;
        }
    }
    return false;
}

static inline void script_end(struct script *script)
{
    free(script->bytes);
    script->bytes = NULL;
}

static inline bool text_holds(slice text, slice part)
{
    for (; text.len >= part.len; text = slice_after(text, 1))
        if (slice_starts(text, part))
            return true;
    return false;
}

/* No ECHO_BYTES of the token in a row. A token is of visible bytes; one with the brackets of "[hidden]" in it, or shorter
 * than that, could be made up of what stands for it. */
static inline void assert_no_echo(slice text, slice token)
{
    size_t part = token.len < ECHO_BYTES ? token.len : ECHO_BYTES;
    for (size_t i = 0; i < token.len; i++)
        if (token.at[i] <= ' ' || token.at[i] >= 0x7f || token.at[i] == '[' || token.at[i] == ']')
            return;
    for (size_t i = 0; part >= S("[hidden]").len && i + part <= token.len; i++)
        assert(!text_holds(text, slice_first(slice_after(token, i), part)));
}

/* One request: a line, fields, one blank line, and of it all only what may stand there. */
static inline void assert_one_request(slice request, slice host)
{
    slice rest = request, line, method;
    bool host_seen = false;
    assert(slice_cut(&rest, '\n', &line) && slice_cut(&line, ' ', &method));
    assert(slice_equal(slice_after(line, line.len - S(" HTTP/1.1\r").len), S(" HTTP/1.1\r")));
    while (slice_cut(&rest, '\n', &line) && line.len > 1) {
        slice name;
        assert(line.at[line.len - 1] == '\r' && slice_cut(&line, ':', &name) && http_is_token(name));
        if (slice_equal(name, S("Host"))) {
            assert(!host_seen && text_holds(line, host));
            host_seen = true;
        }
        for (size_t i = 0; i + 1 < line.len; i++)
            assert(line.at[i] >= ' ' && line.at[i] < 0x7f);
    }
    assert(host_seen && slice_equal(line, S("\r")) && rest.len == 0);
}

/* What is there was said by somebody; any other text is ours, and may hold whatever a made-up token is made of. */
static inline bool is_in_notes(const struct buf *notes, slice text)
{
    return text.at >= notes->at && text.at + text.len <= notes->at + notes->len;
}

static inline void assert_want(const struct talk *talk, struct want want, slice token)
{
    enum { LONGEST_PAUSE_MS = 60 * 60 * 1000 + 60 * 1000 };
    static uint8_t line_room[8192];
    struct buf line = BUF(line_room);
    assert(talk->notes->len <= talk->notes->cap && talk->request->len <= talk->request->cap);
    assert(failed(want.error) == (want.kind == WANT_FAIL || want.kind == WANT_PAUSE));
    assert(want.kind == WANT_PAUSE ? want.pause_ms <= LONGEST_PAUSE_MS : want.pause_ms == 0 && !want.gone);
    if (want.kind == WANT_SEND)
        assert_one_request(buf_slice(talk->request), talk->to.host);
    if (failed(want.error)) {
        err_write(want.error, &line);
        assert(err_status(want.error) != EXIT_IS_DONE && !line.full);
        for (size_t i = 0; i < ERR_ARGS_MAX; i++)
            if (is_in_notes(talk->notes, want.error->arg[i]))
                assert_no_echo(want.error->arg[i], token);
    }
    if (want.kind == WANT_PAUSE)
        assert(err_status(want.error) == EXIT_IS_LATER);
}

#endif
