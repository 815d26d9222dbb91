/* --help and --version: the only texts of ours that go to standard output. */
#include "command/table.h"

#include "base/utc.h"
#include "output/print.h"
#include "version.h"

enum { HELP_BYTES = 8192 };

static void put_command(const struct command *command, struct buf *to)
{
    buf_put(to, S("  azfob "));
    buf_put(to, command->name);
    buf_byte(to, ' ');
    buf_put(to, command->operands);
    size_t width = command->name.len + command->operands.len;
    do
        buf_byte(to, ' ');
    while (width++ < 24);
    buf_put(to, command->summary);
    buf_byte(to, '\n');
}

err help_show(const struct command *command)
{
    uint8_t room[HELP_BYTES];
    struct buf text = BUF(room);
    buf_put(&text, S("azfob: secrets of Azure Key Vault, with this machine's managed identity\n\n"));
    for (size_t i = 0; i < commands_count; i++)
        if (!command || command == &commands[i])
            put_command(&commands[i], &text);
    buf_put(
        &text,
        S("\nREF: NAME, /NAME/VERSION, VAULT/NAME[/VERSION], akv://VAULT/NAME[/VERSION], https://HOST/secrets/NAME\n"
          "     then ?decode=base64|base64url|hex, ?part=key|cert|chain, ?optional, #/json/pointer\n"
          "KEYREF: NAME, /keys/NAME/VERSION, akv://VAULT/keys/NAME[/VERSION], https://HOST/keys/NAME\n\nOptions:\n"));
    option_help(command ? command->bit : COMMAND_ALL, &text);
    buf_put(
        &text,
        S("\nEach long option can be set as a variable: AZFOB_ and its name. Durations: 500ms, 30s, 5m.\n"
          "HTTPS_PROXY and NO_PROXY hold for vaults.\n"
          "Exit status: 0 done, 64 usage, 65 not decodable, 66 no such secret, 69 unreachable, 71 system, 73 and 74\n"
          "output, 75 try later, 76 not to be trusted, 77 refused, 78 no identity; 126, 127 CMD could not be run.\n"));
    return print_bytes(buf_slice(&text));
}

err version_show(void)
{
    uint8_t room[256];
    struct buf text = BUF(room);
    buf_put(&text, S("azfob " AZFOB_VERSION ", built "));
    utc_write(&text, AZFOB_BUILD_DATE);
    buf_put(&text, S(", musl " AZFOB_MUSL_VERSION ", BearSSL " AZFOB_BEARSSL_VERSION "\n"));
    return print_bytes(buf_slice(&text));
}
