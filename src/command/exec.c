/* exec [TARGET=REF...] -- CMD: fetch all, check all, write the files, and become CMD with the rest in its environment. Whatever
 * fails, fails before CMD is started. */
#include "command/deliver.h"
#include "command/table.h"
#include "output/init.h"
#include "output/memfile.h"

#include <unistd.h>

enum { TARGETS = 1u << TARGET_VARIABLE | 1u << TARGET_MEMFILE | 1u << TARGET_FILE };

/* Of the variable's name, its bytes and what is around them. */
static size_t text_bytes(const struct plan *plan)
{
    size_t bytes = 0;
    for (size_t i = 0; i < plan->uses; i++) {
        const struct use *use = &plan->use[i];
        bytes += use->target.name.len + 2 + use->before.len + use->value.len + use->after.len + MEMFILE_PATH_BYTES;
    }
    return bytes;
}

static bool start_environment(const struct session *session, struct environment *env)
{
    size_t most = session->plan.uses + 1;
    for (char *const *entry = session->envp; *entry; entry++)
        most++;
    char **entry = arena_take(session->arena, most * sizeof *entry);
    struct buf text = arena_buf(session->arena, text_bytes(&session->plan));
    environment_start(env, entry, most, text);
    return entry && text.at;
}

/* A variable that is made of this use and nothing else. */
static bool is_alone(const struct plan *plan, const struct use *use)
{
    const struct use *next = use + 1;
    bool goes_on = next < plan->use + plan->uses && next->joined;
    return !use->joined && !goes_on && use->before.len == 0 && use->after.len == 0;
}

static void set_variable(const struct session *session, struct environment *env, const struct use *use)
{
    bool there = deliver_is_there(session, use);
    if (!there && is_alone(&session->plan, use)) {
        environment_remove(env, use->target.name);
        return;
    }
    if (!use->joined)
        environment_set(env, use->target.name);
    environment_put(env, use->before);
    environment_put(env, there ? use->value : S(""));
    environment_put(env, use->after);
}

static err set_memfile(const struct session *session, struct environment *env, const struct use *use)
{
    const struct options *options = &session->options;
    uint8_t room[MEMFILE_PATH_BYTES];
    struct buf path = BUF(room);
    int fd;
    environment_remove(env, use->target.name);
    if (!deliver_is_there(session, use))
        return OK;
    err e = memfile_make(use->target.name, use->value, options->has_user ? options->user : OWNER_KEEP,
                         options->has_user ? options->group : OWNER_KEEP, &fd);
    if (failed(e))
        return e;
    memfile_path(fd, &path);
    environment_set(env, use->target.name);
    environment_put(env, buf_slice(&path));
    return OK;
}

static err make_environment(struct session *session, struct environment *env)
{
    const struct plan *plan = &session->plan;
    if (!start_environment(session, env))
        return session_full(session, S("CMD's environment"));
    if (!session->options.only)
        environment_inherit(env, session->envp, session->options.drop_identity);
    for (size_t i = 0; i < plan->uses; i++) {
        err e = OK;
        if (plan->use[i].target.kind == TARGET_VARIABLE)
            set_variable(session, env, &plan->use[i]);
        else if (plan->use[i].target.kind == TARGET_MEMFILE)
            e = set_memfile(session, env, &plan->use[i]);
        if (failed(e))
            return e;
    }
    return environment_end(env);
}

/* Comes back only when CMD could not be started. Who stays keeps no secret: from the wipe on, the session is gone too. */
static err stay_as_init(struct session *session, const struct launch *what)
{
    uint32_t kill_after_ms = session->options.kill_after_ms;
    int child;
    err e = init_start(what, &child);
    if (failed(e))
        return e;
    arena_wipe(session->arena);
    _exit(init_run(child, kill_after_ms));
}

static err become(struct session *session, const struct environment *env)
{
    const struct options *options = &session->options;
    struct launch what = {
        .argv = options->child,
        .envp = env->entry,
        .path = variable_of(session->envp, S("PATH")),
        .has_user = options->has_user,
        .user = options->user,
        .group = options->group,
    };
    return options->init ? stay_as_init(session, &what) : launch(&what);
}

err exec_run(struct session *session)
{
    struct environment env = {.entry = NULL};
    err e = session_gather(session, TARGETS, plan_assign, !session->options.only);
    if (!failed(e))
        e = session_fetch(session, false);
    if (!failed(e))
        e = deliver_values(session);
    if (!failed(e))
        e = make_environment(session, &env);
    if (!failed(e))
        e = deliver_files(session);
    return failed(e) ? e : become(session, &env);
}
