#include "command/session.h"

#include "net/anchors.h"
#include "system/clock.h"
#include "system/file.h"
#include "wire/url.h"

#include <unistd.h>

enum { LINE_BYTES = 2048, CA_FILE_BYTES_MAX = 1024 * 1024, CA_ROOM_BYTES = 512 * 1024 };

void session_say(err e)
{
    uint8_t room[LINE_BYTES];
    struct buf line = {room, 0, sizeof room - 1, false};
    buf_put(&line, S("azfob: "));
    err_write(e, &line);
    room[line.len++] = '\n';
    (void)!write(STDERR_FILENO, room, line.len);
}

err session_full(const struct session *session, slice what)
{
    return err_number(err_make(M_NO_MEMORY, what), (int64_t)session->arena->cap);
}

err session_cloud(const struct session *session, const struct cloud **cloud)
{
    slice variable = variable_of(session->envp, S("AZURE_AUTHORITY_HOST"));
    struct url url = {.host = variable};
    size_t fault;
    if (variable.len && !url_read(variable, &url, &fault) && !host_is_name(variable))
        return err_make(M_UNKNOWN_CLOUD, variable);
    *cloud = cloud_of_authority(url.host);
    return *cloud ? OK : err_make(M_UNKNOWN_CLOUD, variable);
}

err session_plan(struct session *session, unsigned targets, size_t uses)
{
    const struct options *options = &session->options;
    const struct cloud *cloud;
    err e = session_cloud(session, &cloud);
    if (failed(e))
        return e;
    session->plan_setting = (struct plan_setting){
        .suffix = cloud->vault_suffix,
        .vault = &options->vault,
        .allow_host = options->allow_host,
        .allow_hosts = options->allow_hosts,
        .targets = targets,
        .mode = options->mode,
        .user = options->owner_user,
        .group = options->owner_group,
    };
    struct item *items = arena_take(session->arena, (uses + 1) * sizeof *items);
    struct use *used = arena_take(session->arena, (uses + 1) * sizeof *used);
    if (!items || !used)
        return session_full(session, S("the list of references"));
    plan_start(&session->plan, &session->plan_setting, items, used, uses, &session->notes);
    return OK;
}

enum { MANIFEST_BYTES_MAX = 1024 * 1024 };

static size_t count(slice text, uint8_t byte)
{
    size_t times = 0;
    for (slice before; slice_cut(&text, byte, &before);)
        times++;
    return times;
}

static err read_manifests(struct session *session, slice content[MANIFEST_MAX])
{
    const struct options *options = &session->options;
    for (size_t i = 0; i < options->manifests; i++) {
        struct buf text = arena_buf(session->arena, MANIFEST_BYTES_MAX);
        err e = file_read(options->manifest[i], &text);
        if (failed(e))
            return e;
        arena_trim(session->arena, &text);
        content[i] = buf_slice(&text);
    }
    return OK;
}

/* At least as many as there can be: one an operand, one a line, and in the environment one a variable and one for each "$". */
static size_t uses_at_most(const struct session *session, const slice content[MANIFEST_MAX], bool environment)
{
    size_t uses = session->options.operands;
    for (size_t i = 0; i < session->options.manifests; i++)
        uses += count(content[i], '\n') + 1;
    for (char *const *entry = session->envp; environment && *entry; entry++)
        uses += count(slice_of(*entry), '$') + 1;
    return uses;
}

err session_gather(struct session *session, unsigned targets, bool (*operand)(struct plan *plan, slice text),
                   bool environment)
{
    const struct options *options = &session->options;
    slice content[MANIFEST_MAX];
    err e = read_manifests(session, content);
    if (!failed(e))
        e = session_plan(session, targets, uses_at_most(session, content, environment));
    if (failed(e))
        return e;
    for (size_t i = 0; i < options->operands; i++)
        operand(&session->plan, slice_of(options->operand[i]));
    for (size_t i = 0; i < options->manifests; i++)
        plan_manifest(&session->plan, options->manifest[i], content[i]);
    if (environment)
        plan_environment(&session->plan, session->envp);
    return session_mistakes(session);
}

