/* The other side of a talk with a vault, for tests: tells it the news, keeps what it asks for. */
#ifndef AZFOB_TESTS_AZURE_VAULT_DIALOGUE_H
#define AZFOB_TESTS_AZURE_VAULT_DIALOGUE_H

#include "azure/answers.h"
#include "azure/vault.h"

enum { DIALOGUE_REQUEST_BYTES = 208 * 1024 };

struct dialogue {
    uint8_t request_room[DIALOGUE_REQUEST_BYTES], notes_room[8192];
    struct buf request, notes;
    struct answer answer;
    struct want want;
};

static const struct caller a_caller = {S_INIT("c-1"), S_INIT("o-2"), S_INIT("t-3")};

static inline void dialogue_open(struct dialogue *dialogue, struct vault_talk *vault, slice host)
{
    dialogue->request = BUF(dialogue->request_room);
    dialogue->notes = BUF(dialogue->notes_room);
    vault->talk.to = (struct endpoint){.tls = true, .port = 443, .host = host};
    vault->talk.request = &dialogue->request;
    vault->talk.notes = &dialogue->notes;
}

static inline void dialogue_start(struct dialogue *dialogue, struct talk *talk)
{
    dialogue->want = talk->tell(talk, &(struct news){.kind = NEWS_START});
}

static inline void dialogue_token(struct dialogue *dialogue, struct talk *talk, slice token)
{
    dialogue->want = talk->tell(talk, &(struct news){.kind = NEWS_TOKEN, .token = token, .caller = &a_caller});
}

/* False: these are no parts of an answer. */
static inline bool dialogue_answer(struct dialogue *dialogue, struct talk *talk, unsigned status, slice fields,
                                   slice body)
{
    if (!answer_with(&dialogue->answer, status, fields, body))
        return false;
    dialogue->want = talk->tell(talk, &dialogue->answer.news);
    return true;
}

#endif
