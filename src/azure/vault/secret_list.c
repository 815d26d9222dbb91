/* GET /secrets and /secrets/{name}/versions, page after page. Source: azure-protocol section 9.6. */
#include "azure/vault.h"

#include "azure/service_error.h"
#include "wire/http_request.h"
#include "wire/json.h"
#include "wire/url.h"

enum { ID_BYTES_MAX = 512 };

static bool ask(struct vault_talk *vault, slice authorization)
{
    const struct secret_list *list = (const struct secret_list *)vault;
    slice verb = vault->name.len ? S("versions") : S("");
    bool asked = list->target.len ? vault_request_at(vault, S("GET"), list->target, authorization)
                                  : vault_request(vault, S("GET"), verb, S(""), authorization);
    return asked && http_request_end(vault->talk.request, (slice){NULL, 0});
}

static err list_error(const struct vault_talk *vault, enum message message)
{
    slice name = vault->name.len ? vault->name : vault->collection;
    return err_make(message, name, vault->talk.to.host);
}

static bool is_name(slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!byte_is_alpha(text.at[i]) && !byte_is_digit(text.at[i]) && text.at[i] != '-')
            return false;
    return text.len > 0;
}

/* "https://HOST/secrets/NAME[/VERSION]": what is shown and used as a name must be one. */
static bool read_id(slice id, struct listed_secret *listed)
{
    struct url url;
    size_t fault;
    slice part, collection;
    if (!url_read(id, &url, &fault) || url.has_query || url.has_fragment || !slice_cut(&url.path, '/', &part) ||
        !slice_cut(&url.path, '/', &collection))
        return false;
    bool has_version = slice_cut(&url.path, '/', &listed->name);
    listed->version = url.path;
    listed->id = id;
    return slice_equal_nocase(collection, S("secrets")) && is_name(listed->name) && has_version == is_name(url.path);
}

static bool read_item(const struct secret_list *list, slice item, struct buf *text, struct listed_secret *listed)
{
    slice id;
    listed->item = item;
    return json_member(item, S("id"), &id) == JSON_OK && json_unescape(id, text) == JSON_OK && !text->full &&
           read_id(buf_slice(text), listed) && (list->vault.name.len == 0 || listed->version.len);
}

static err keep_all(struct secret_list *list, slice items)
{
    slice none, item;
    err e = OK;
    while (!failed(e) && json_next(&items, &none, &item)) {
        struct listed_secret listed;
        uint8_t room[ID_BYTES_MAX];
        struct buf text = BUF(room);
        if (read_item(list, item, &text, &listed))
            e = list->keep(list->context, &listed);
        else
            e = list_error(&list->vault, M_VAULT_NO_LIST);
    }
    return e;
}

/* A null, an empty text or no member at all: this was the last page. */
static bool is_last(slice page, slice *link)
{
    enum json there = json_member(page, S("nextLink"), link);
    if (there != JSON_OK)
        return there == JSON_NONE;
    return json_kind(*link) == JSON_NULL || json_is(*link, S(""));
}

/* The page behind this one; nobody else's server may be named as its place, for the token goes there. */
static err find_next(struct secret_list *list, slice link)
{
    const struct endpoint *to = &list->vault.talk.to;
    struct url url;
    size_t fault;
    list->link.len = 0;
    list->link.full = false;
    bool here = json_unescape(link, &list->link) == JSON_OK && !list->link.full &&
                url_read(buf_slice(&list->link), &url, &fault) && url.https == to->tls && url.port == to->port &&
                slice_equal_nocase(url.host, to->host) && url.path.len;
    if (!here) {
        err e = list_error(&list->vault, M_VAULT_FAR_LINK);
        slice place = buf_slice(&list->link);
        e->arg[2] = quote_keep(list->vault.talk.notes, slice_first(place, slice_find(place, '?')),
                               (struct confidence){.token = list->vault.token});
        return e;
    }
    list->target = url.target;
    return OK;
}

static struct want done(struct vault_talk *vault, const struct news *news);

static const struct vault_operation operation = {ask, done};

static struct want done(struct vault_talk *vault, const struct news *news)
{
    struct secret_list *list = (struct secret_list *)vault;
    slice page, items, link = S("");
    size_t fault;
    if (!json_check(buf_slice(&news->body), &page, &fault))
        return want_fail(err_number(list_error(vault, M_VAULT_NOT_JSON), (int64_t)fault));
    if (json_member(page, S("value"), &items) != JSON_OK || json_kind(items) != JSON_ARRAY)
        return want_fail(list_error(vault, M_VAULT_NO_LIST));
    err e = keep_all(list, items);
    list->pages++;
    if (!failed(e) && is_last(page, &link))
        return (struct want){.kind = WANT_DONE};
    if (!failed(e))
        e = find_next(list, link);
    if (!failed(e) && list->pages == SECRET_LIST_PAGES_MAX)
        e = err_number(list_error(vault, M_VAULT_NO_END), SECRET_LIST_PAGES_MAX);
    return failed(e) ? want_fail(e) : vault_go_on(vault, &operation);
}

struct want secret_list_tell(struct talk *talk, const struct news *news)
{
    struct secret_list *list = (struct secret_list *)talk;
    if (news->kind == NEWS_START) {
        list->target = S("");
        list->pages = 0;
    }
    return vault_tell(&list->vault, &operation, news);
}
