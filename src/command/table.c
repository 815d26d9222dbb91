#include "command/table.h"

const struct command commands[] = {
    {S_INIT("get"), COMMAND_GET, get_run, S_INIT("REF..."), S_INIT("secret values to standard output")},
    {S_INIT("write"), COMMAND_WRITE, write_run, S_INIT("TARGET=REF..."), S_INIT("files, all or nothing")},
    {S_INIT("exec"), COMMAND_EXEC, exec_run, S_INIT("[TARGET=REF...] -- CMD [ARG...]"),
     S_INIT("become CMD, with secrets in its environment and in files")},
    {S_INIT("list"), COMMAND_LIST, list_run, S_INIT("[VAULT]"), S_INIT("the names of a vault's secrets, never values")},
    {S_INIT("unwrap"), COMMAND_UNWRAP, unwrap_run, S_INIT("[KEYREF]"),
     S_INIT("what a key of the vault has wrapped, as it was before")},
    {S_INIT("wrap"), COMMAND_WRAP, wrap_run, S_INIT("KEYREF"),
     S_INIT("wrap a small key by one that never leaves the vault")},
    {S_INIT("set"), COMMAND_SET, set_run, S_INIT("REF"), S_INIT("a new version of a secret, from standard input")},
    {S_INIT("token"), COMMAND_TOKEN, token_run, S_INIT("[RESOURCE]"), S_INIT("an access token to standard output")},
    {S_INIT("check"), COMMAND_CHECK, check_run, S_INIT("[REF...]"),
     S_INIT("say what works, what does not and what to do")},
};

const size_t commands_count = COUNT(commands);
