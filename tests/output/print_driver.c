/* print_driver FORMAT: standard input is names and values in turn, each as DIGITS ":" bytes. "value" for FORMAT prints the
 * first value alone. */
#include "output/driver.h"

#include "output/print.h"
#include "system/process.h"

#include <signal.h>

static err run(slice wanted, slice in, struct arena *arena)
{
    static const slice names[] = {S_INIT("value"), S_INIT("json"), S_INIT("env"), S_INIT("dotenv"), S_INIT("null")};
    static struct named entry[64];
    size_t entries = 0, bytes, format = 0;
    for (; in.len && entries < COUNT(entry); entries++) {
        entry[entries].name = driver_field(&in);
        entry[entries].value = driver_field(&in);
    }
    while (format < COUNT(names) && !slice_equal(names[format], wanted))
        format++;
    if (format == FORMAT_NONE)
        return print_value(entry[0].value);
    err e = print_measure((enum format)format, entry, entries, &bytes);
    if (failed(e))
        return e;
    struct buf out = arena_buf(arena, bytes);
    print_compose((enum format)format, entry, entries, &out);
    return print_bytes(buf_slice(&out));
}

int main(int argc, char **argv)
{
    struct arena arena;
    process_harden();
    (void)signal(SIGPIPE, SIG_IGN);
    if (argc != 2 || !arena_open(&arena, DRIVER_ARENA_BYTES))
        return EXIT_IS_OURS;
    return driver_end(run(slice_of(argv[1]), driver_input(&arena), &arena));
}
