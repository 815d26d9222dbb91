#include "azure/scope.h"

#include "wire/url.h"

static slice without_default(slice scope)
{
    slice tail = S("/.default");
    return slice_ends_nocase(scope, tail) ? slice_first(scope, scope.len - tail.len) : scope;
}

static bool is_parent_of(slice resource, slice host)
{
    struct url url;
    size_t fault;
    if (!url_read(resource, &url, &fault) || !url.https || url.has_port || url.has_query || url.has_fragment)
        return false;
    /* A path would make another audience than the host's name promises; "/" alone is one that the vault refuses. */
    if (url.path.len || slice_find(url.host, '.') == url.host.len)
        return false;
    return host_is_below(host, url.host);
}

enum scope scope_of_challenge(const struct challenge *challenge, slice host, slice *resource)
{
    *resource = challenge->scope.len ? without_default(challenge->scope) : challenge->resource;
    if (resource->len == 0)
        return SCOPE_NO_RESOURCE;
    return is_parent_of(*resource, host) ? SCOPE_OK : SCOPE_FOREIGN;
}
