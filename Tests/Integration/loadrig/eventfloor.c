// What it costs at least to bring events to many clients: one process writes the same bytes to all of them, as few times
// as the switch does, and does nothing else.
//
//   eventfloor CLIENTS BYTES_PER_WRITE WRITES_PER_SECOND SECONDS
//
// Prints one line of JSON with the writer's CPU time. The readers are a process of their own, which throws the bytes away
// as eventload does.
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sip_text.h"

enum { most_clients = 1000, most_bytes = 1 << 24, chunk = 1 << 20 };

static void read_all(struct sockaddr_in address, int count) {
    static char buffer[chunk];
    int epoll = epoll_create1(0);
    for (int i = 0; i < count; i++) {
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
        if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address)) fail("connect");
        if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event)) fail("epoll_ctl");
    }
    for (;;) {
        struct epoll_event ready[64];
        int found = epoll_wait(epoll, ready, 64, -1);
        for (int i = 0; i < found; i++) {
            // The writer is done.
            if (recv(ready[i].data.fd, buffer, chunk, MSG_TRUNC | MSG_DONTWAIT) == 0) _exit(0);
        }
    }
}

static void write_all(int fd, const char *bytes, size_t count) {
    while (count > 0) {
        ssize_t done = send(fd, bytes, count, MSG_DONTWAIT);
        if (done > 0) {
            bytes += done, count -= (size_t)done;
        } else if (errno == EAGAIN) {
            struct pollfd room = {.fd = fd, .events = POLLOUT};
            poll(&room, 1, -1);
        } else if (errno != EINTR) {
            fail("send");
        }
    }
}

static double cpu_seconds(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
        + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

int main(int argc, char **argv) {
    static int clients[most_clients];
    int count = argc == 5 ? atoi(argv[1]) : 0;
    long bytes = argc == 5 ? atol(argv[2]) : 0, writes = 0;
    double rate = argc == 5 ? atof(argv[3]) : 0, seconds = argc == 5 ? atof(argv[4]) : 0;
    if (count < 1 || count > most_clients || bytes < 1 || bytes > most_bytes || rate < 1 || rate > 1e4 || seconds < 1
        || seconds > 600) {
        fprintf(stderr, "usage: eventfloor CLIENTS BYTES_PER_WRITE WRITES_PER_SECOND SECONDS\n");
        return 2;
    }
    struct sockaddr_in address = loopback(0);
    socklen_t length = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, length) || listen(listener, most_clients)
        || getsockname(listener, (struct sockaddr *)&address, &length)) fail("listen");
    pid_t reader = fork();
    if (reader < 0) fail("fork");
    if (reader == 0) read_all(address, count);
    for (int i = 0; i < count; i++) {
        if ((clients[i] = accept(listener, NULL, NULL)) < 0) fail("accept");
    }
    char *buffer = malloc((size_t)bytes);
    if (!buffer) fail("malloc");
    struct timespec next;
    clock_gettime(CLOCK_MONOTONIC, &next);
    double begin = cpu_seconds();
    for (; (double)writes < rate * seconds; writes++) {
        // New bytes each time, as events are.
        memset(buffer, 'a' + (int)(writes % 26), (size_t)bytes);
        for (int i = 0; i < count; i++) write_all(clients[i], buffer, (size_t)bytes);
        next.tv_nsec += (long)(1e9 / rate);
        while (next.tv_nsec >= 1000000000) next.tv_nsec -= 1000000000, next.tv_sec++;
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
    }
    printf("{\"cpu_seconds\": %.6f}\n", cpu_seconds() - begin);
    for (int i = 0; i < count; i++) close(clients[i]);
    waitpid(reader, NULL, 0);
    return 0;
}
