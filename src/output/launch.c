#include "output/launch.h"

#include "system/file.h"
#include "system/process.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* --- the environment --- */

/* What shells and container run-times use where there is no PATH. */
#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static const slice ours = S_INIT("AZFOB_");
static const slice identity[] = {S_INIT("IDENTITY_"), S_INIT("MSI_"), S_INIT("AZURE_"), S_INIT("IMDS_")};

void environment_start(struct environment *env, char **entry, size_t max, struct buf text)
{
    *env = (struct environment){.entry = entry, .entries_max = max, .text = text};
}

static void add(struct environment *env, char *entry)
{
    if (env->entries == env->entries_max) {
        env->text.full = true;
        return;
    }
    env->entry[env->entries++] = entry;
}

static bool is_hidden(slice variable, bool drop_identity)
{
    for (size_t i = 0; drop_identity && i < COUNT(identity); i++)
        if (slice_starts(variable, identity[i]))
            return true;
    return slice_starts(variable, ours);
}

void environment_inherit(struct environment *env, char *const *envp, bool drop_identity)
{
    for (; *envp; envp++)
        if (!is_hidden(slice_of(*envp), drop_identity))
            add(env, *envp);
}

/* The variable that is being written gets its NUL. */
static void finish(struct environment *env)
{
    if (env->name.len)
        buf_byte(&env->text, 0);
    env->name = S("");
}

void environment_remove(struct environment *env, slice name)
{
    size_t kept = 0;
    finish(env);
    for (size_t i = 0; i < env->entries; i++) {
        slice variable = slice_of(env->entry[i]), has;
        slice_cut(&variable, '=', &has);
        if (!slice_equal(has, name))
            env->entry[kept++] = env->entry[i];
    }
    env->entries = kept;
}

void environment_set(struct environment *env, slice name)
{
    environment_remove(env, name);
    env->name = name;
    add(env, (char *)env->text.at + env->text.len);
    buf_put(&env->text, name);
    buf_byte(&env->text, '=');
}

void environment_put(struct environment *env, slice bytes)
{
    if (slice_find(bytes, 0) < bytes.len && !env->error.message)
        err_keep(&env->error, err_make(M_LAUNCH_NUL, env->name));
    buf_put(&env->text, bytes);
}

err environment_end(struct environment *env)
{
    finish(env);
    add(env, NULL);
    if (!env->text.full || env->error.message)
        return err_of(&env->error);
    return err_number(err_make(M_NO_MEMORY, S("CMD's environment")), (int64_t)env->text.cap);
}

/* --- the program --- */

enum { PROGRAM_BYTES_MAX = 4096 };

/* Comes back with the errno. One that is there and cannot be run is remembered behind one that is not there at all. */
static int run_in_path(const struct launch *what, slice path)
{
    char program[PROGRAM_BYTES_MAX];
    slice name = slice_of(what->argv[0]), folder;
    int error = ENOENT;
    for (bool more = true; more;) {
        struct buf at = {(uint8_t *)program, 0, sizeof program, false};
        more = slice_cut(&path, ':', &folder);
        buf_put(&at, folder);
        buf_text(&at, folder.len ? "/" : "");
        buf_put(&at, name);
        buf_byte(&at, 0);
        if (at.full)
            continue;
        execve(program, what->argv, what->envp);
        if (errno == ENOENT && access(program, F_OK) == 0)
            return ELIBACC;
        if (errno == EACCES)
            error = EACCES;
        else if (errno != ENOENT && errno != ENOTDIR)
            return errno;
    }
    return error;
}

static int run(const struct launch *what)
{
    slice name = slice_of(what->argv[0]);
    if (name.len && slice_find(name, '/') == name.len)
        return run_in_path(what, what->path.len ? what->path : S(DEFAULT_PATH));
    execve(what->argv[0], what->argv, what->envp);
    return errno == ENOENT && access(what->argv[0], F_OK) == 0 ? ELIBACC : errno;
}

err launch(const struct launch *what)
{
    slice name = slice_of(what->argv[0]);
    process_restore();
    err e = what->has_user ? process_become(what->user, what->group) : OK;
    if (failed(e))
        return e;
    switch (errno = run(what)) {
    case ENOENT:
    case ENOTDIR:
        return err_make(M_LAUNCH_MISSING, name);
    case ELIBACC:
        return err_make(M_LAUNCH_INTERPRETER, name);
    case E2BIG:
        return err_make(M_LAUNCH_TOO_LONG, name);
    default:
        return err_make(M_LAUNCH_FAILED, name, system_reason(errno));
    }
}