err session_mistakes(const struct session *session)
{
    const struct plan *plan = &session->plan;
    for (size_t i = 1; i < plan->mistakes; i++)
        session_say(err_of(&plan->mistake[i]));
    return plan->mistakes ? err_of(&plan->mistake[0]) : OK;
}

void session_identity(struct session *session)
{
    const struct options *options = &session->options;
    session->identity = (struct identity_setting){
        .source = options->identity,
        .client_id = options->client_id,
        .object_id = options->object_id,
        .resource_id = options->resource_id,
    };
    for (size_t i = 0; i < IDENTITY_VARIABLES; i++)
        session->identity.variable[i] = variable_of(session->envp, identity_variable_name[i]);
}

static err read_roots(struct session *session, struct roots *roots)
{
    *roots = (struct roots){anchors_built_in, anchors_built_in_count};
    if (session->options.ca.len == 0)
        return OK;
    struct buf text = arena_buf(session->arena, CA_FILE_BYTES_MAX);
    struct buf room = arena_buf(session->arena, CA_ROOM_BYTES);
    err e = file_read(session->options.ca, &text);
    if (failed(e))
        return e;
    return roots_from_pem(buf_slice(&text), session->options.ca, &room, roots);
}

/* As curl, lower case first. */
static slice first_variable(const struct session *session, slice lower, slice upper, slice *name)
{
    *name = lower;
    slice value = variable_of(session->envp, lower);
    if (value.len)
        return value;
    *name = upper;
    return variable_of(session->envp, upper);
}

void session_proxy(struct session *session, struct fetch_setting *setting)
{
    slice name, other, text = first_variable(session, S("https_proxy"), S("HTTPS_PROXY"), &name);
    struct buf room = arena_buf(session->arena, PROXY_ROOM_BYTES(text.len));
    setting->no_proxy = first_variable(session, S("no_proxy"), S("NO_PROXY"), &other);
    if (text.len && !proxy_read(text, &room, &setting->proxy))
        setting->proxy.name = name;
}

err session_open(struct session *session)
{
    const struct options *options = &session->options;
    struct fetch_setting setting = {
        .arena = session->arena,
        .notes = &session->notes,
        .trace = &session->trace,
        .identity = &session->identity,
        .resolve = options->resolve,
        .resolves = options->resolves,
        .timeout_ms = options->timeout_ms,
        .timeout_given = options->timeout_given,
        .wait_ms = options->wait_ms,
    };
    session->trace = (struct trace){.level = options->verbose, .quiet = options->quiet, .began = clock_ms()};
    session_identity(session);
    session_proxy(session, &setting);
    err e = read_roots(session, &setting.roots);
    if (failed(e))
        return e;
    session->fetch_open = true;
    return fetch_open(&session->fetch, &setting);
}

/* An item's mistakes beside the one that is reported anyway, so that a user mends all at once. */
static void say_others(const struct plan *plan, err reported)
{
    for (size_t i = 0; i < plan->items; i++) {
        err e = &plan->item[i].error;
        bool same = e->message == reported->message && slice_equal(e->arg[0], reported->arg[0]);
        if (plan->item[i].state == ITEM_FAILED && e->message && !same)
            session_say(e);
    }
}

err session_fetch(struct session *session, bool bundles)
{
    if (session->plan.items == 0)
        return OK;
    err e = session_open(session);
    if (!failed(e))
        e = fetch_items(&session->fetch, &session->plan,
                        (struct items_setting){.bundles = bundles, .challenge = session->options.challenge});
    if (failed(e))
        say_others(&session->plan, e);
    session_close(session);
    return e;
}

void session_close(struct session *session)
{
    if (session->fetch_open)
        fetch_close(&session->fetch);
    session->fetch_open = false;
    if (session->arena->unlocked)
        trace_note(&session->trace, S("memory: RLIMIT_MEMLOCK did not allow to lock all of it"), S(""));
}
