/* set REF: a new version of a secret from standard input; its id to standard output. */
#include "command/table.h"

#include "fetch/single.h"
#include "output/print.h"
#include "system/file.h"
#include "wire/json.h"

static err read_name(const struct options *options, struct ref *name)
{
    if (options->operands == 0)
        return err_make(M_NO_SECRET);
    if (options->operands > 1)
        return err_make(M_TOO_MANY_OPERANDS, S("set"), slice_of(options->operand[1]));
    err e = ref_read(slice_of(options->operand[0]), REF_SECRET, name);
    if (failed(e))
        return e;
    if (name->kind == REF_CERTIFICATE)
        return err_make(M_SET_CERTIFICATE, name->text);
    if (name->version.len || !ref_wants_all(name))
        return err_make(M_NAME_ALONE, name->text);
    return ref_settle(name, &options->vault) ? OK : err_make(M_PLAN_NO_VAULT, name->text);
}

/* Every byte is part of it, the last line end too. */
static err read_value(struct session *session, slice *out)
{
    const struct options *options = &session->options;
    slice from = options->input.len ? options->input : S("-");
    struct buf value = arena_buf(session->arena, SECRET_VALUE_BYTES_MAX);
    struct buf quoted = arena_buf(session->arena, SECRET_VALUE_BYTES_MAX * 6 + 2);
    if (value.cap == 0 || quoted.cap == 0)
        return session_full(session, S("the value"));
    err e = file_read(from, &value);
    slice name = slice_equal(from, S("-")) ? S("standard input") : from;
    if (err_message(e) == M_FILE_TOO_BIG)
        e = err_make(M_SET_TOO_LONG, name);
    else if (!failed(e) && value.len == 0)
        e = err_make(M_INPUT_EMPTY, name);
    else if (!failed(e) && !json_quote(&quoted, buf_slice(&value)))
        e = err_make(M_SET_NOT_TEXT, name);
    *out = buf_slice(&value);
    return err_number(e, SECRET_VALUE_BYTES_MAX);
}

static err print_line(slice text)
{
    err e = print_bytes(text);
    return failed(e) ? e : print_bytes(S("\n"));
}

err set_run(struct session *session)
{
    union operation operation;
    const struct vault *vault = NULL;
    struct ref name;
    slice value = S("");
    err e = read_name(&session->options, &name);
    if (!failed(e))
        e = session_plan(session, 0, 0);
    if (failed(e))
        return e;
    vault = plan_vault(&session->plan, &name);
    e = session_mistakes(session);
    if (!failed(e))
        e = read_value(session, &value);
    if (!failed(e))
        e = session_open(session);
    if (failed(e))
        return e;
    operation.set = (struct secret_set){.vault = {.talk = {.tell = secret_set_tell},
                                                  .collection = S("secrets"),
                                                  .name = name.name,
                                                  .ask_first = session->options.challenge},
                                        .value = value};
    e = fetch_single(&session->fetch, vault->to, &operation);
    session_close(session);
    return failed(e) ? e : print_line(operation.set.id);
}
