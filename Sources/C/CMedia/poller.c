#define _GNU_SOURCE
#include "cmedia.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

// Keys of the poller's own descriptors; sockets have pointers, which are never so small.
enum { key_wake = 1, key_tick = 2 };

struct cmedia_poller {
    int epoll;
    int event;
    int timer;
    uint64_t keys[CMEDIA_EVENTS];
};

cmedia_poller *cmedia_poller_create(void) {
    cmedia_poller *poller = calloc(1, sizeof *poller);
    if (!poller) return NULL;
    poller->epoll = epoll_create1(EPOLL_CLOEXEC);
    poller->event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    poller->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (poller->epoll < 0 || poller->event < 0 || poller->timer < 0 ||
        cmedia_poller_add(poller, poller->event, key_wake) < 0 ||
        cmedia_poller_add(poller, poller->timer, key_tick) < 0) {
        cmedia_poller_destroy(poller);
        return NULL;
    }
    return poller;
}

void cmedia_poller_destroy(cmedia_poller *poller) {
    cmedia_close(poller->timer);
    cmedia_close(poller->event);
    cmedia_close(poller->epoll);
    free(poller);
}

int cmedia_poller_add(cmedia_poller *poller, int fd, uint64_t key) {
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = key};
    return epoll_ctl(poller->epoll, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

int cmedia_poller_remove(cmedia_poller *poller, int fd) {
    return epoll_ctl(poller->epoll, EPOLL_CTL_DEL, fd, NULL) < 0 ? -errno : 0;
}

void cmedia_poller_wake(cmedia_poller *poller) {
    uint64_t one = 1;
    // EAGAIN means that the counter is full, so that the loop is about to wake anyway.
    ssize_t ignored = write(poller->event, &one, sizeof one);
    (void)ignored;
}

void cmedia_poller_set_tick(cmedia_poller *poller, int64_t interval) {
    struct timespec period = {interval / 1000000000, interval % 1000000000};
    struct itimerspec timer = {.it_interval = period, .it_value = period};
    timerfd_settime(poller->timer, 0, &timer, NULL);
}

int cmedia_poller_wait(cmedia_poller *poller, uint64_t *ticks, bool *woken) {
    struct epoll_event events[CMEDIA_EVENTS];
    *ticks = 0;
    *woken = false;
    int ready = epoll_wait(poller->epoll, events, CMEDIA_EVENTS, -1);
    int sockets = 0;
    for (int i = 0; i < ready; i++) {
        uint64_t count = 0;
        switch (events[i].data.u64) {
        case key_wake:
            *woken = read(poller->event, &count, sizeof count) == sizeof count;
            break;
        case key_tick:
            if (read(poller->timer, &count, sizeof count) == sizeof count) *ticks = count;
            break;
        default:
            poller->keys[sockets++] = events[i].data.u64;
        }
    }
    return sockets;
}

uint64_t cmedia_poller_key(const cmedia_poller *poller, int index) { return poller->keys[index]; }

static int64_t read_clock(clockid_t clock) {
    struct timespec time = {0, 0};
    clock_gettime(clock, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

int64_t cmedia_now(void) { return read_clock(CLOCK_MONOTONIC); }

int64_t cmedia_thread_cpu(void) { return read_clock(CLOCK_THREAD_CPUTIME_ID); }

uint64_t cmedia_ntp_now(void) {
    struct timespec time = {0, 0};
    clock_gettime(CLOCK_REALTIME, &time);
    // Seconds since 1900 (RFC 3550 §4), and the fraction of a second in 32 bits.
    return ((uint64_t)time.tv_sec + 2208988800u) << 32 | ((uint64_t)time.tv_nsec << 32) / 1000000000u;
}

int64_t cmedia_cpu_of(uint64_t thread) {
    clockid_t clock;
    return pthread_getcpuclockid((pthread_t)thread, &clock) == 0 ? read_clock(clock) : 0;
}

uint64_t cmedia_thread_self(void) { return (uint64_t)pthread_self(); }

void cmedia_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }

int cmedia_processors(void) {
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}
