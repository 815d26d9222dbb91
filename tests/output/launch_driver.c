/* launch_driver [-i] [-k MS] [-u UID:GID] [-d] [-o] [-r NAME]... [-v NAME=FILE]... [-f NAME=FILE]... CMD [ARG]...
 *
 * -i --init, -k --kill-after, -u --user, -d --drop-identity, -o --only, -r no such variable, -v a variable with the content of
 * FILE, -f a memory file with it. The contents lie in the arena and nowhere else, as secrets do. */
#include "output/driver.h"

#include "base/num.h"
#include "output/init.h"
#include "output/memfile.h"
#include "system/file.h"
#include "system/process.h"

#include <signal.h>
#include <stdlib.h>

struct wish {
    bool init, drop, only;
    uint64_t kill_after, user, group;
    bool has_user;
    const char *variable[32], *memfile[32], *removed[32];
    size_t variables, memfiles, removals;
};

static char **read_wish(char **argv, struct wish *wish)
{
    int option = 0;
    for (; *argv && (*argv)[0] == '-'; argv++) {
        option = (*argv)[1];
        wish->init |= option == 'i';
        wish->drop |= option == 'd';
        wish->only |= option == 'o';
        if (option == 'k')
            (void)num_decimal(slice_of(*++argv), &wish->kill_after);
        else if (option == 'v')
            wish->variable[wish->variables++] = *++argv;
        else if (option == 'f')
            wish->memfile[wish->memfiles++] = *++argv;
        else if (option == 'r')
            wish->removed[wish->removals++] = *++argv;
        else if (option == 'u') {
            slice rest = slice_of(*++argv), user;
            slice_cut(&rest, ':', &user);
            wish->has_user = num_decimal(user, &wish->user) && num_decimal(rest, &wish->group);
        }
    }
    return argv;
}

/* NAME=FILE */
static err content_of(const char *assignment, struct arena *arena, slice *name, slice *content)
{
    enum { CONTENT_BYTES = 512 * 1024 };
    struct buf room = arena_buf(arena, CONTENT_BYTES);
    slice path = slice_of(assignment);
    slice_cut(&path, '=', name);
    err e = file_read(path, &room);
    *content = buf_slice(&room);
    return e;
}

static err add_memfile(const struct wish *wish, slice name, slice content, struct environment *env)
{
    uint32_t user = wish->has_user ? (uint32_t)wish->user : UINT32_MAX;
    uint32_t group = wish->has_user ? (uint32_t)wish->group : UINT32_MAX;
    uint8_t room[MEMFILE_PATH_BYTES];
    struct buf path = BUF(room);
    int fd;
    err e = memfile_make(name, content, user, group, &fd);
    if (failed(e))
        return e;
    memfile_path(fd, &path);
    environment_set(env, name);
    environment_put(env, buf_slice(&path));
    return e;
}

static err fill(const struct wish *wish, struct environment *env, struct arena *arena)
{
    slice name, content;
    err e = OK;
    for (size_t i = 0; i < wish->removals; i++)
        environment_remove(env, slice_of(wish->removed[i]));
    for (size_t i = 0; i < wish->variables && !failed(e); i++) {
        e = content_of(wish->variable[i], arena, &name, &content);
        environment_set(env, name);
        /* In two pieces, as a value with text around a reference comes. */
        environment_put(env, slice_first(content, 1));
        environment_put(env, slice_after(content, 1));
    }
    for (size_t i = 0; i < wish->memfiles && !failed(e); i++) {
        e = content_of(wish->memfile[i], arena, &name, &content);
        if (!failed(e))
            e = add_memfile(wish, name, content, env);
    }
    return failed(e) ? e : environment_end(env);
}

int main(int argc, char **argv, char **envp)
{
    enum { VARIABLES = 1024, TEXT_BYTES = 1024 * 1024 };
    struct wish wish = {.init = false};
    struct environment env;
    struct arena arena;
    int child;
    (void)argc;
    process_harden();
    (void)signal(SIGPIPE, SIG_IGN);
    if (!arena_open(&arena, DRIVER_ARENA_BYTES))
        return EXIT_IS_OURS;
    char **command = read_wish(argv + 1, &wish);
    environment_start(&env, arena_take(&arena, VARIABLES * sizeof(char *)), VARIABLES, arena_buf(&arena, TEXT_BYTES));
    if (!wish.only)
        environment_inherit(&env, envp, wish.drop);
    err e = fill(&wish, &env, &arena);
    if (failed(e))
        return driver_end(e);
    struct launch what = {.argv = command,
                          .envp = env.entry,
                          .path = slice_of(getenv("PATH")),
                          .has_user = wish.has_user,
                          .user = (uint32_t)wish.user,
                          .group = (uint32_t)wish.group};
    if (!wish.init)
        return driver_end(launch(&what));
    e = init_start(&what, &child);
    arena_wipe(&arena);
    return failed(e) ? driver_end(e) : init_run(child, (uint32_t)wish.kill_after);
}
