#include "lib/cm.h"

#include "lib/guard.h"
#include "system/file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/azfob-file-test-XXXXXX";

/* "FOLDER/name" */
static slice path_of(const char *name)
{
    static char room[256];
    snprintf(room, sizeof room, "%s/%s", folder, name);
    return slice_of(room);
}

static void write_file(const char *name, slice content)
{
    int fd = open((const char *)path_of(name).at, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0 && write(fd, content.at, content.len) == (ssize_t)content.len);
    close(fd);
}

static err read_into(slice path, size_t cap, struct buf *out)
{
    *out = (struct buf){guarded_room(cap), 0, cap, false};
    return file_read(path, out);
}

static void test_a_file_is_read_whole_to_the_last_byte_of_the_room(void **state)
{
    static const slice contents[] = {S_INIT(""), S_INIT("x"), S_INIT("a\0b\r\n"), S_INIT("no line end")};
    (void)state;
    for (size_t i = 0; i < COUNT(contents); i++)
        for (size_t more = 0; more < 3; more++) {
            struct buf out;
            write_file("f", contents[i]);
            assert_int_equal(err_message(read_into(guarded(path_of("f")), contents[i].len + more, &out)), M_NONE);
            assert_slice(buf_slice(&out), contents[i]);
        }
}

static void test_a_file_that_does_not_fit_is_no_shorter_file(void **state)
{
    (void)state;
    write_file("f", S("12345"));
    for (size_t cap = 0; cap < 5; cap++) {
        struct buf out;
        err e = read_into(path_of("f"), cap, &out);
        assert_int_equal(err_message(e), M_FILE_TOO_BIG);
        assert_int_equal(e->number[0], cap);
        assert_slice(e->arg[0], path_of("f"));
    }
}

static void test_it_is_put_behind_what_is_there(void **state)
{
    struct buf out = {guarded_room(8), 0, 8, false};
    (void)state;
    write_file("f", S("1234"));
    buf_text(&out, "abcd");
    assert_int_equal(err_message(file_read(path_of("f"), &out)), M_NONE);
    assert_slice(buf_slice(&out), S("abcd1234"));
    assert_int_equal(err_message(file_read(path_of("f"), &out)), M_FILE_TOO_BIG);
}

static void test_what_cannot_be_read_is_told_with_its_path_and_reason(void **state)
{
    static uint8_t long_path[5000];
    const struct {
        slice path, reason;
    } rows[] = {
        {S("/nowhere/at/all"), S("no such file or folder")},
        {S("/tmp"), S("it is a folder")},
        {S("/dev/null/x"), S("not a folder")},
        {S("/dev/null\0/etc/passwd"), S("name too long")},
        {S(""), S("no such file or folder")},
        {{long_path, 4095}, S("name too long")},
        {{long_path, 4096}, S("name too long")},
        {{long_path, 5000}, S("name too long")},
    };
    (void)state;
    memset(long_path, 'a', sizeof long_path);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf out;
        err e = read_into(guarded(rows[i].path), 16, &out);
        assert_int_equal(err_message(e), M_FILE_READ);
        assert_slice(e->arg[0], rows[i].path);
        assert_slice(e->arg[1], rows[i].reason);
        assert_int_equal(out.len, 0);
    }
}

/* A pipe that gives what it has in pieces, which a process writes. */
static void with_standard_input(void (*part)(void))
{
    int ends[2], before = dup(STDIN_FILENO);
    assert_true(pipe(ends) == 0 && before >= 0);
    pid_t writer = fork();
    if (writer == 0) {
        close(ends[0]);
        for (const char *c = "in pieces"; *c; c++)
            if (write(ends[1], c, 1) != 1)
                _exit(1);
        _exit(0);
    }
    close(ends[1]);
    dup2(ends[0], STDIN_FILENO);
    close(ends[0]);
    part();
    dup2(before, STDIN_FILENO);
    close(before);
    waitpid(writer, NULL, 0);
}

static void read_dash(void)
{
    struct buf out;
    assert_int_equal(err_message(read_into(S("-"), 9, &out)), M_NONE);
    assert_slice(buf_slice(&out), S("in pieces"));
}

static void read_dash_into_too_little(void)
{
    struct buf out;
    err e = read_into(S("-"), 8, &out);
    assert_int_equal(err_message(e), M_FILE_TOO_BIG);
    assert_slice(e->arg[0], S("standard input"));
}

static void test_a_dash_is_standard_input_up_to_its_end(void **state)
{
    (void)state;
    with_standard_input(read_dash);
    with_standard_input(read_dash_into_too_little);
}

static volatile sig_atomic_t interruptions;
static int writing;

static void interrupt(int number)
{
    (void)number;
    if (++interruptions != 3)
        return;
    (void)!write(writing, "in pieces", 9);
    close(writing);
}

static void test_a_signal_in_between_is_no_failure(void **state)
{
    struct sigaction action = {.sa_handler = interrupt}, before;
    struct itimerval often = {{0, 1000}, {0, 1000}}, never = {0};
    int ends[2], input = dup(STDIN_FILENO);
    struct buf out;
    (void)state;
    assert_true(pipe(ends) == 0 && dup2(ends[0], STDIN_FILENO) == STDIN_FILENO);
    close(ends[0]);
    writing = ends[1];
    sigaction(SIGALRM, &action, &before);
    setitimer(ITIMER_REAL, &often, NULL);
    err e = read_into(S("-"), 9, &out);
    setitimer(ITIMER_REAL, &never, NULL);
    sigaction(SIGALRM, &before, NULL);
    dup2(input, STDIN_FILENO);
    close(input);
    assert_int_equal(err_message(e), M_NONE);
    assert_slice(buf_slice(&out), S("in pieces"));
}

static void test_no_descriptor_is_left_open(void **state)
{
    struct buf out;
    int before = open("/", O_PATH), after;
    (void)state;
    close(before);
    write_file("f", S("12345"));
    read_into(path_of("f"), 5, &out);
    read_into(path_of("f"), 1, &out);
    read_into(S("/tmp"), 1, &out);
    after = open("/", O_PATH);
    close(after);
    assert_int_equal(after, before);
}

static void test_reasons_are_words_where_there_are_some(void **state)
{
    (void)state;
    assert_slice(system_reason(EACCES), S("permission denied"));
    assert_slice(system_reason(ENOSPC), S("no space left"));
    assert_slice(system_reason(EDQUOT), S("disk quota exceeded"));
    assert_slice(system_reason(ECONNREFUSED), S("connection refused"));
    assert_slice(system_reason(EOPNOTSUPP), S("error 95"));
    assert_slice(system_reason(0), S("error 0"));
    assert_slice(system_reason(-1), S("error 4294967295"));
}

static void remove_all(void)
{
    unlink((const char *)path_of("f").at);
    rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_file_is_read_whole_to_the_last_byte_of_the_room),
        cmocka_unit_test(test_a_file_that_does_not_fit_is_no_shorter_file),
        cmocka_unit_test(test_it_is_put_behind_what_is_there),
        cmocka_unit_test(test_what_cannot_be_read_is_told_with_its_path_and_reason),
        cmocka_unit_test(test_a_dash_is_standard_input_up_to_its_end),
        cmocka_unit_test(test_a_signal_in_between_is_no_failure),
        cmocka_unit_test(test_no_descriptor_is_left_open),
        cmocka_unit_test(test_reasons_are_words_where_there_are_some),
    };
    if (!mkdtemp(folder))
        return 1;
    int failed_tests = cmocka_run_group_tests(tests, NULL, NULL);
    remove_all();
    return failed_tests;
}
