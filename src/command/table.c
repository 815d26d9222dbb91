#include "command/table.h"

const struct command commands[] = {
    {S_INIT("get"), COMMAND_GET, get_run, S_INIT("REF..."), S_INIT("secret values to standard output")},
    {S_INIT("token"), COMMAND_TOKEN, token_run, S_INIT("[RESOURCE]"), S_INIT("an access token to standard output")},
};

const size_t commands_count = COUNT(commands);
