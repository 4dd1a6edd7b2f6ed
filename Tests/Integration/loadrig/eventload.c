// Event clients for the load rig: N connections that want every event and read as fast as they can.
//
//   EVENT_PASSWORD=… eventload PORT CLIENTS
//
// Prints READY once all have subscribed, and on SIGTERM one line of JSON. The first client reads and counts events; of
// the others the kernel throws the bytes away (MSG_TRUNC), so that the clients take little of the machine that is measured.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "sip_text.h"

enum { most_clients = 1000, chunk = 1 << 20 };

static volatile sig_atomic_t is_over;
static void end(int signal_number) { (void)signal_number; is_over = 1; }

// Reads up to and including a text, byte by byte: what follows belongs to the measurement.
static void expect(int fd, const char *text) {
    size_t matched = 0, length = strlen(text);
    for (char byte; matched < length;) {
        if (recv(fd, &byte, 1, 0) != 1) {
            fprintf(stderr, "the switch did not say \"%s\"\n", text);
            exit(1);
        }
        matched = byte == text[matched] ? matched + 1 : byte == text[0];
    }
}

static int subscribe(int port, const char *password) {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = loopback(port);
    char request[512];
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address)) fail("connect");
    int length = snprintf(request, sizeof request, "auth %s\n\nevent plain ALL\n\n", password);
    if (length >= (int)sizeof request || send(fd, request, (size_t)length, 0) != length) fail("send");
    expect(fd, "event listener enabled plain\n\n");
    if (fcntl(fd, F_SETFL, O_NONBLOCK)) fail("fcntl");
    return fd;
}

// Counts the frames of events in a stream: a line `Content-Length: N`, more lines, an empty one, N bytes.
static long count_events(const char *bytes, size_t count) {
    static char line[256];
    static size_t used, body, skip;
    long events = 0;
    while (count > 0) {
        if (skip > 0) {
            size_t part = skip < count ? skip : count;
            skip -= part, bytes += part, count -= part;
            continue;
        }
        char byte = *bytes++;
        count--;
        if (byte != '\n') {
            if (used + 1 < sizeof line) line[used++] = byte;
        } else if (used > 0) {
            line[used] = 0;
            sscanf(line, "Content-Length: %zu", &body);
            events += !strcmp(line, "Content-Type: text/event-plain");
            used = 0;
        } else {
            skip = body;
            body = 0;
        }
    }
    return events;
}

int main(int argc, char **argv) {
    static struct { int fd; long long bytes; } clients[most_clients];
    static char buffer[chunk];
    const char *password = getenv("EVENT_PASSWORD");
    int count = argc == 3 ? atoi(argv[2]) : 0, epoll = epoll_create1(0);
    if (count < 1 || count > most_clients || !password || epoll < 0) {
        fprintf(stderr, "usage: EVENT_PASSWORD=… eventload PORT CLIENTS\n");
        return 2;
    }
    struct sigaction action = {.sa_handler = end};
    sigaction(SIGTERM, &action, NULL);
    for (int i = 0; i < count; i++) {
        clients[i].fd = subscribe(atoi(argv[1]), password);
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)i};
        if (epoll_ctl(epoll, EPOLL_CTL_ADD, clients[i].fd, &event)) fail("epoll_ctl");
    }
    printf("READY\n");
    fflush(stdout);
    long events = 0;
    while (!is_over) {
        struct epoll_event ready[64];
        int found = epoll_wait(epoll, ready, 64, -1);
        for (int i = 0; i < found; i++) {
            uint32_t client = ready[i].data.u32;
            ssize_t got = recv(clients[client].fd, buffer, chunk, client == 0 ? 0 : MSG_TRUNC);
            if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) fail("a client was closed");
            if (got <= 0) continue;
            clients[client].bytes += got;
            if (client == 0) events += count_events(buffer, (size_t)got);
        }
    }
    long long least = clients[0].bytes, most = least;
    for (int i = 1; i < count; i++) {
        if (clients[i].bytes < least) least = clients[i].bytes;
        if (clients[i].bytes > most) most = clients[i].bytes;
    }
    printf("{\"events\": %ld, \"bytes_least\": %lld, \"bytes_most\": %lld}\n", events, least, most);
    return 0;
}
