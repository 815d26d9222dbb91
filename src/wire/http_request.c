#include "wire/http_request.h"

#include "wire/http_response.h"

static bool is_visible(slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] <= ' ' || text.at[i] >= 0x7f)
            return false;
    return text.len > 0;
}

static bool is_value(slice value)
{
    for (size_t i = 0; i < value.len; i++)
        if (value.at[i] >= 0x7f || !http_is_text_byte(value.at[i]))
            return false;
    return slice_trim(value).len == value.len;
}

static void put_field(struct buf *to, slice name, slice value)
{
    buf_put(to, name);
    buf_text(to, ": ");
    buf_put(to, value);
    buf_text(to, "\r\n");
}

bool http_request_start(struct buf *to, slice method, slice target, slice host)
{
    if (!http_is_token(method) || !is_visible(target) || !is_visible(host))
        return false;
    buf_put(to, method);
    buf_byte(to, ' ');
    buf_put(to, target);
    buf_text(to, " HTTP/1.1\r\n");
    put_field(to, S("Host"), host);
    return true;
}

bool http_request_header(struct buf *to, slice name, slice value)
{
    if (!http_is_token(name) || !is_value(value))
        return false;
    put_field(to, name, value);
    return true;
}

bool http_request_end(struct buf *to, slice body)
{
    if (body.at) {
        buf_text(to, "Content-Length: ");
        buf_number(to, body.len);
        buf_text(to, "\r\n");
    }
    buf_text(to, "\r\n");
    buf_put(to, body);
    return !to->full;
}
