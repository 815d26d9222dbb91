#include "lib/cm.h"

#include "system/descriptor.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BYTES = 3 * 1024 * 1024 + 5 };

static uint8_t bytes[BYTES];

static void fill(void)
{
    uint32_t n = 1;
    for (size_t i = 0; i < BYTES; i++) {
        n = n * 1664525 + 1013904223;
        bytes[i] = (uint8_t)(n >> 24);
    }
}

/* A process that reads `piece` bytes at a time, and ends with 0 when these were all of them and no more. */
static pid_t start_reader(int from, int writing, size_t piece)
{
    pid_t reader = fork();
    if (reader != 0)
        return reader;
    static uint8_t room[65536];
    size_t at = 0;
    ssize_t got;
    close(writing);
    while ((got = read(from, room, piece)) > 0) {
        if (at + (size_t)got > BYTES || memcmp(room, bytes + at, (size_t)got) != 0)
            _exit(1);
        at += (size_t)got;
    }
    _exit(at == BYTES ? 0 : 2);
}

static int end_of(pid_t reader)
{
    int status;
    while (waitpid(reader, &status, 0) < 0 && errno == EINTR)
        continue;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Through a pipe of one page, so that most writes are short. */
static void check_pipe(int flags, size_t piece)
{
    int ends[2];
    assert_int_equal(pipe2(ends, 0), 0);
    assert_true(fcntl(ends[1], F_SETPIPE_SZ, 4096) > 0);
    assert_int_equal(fcntl(ends[1], F_SETFL, flags), 0);
    pid_t reader = start_reader(ends[0], ends[1], piece);
    close(ends[0]);
    int error = descriptor_write(ends[1], (slice){bytes, BYTES});
    close(ends[1]);
    assert_int_equal(error, 0);
    assert_int_equal(end_of(reader), 0);
}

static void test_all_of_it_goes_through_a_small_pipe_whole(void **state)
{
    (void)state;
    check_pipe(0, 65536);
    check_pipe(0, 1000);
}

static void test_a_descriptor_that_does_not_block_is_waited_for(void **state)
{
    (void)state;
    check_pipe(O_NONBLOCK, 65536);
    check_pipe(O_NONBLOCK, 1000);
}

static volatile sig_atomic_t interruptions;
static int gate; /* of the reader */

/* The pipe is full by the first time, so that the second ends a call that has not done anything. */
static void interrupt(int number)
{
    (void)number;
    if (++interruptions == 3)
        close(gate);
}

/* Without SA_RESTART write and poll fail with EINTR, or stop in the middle. */
static void check_interrupted(int flags)
{
    struct sigaction action = {.sa_handler = interrupt}, before;
    struct itimerval often = {{0, 1000}, {0, 1000}}, never = {0};
    int ends[2], gates[2];
    char byte;
    assert_true(pipe(ends) == 0 && pipe(gates) == 0);
    assert_true(fcntl(ends[1], F_SETPIPE_SZ, 4096) > 0);
    assert_int_equal(fcntl(ends[1], F_SETFL, flags), 0);
    pid_t reader = fork();
    if (reader == 0) {
        close(gates[1]);
        (void)!read(gates[0], &byte, 1);
        reader = start_reader(ends[0], ends[1], 65536);
        close(ends[1]);
        _exit(end_of(reader));
    }
    close(ends[0]);
    close(gates[0]);
    gate = gates[1];
    interruptions = 0;
    sigaction(SIGALRM, &action, &before);
    setitimer(ITIMER_REAL, &often, NULL);
    int error = descriptor_write(ends[1], (slice){bytes, BYTES});
    setitimer(ITIMER_REAL, &never, NULL);
    sigaction(SIGALRM, &before, NULL);
    close(ends[1]);
    assert_int_equal(error, 0);
    assert_true(interruptions >= 3);
    assert_int_equal(end_of(reader), 0);
}

static void test_signals_in_between_lose_and_repeat_nothing(void **state)
{
    (void)state;
    check_interrupted(0);
    check_interrupted(O_NONBLOCK);
}

static void test_what_cannot_be_written_is_told_by_its_errno(void **state)
{
    int ends[2], full = open("/dev/full", O_WRONLY);
    (void)state;
    assert_int_equal(descriptor_write(full, (slice){bytes, 1}), ENOSPC);
    close(full);
    assert_int_equal(descriptor_write(full, (slice){bytes, 1}), EBADF);
    assert_int_equal(pipe(ends), 0);
    void (*before)(int) = signal(SIGPIPE, SIG_IGN);
    close(ends[0]);
    assert_int_equal(descriptor_write(ends[1], (slice){bytes, 1}), EPIPE);
    fcntl(ends[1], F_SETFL, O_NONBLOCK);
    assert_int_equal(descriptor_write(ends[1], (slice){bytes, 1}), EPIPE);
    close(ends[1]);
    signal(SIGPIPE, before);
}

static void test_nothing_is_written_even_where_nothing_can_be(void **state)
{
    (void)state;
    assert_int_equal(descriptor_write(-1, S("")), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_of_it_goes_through_a_small_pipe_whole),
        cmocka_unit_test(test_a_descriptor_that_does_not_block_is_waited_for),
        cmocka_unit_test(test_signals_in_between_lose_and_repeat_nothing),
        cmocka_unit_test(test_what_cannot_be_written_is_told_by_its_errno),
        cmocka_unit_test(test_nothing_is_written_even_where_nothing_can_be),
    };
    fill();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
