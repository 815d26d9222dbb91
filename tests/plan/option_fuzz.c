/* The first byte chooses the command; then arguments, each ended by NUL, and behind an empty one the environment. */
#include "plan/option.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { STRINGS_MAX = 64 };

/* Takes strings until an empty one. */
static void take_strings(char **at, char *end, char *strings[STRINGS_MAX + 1])
{
    size_t n = 0;
    while (*at < end && n < STRINGS_MAX) {
        strings[n] = *at;
        *at += strlen(*at) + 1;
        if (strings[n][0] == 0)
            break;
        n++;
    }
    strings[n] = NULL;
}

static bool is_one_choice(const struct options *o)
{
    return (o->client_id.len > 0) + (o->object_id.len > 0) + (o->resource_id.len > 0) <= 1 &&
           !(o->quiet && o->verbose) && !(o->json && o->format);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *argv[STRINGS_MAX + 1], *envp[STRINGS_MAX + 1], *given[STRINGS_MAX + 1];
    uint8_t notes_room[512];
    struct buf notes = BUF(notes_room);
    struct options o;
    if (size == 0)
        return 0;
    char *text = malloc(size), *at = text;
    memcpy(text, data + 1, size - 1);
    text[size - 1] = 0;
    take_strings(&at, text + size, argv);
    take_strings(&at, text + size, envp);
    memcpy(given, argv, sizeof given);
    err e = options_read(argv, envp, 1u << data[0] % 9, &o, &notes);
    if (failed(e)) {
        assert(err_status(e) == EXIT_IS_USAGE);
    } else {
        size_t from = 0;
        assert(is_one_choice(&o) && o.verbose <= 2 && o.mode <= 0777 && o.resolves <= RESOLVE_MAX);
        /* Operands keep their order. */
        for (size_t i = 0; i < o.operands; i++, from++)
            while (given[from] != o.operand[i])
                assert(given[++from]);
        assert(!o.child || o.help || o.version || o.child[0]);
    }
    free(text);
    return 0;
}
