/* wire_driver CLIENT_FD SERVER_FD: a cable between two TUN devices that holds every packet for half of a round trip, and
 * counts what passes. Packets are delayed and not a stream of bytes, so that TCP's handshake pays too, as on a real path.
 *
 *   in    FAR_US NEAR_US\n     the round trip from now on, and that to 169.254.169.254, which on Azure is the host
 *   out   CONNECTIONS ROUND_TRIPS PACKETS BYTES_UP BYTES_DOWN\n         what passed since the last line
 *
 * A round trip here is a time that a client waits for an answer: what goes down (with data, or SYN) after something went
 * up, on one connection, until either side has sent FIN. Bytes are those of IP packets. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { PACKET_BYTES_MAX = 1600, QUEUE_PACKETS = 8192, CONNECTIONS_MAX = 2048, ENDS_BYTES = 12 };
enum way { UP, DOWN, WAYS };
enum reach { FAR, NEAR, REACHES };
enum { TCP = 6, FIN = 1, SYN = 2, RST = 4 };

struct packet {
    int64_t due;
    size_t bytes;
    uint8_t at[PACKET_BYTES_MAX];
};

static struct queue {
    struct packet packet[QUEUE_PACKETS];
    size_t head, tail;
} queues[WAYS][REACHES];

static struct connection {
    uint8_t ends[ENDS_BYTES]; /* both addresses and ports, the client's first */
    enum way last;
    bool over;
} connections[CONNECTIONS_MAX];

static size_t connections_open, connections_made, round_trips, packets, bytes[WAYS];
static int64_t half_ns[REACHES];

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static bool is_near(const uint8_t *ip)
{
    static const uint8_t host[4] = {169, 254, 169, 254};
    return memcmp(ip + 12, host, sizeof host) == 0 || memcmp(ip + 16, host, sizeof host) == 0;
}

static void ends_of(const uint8_t *ip, const uint8_t *tcp, enum way way, uint8_t ends[ENDS_BYTES])
{
    memcpy(ends, ip + (way == UP ? 12 : 16), 4);
    memcpy(ends + 4, ip + (way == UP ? 16 : 12), 4);
    memcpy(ends + 8, tcp + (way == UP ? 0 : 2), 2);
    memcpy(ends + 10, tcp + (way == UP ? 2 : 0), 2);
}

/* The newest one: a port may have been used before. */
static struct connection *find(const uint8_t ends[ENDS_BYTES])
{
    for (size_t i = connections_open; i > 0; i--)
        if (memcmp(connections[i - 1].ends, ends, ENDS_BYTES) == 0)
            return &connections[i - 1];
    return NULL;
}

static void count(const uint8_t *ip, size_t length, enum way way)
{
    size_t ip_bytes = (size_t)(ip[0] & 15) * 4;
    const uint8_t *tcp = ip + ip_bytes;
    uint8_t ends[ENDS_BYTES];
    packets++;
    bytes[way] += length;
    if (ip[9] != TCP || length < ip_bytes + 20)
        return;
    bool has_data = length > ip_bytes + (size_t)(tcp[12] >> 4) * 4;
    ends_of(ip, tcp, way, ends);
    struct connection *connection = find(ends);
    if (way == UP && tcp[13] & SYN && (!connection || connection->over) && connections_open < CONNECTIONS_MAX) {
        connection = &connections[connections_open++];
        *connection = (struct connection){.last = DOWN};
        memcpy(connection->ends, ends, sizeof ends);
        connections_made++;
    }
    if (!connection || connection->over)
        return;
    if (has_data || tcp[13] & SYN) {
        round_trips += way == DOWN && connection->last == UP;
        connection->last = way;
    }
    connection->over = tcp[13] & (FIN | RST);
}

static void take(int fd, enum way way)
{
    for (;;) {
        uint8_t ip[PACKET_BYTES_MAX];
        ssize_t length = read(fd, ip, sizeof ip);
        if (length <= 0)
            return;
        if (length < 20 || ip[0] >> 4 != 4)
            continue; /* IPv6 looks for neighbours, who are not there */
        enum reach reach = is_near(ip) ? NEAR : FAR;
        struct queue *queue = &queues[way][reach];
        if (queue->tail - queue->head == QUEUE_PACKETS)
            continue; /* lost, as in a router */
        count(ip, (size_t)length, way);
        struct packet *packet = &queue->packet[queue->tail++ % QUEUE_PACKETS];
        packet->due = now_ns() + half_ns[reach];
        packet->bytes = (size_t)length;
        memcpy(packet->at, ip, (size_t)length);
    }
}

/* Sends what is due, and gives the time of what is due next; 0 for nothing. */
static int64_t give(int fd, struct queue *queue)
{
    while (queue->head != queue->tail) {
        const struct packet *packet = &queue->packet[queue->head % QUEUE_PACKETS];
        if (packet->due > now_ns())
            return packet->due;
        if (write(fd, packet->at, packet->bytes) < 0 && errno == EAGAIN)
            return now_ns() + 1;
        queue->head++;
    }
    return 0;
}

/* false: nobody is there any more who would want to know. */
static bool obey(void)
{
    char line[64];
    ssize_t length = read(STDIN_FILENO, line, sizeof line - 1);
    if (length <= 0)
        return false;
    line[length] = 0;
    char *rest;
    half_ns[FAR] = strtol(line, &rest, 10) * 500;
    half_ns[NEAR] = strtol(rest, NULL, 10) * 500;
    printf("%zu %zu %zu %zu %zu\n", connections_made, round_trips, packets, bytes[UP], bytes[DOWN]);
    fflush(stdout);
    connections_made = round_trips = packets = bytes[UP] = bytes[DOWN] = 0;
    size_t kept = 0;
    for (size_t i = 0; i < connections_open; i++)
        if (!connections[i].over)
            connections[kept++] = connections[i];
    connections_open = kept;
    return true;
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return 64;
    struct pollfd watched[] = {{atoi(argv[1]), POLLIN, 0}, {atoi(argv[2]), POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
    for (int way = UP; way < WAYS; way++)
        (void)fcntl(watched[way].fd, F_SETFL, O_NONBLOCK);
    for (;;) {
        int64_t next = 0;
        for (int way = UP; way < WAYS; way++) {
            take(watched[way].fd, (enum way)way);
            for (int reach = FAR; reach < REACHES; reach++) {
                int64_t due = give(watched[!way].fd, &queues[way][reach]);
                next = due && (!next || due < next) ? due : next;
            }
        }
        int64_t left = next ? next - now_ns() : 0;
        struct timespec pause = {.tv_sec = left > 0 ? left / 1000000000 : 0,
                                 .tv_nsec = left > 0 ? left % 1000000000 : 0};
        if (ppoll(watched, 3, next ? &pause : NULL, NULL) < 0 && errno != EINTR)
            return 71;
        if (watched[2].revents && !obey())
            return 0;
    }
}
