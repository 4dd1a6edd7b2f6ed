#define _GNU_SOURCE
#include "cmedia.h"
#include "sockaddr.h"

#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

void cmedia_plain_relay_run(cmedia_plain_relay *relay) {
    struct sockaddr_storage *addresses = calloc((size_t)relay->count + 1, sizeof *addresses);
    struct epoll_event events[CMEDIA_EVENTS];
    unsigned char packet[CMEDIA_PACKET_BYTES];
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    socklen_t length = 0;
    if (!addresses || epoll < 0) abort();
    for (int i = 0; i < relay->count; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)i};
        length = cmedia_to_sockaddr(&relay->destinations[i], &addresses[i]);
        if (epoll_ctl(epoll, EPOLL_CTL_ADD, relay->receivers[i], &event) < 0) abort();
    }
    int64_t start = cmedia_thread_cpu();
    while (!__atomic_load_n(relay->stop, __ATOMIC_RELAXED)) {
        int ready = epoll_wait(epoll, events, CMEDIA_EVENTS, 50);
        for (int i = 0; i < ready; i++) {
            uint32_t flow = events[i].data.u32;
            struct sockaddr_storage source;
            socklen_t source_length = sizeof source;
            ssize_t got = recvfrom(relay->receivers[flow], packet, sizeof packet, MSG_DONTWAIT,
                                   (struct sockaddr *)&source, &source_length);
            if (got <= 0) continue;
            sendto(relay->senders[flow], packet, (size_t)got, MSG_DONTWAIT, (struct sockaddr *)&addresses[flow], length);
            relay->packets++;
        }
    }
    relay->cpu_nanoseconds = cmedia_thread_cpu() - start;
    close(epoll);
    free(addresses);
}
