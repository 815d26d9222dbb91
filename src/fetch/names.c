#include "fetch/names.h"

#include "fetch/single.h"

err fetch_names(struct fetch *fetch, const struct vault *vault, slice name, bool challenge, names_keep *keep,
                void *context)
{
    union operation operation = {
        .list = {.vault = {.talk = {.tell = secret_list_tell},
                           .collection = S("secrets"),
                           .name = name,
                           .ask_first = challenge},
                 .keep = keep,
                 .context = context,
                 .link = arena_buf(fetch->setting.arena, SECRET_LINK_BYTES_MAX)},
    };
    return fetch_single(fetch, vault->to, &operation);
}
