/* argv and environment in, exit status out; the arena's first and last minute. */
#include "command/table.h"
#include "system/process.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

/* Address space only: pages cost memory when they are used. 64 lanes, or thousands of values, fit. */
enum { ARENA_BYTES = 64 * 1024 * 1024 };

/* For the signal handler, which has no other way to it. */
static struct arena arena;

static void wipe_and_die(int number)
{
    arena_wipe(&arena);
    /* SA_RESETHAND has put the default back: the same signal again ends us as it would have. */
    (void)raise(number);
}

/* Every signal whose default is to end the process. One that we were started with ignored (nohup) stays so. */
static void catch_signals(void)
{
    static const uint8_t deadly[] = {SIGHUP,  SIGINT,    SIGQUIT, SIGILL,  SIGTRAP, SIGABRT, SIGBUS,
                                     SIGFPE,  SIGUSR1,   SIGSEGV, SIGUSR2, SIGALRM, SIGTERM, SIGSTKFLT,
                                     SIGXCPU, SIGVTALRM, SIGPROF, SIGIO,   SIGPWR,  SIGSYS};
    for (size_t i = 0; i < COUNT(deadly); i++) {
        struct sigaction before, action = {.sa_handler = wipe_and_die};
        action.sa_flags = (int)(SA_RESETHAND | SA_NODEFER);
        sigfillset(&action.sa_mask);
        if (sigaction(deadly[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
            (void)sigaction(deadly[i], &action, NULL);
    }
    /* A write that fails is told by its errno, and then by us. */
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN);
}

static const struct command *find_command(slice name)
{
    for (size_t i = 0; i < commands_count; i++)
        if (slice_equal(name, commands[i].name))
            return &commands[i];
    return NULL;
}

static err no_such_command(slice name)
{
    char names[256];
    struct buf list = BUF(names);
    for (size_t i = 0; i < commands_count; i++) {
        buf_put(&list, commands[i].name);
        buf_byte(&list, 0);
    }
    buf_byte(&list, 0);
    slice nearest = nearest_name(name, names);
    if (nearest.len == 0)
        return err_make(M_NO_COMMAND, name);
    /* The list is on this stack, the message may not be. */
    for (size_t i = 0; i < commands_count; i++)
        if (slice_equal(nearest, commands[i].name))
            nearest = commands[i].name;
    return err_make(M_NEAREST_COMMAND, name, nearest);
}

static err run(char **argv, char **envp)
{
    slice name = slice_of(argv[0] ? argv[1] : NULL);
    if (name.len == 0)
        return err_make(M_WHICH_COMMAND);
    if (slice_equal(name, S("--help")) || slice_equal(name, S("-h")) || slice_equal(name, S("help")))
        return help_show(find_command(slice_of(argv[2])));
    if (slice_equal(name, S("--version")))
        return version_show();
    const struct command *command = find_command(name);
    if (!command)
        return no_such_command(name);
    struct session *session = arena_take(&arena, sizeof *session);
    if (!session)
        return err_make(M_NO_MEMORY, S("the first page"));
    session->arena = &arena;
    session->notes = arena_buf(&arena, NOTES_BYTES);
    session->envp = envp;
    err e = options_read(argv + 2, envp, command->bit, &session->options, &session->notes);
    if (failed(e))
        return e;
    if (session->options.help)
        return help_show(command);
    if (session->options.version)
        return version_show();
    return command->run(session);
}

int main(int argc, char **argv, char **envp)
{
    (void)argc;
    process_harden();
    if (!arena_open(&arena, ARENA_BYTES)) {
        session_say(err_make(M_NO_PROCESS, S("memory"), S("it cannot be mapped")));
        return EXIT_IS_SYSTEM;
    }
    catch_signals();
    err e = run(argv, envp);
    if (failed(e))
        session_say(e);
    arena_wipe(&arena);
    enum exit_status status = err_status(e);
    return (int)status;
}
