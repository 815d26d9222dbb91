/* files_driver [-m] [-a]: -m makes folders, -a rewrites always. Standard input is path, content, mode (octal), user, group
 * in turn, each as DIGITS ":" bytes; an empty user or group is as if none was given. */
#include "output/driver.h"

#include "base/num.h"
#include "output/files.h"

#include <signal.h>

static uint32_t number_or_keep(slice text)
{
    uint64_t n;
    return num_decimal(text, &n) ? (uint32_t)n : OWNER_KEEP;
}

int main(int argc, char **argv)
{
    static struct output_file file[256];
    struct files_setting setting = {.mkdir = false};
    struct arena arena;
    size_t files = 0;
    uint64_t mode;
    if (!arena_open(&arena, DRIVER_ARENA_BYTES))
        return EXIT_IS_OURS;
    for (int i = 1; i < argc; i++) {
        setting.mkdir |= slice_equal(slice_of(argv[i]), S("-m"));
        setting.always |= slice_equal(slice_of(argv[i]), S("-a"));
    }
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN);
    for (slice in = driver_input(&arena); in.len && files < COUNT(file); files++) {
        file[files].path = driver_field(&in);
        file[files].content = driver_field(&in);
        file[files].mode = num_octal(driver_field(&in), &mode) ? (uint16_t)mode : FILE_MODE;
        file[files].user = number_or_keep(driver_field(&in));
        file[files].group = number_or_keep(driver_field(&in));
    }
    struct buf scratch = arena_buf(&arena, FILES_SCRATCH_BYTES);
    return driver_end(files_write(file, files, setting, &scratch));
}
