// The few things that the media loop asks of Linux: UDP sockets, epoll with an eventfd and a timerfd, and packets
// received and sent in batches. No policy lives here. Imported by MediaEngine alone.
#ifndef CMEDIA_H
#define CMEDIA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// A batch never holds more packets, and no packet is longer: longer datagrams are cut, which RTP never needs.
#define CMEDIA_BATCH 32
#define CMEDIA_PACKET_BYTES 2048
#define CMEDIA_EVENTS 256

// An address and a port in host order. family is 0 (none), 4 or 6.
typedef struct {
    uint64_t high;
    uint64_t low;
    uint16_t port;
    uint8_t family;
} cmedia_endpoint;

// An endpoint as the kernel wants it; length 0 means that the socket is connected.
typedef struct {
    uint8_t bytes[28];
    uint32_t length;
} cmedia_destination;

void cmedia_destination_set(cmedia_destination *destination, const cmedia_endpoint *endpoint);

static inline bool cmedia_endpoint_equal(const cmedia_endpoint *a, const cmedia_endpoint *b) {
    return a->low == b->low && a->port == b->port && a->high == b->high && a->family == b->family;
}

// Sockets. Results are a descriptor or 0, or a negative errno.
int cmedia_udp_open(const cmedia_endpoint *local, bool expedited);
int cmedia_udp_connect(int fd, const cmedia_endpoint *remote);
int cmedia_udp_disconnect(int fd);
int cmedia_udp_local(int fd, cmedia_endpoint *local);
void cmedia_close(int fd);
// Raises the soft limit of descriptors to the hard one; gives the limit.
uint64_t cmedia_raise_descriptor_limit(void);

// Packets received from one socket.
typedef struct cmedia_batch cmedia_batch;
cmedia_batch *cmedia_batch_create(void);
void cmedia_batch_destroy(cmedia_batch *batch);
// How many packets came (0 when there are none), at most limit and CMEDIA_BATCH. Without sources, the kernel need not
// copy them: right for a connected socket.
int cmedia_batch_receive(cmedia_batch *batch, int fd, int limit, bool with_sources);
uint8_t *cmedia_batch_data(cmedia_batch *batch, int index);
int cmedia_batch_length(const cmedia_batch *batch, int index);
// The sender; family 0 when no sources were asked for.
void cmedia_batch_source(const cmedia_batch *batch, int index, cmedia_endpoint *source);

// Packets to be sent: those for one socket are collected and leave with one system call. The bytes stay where they
// are until the flush.
typedef struct cmedia_outbox cmedia_outbox;
cmedia_outbox *cmedia_outbox_create(void);
void cmedia_outbox_destroy(cmedia_outbox *outbox);
// Both give how many packets the kernel refused.
int cmedia_outbox_add(cmedia_outbox *outbox, int fd, const cmedia_destination *destination, const uint8_t *data, int length);
int cmedia_outbox_flush(cmedia_outbox *outbox);

// One epoll with an eventfd (wake) and a timerfd (tick).
typedef struct cmedia_poller cmedia_poller;
cmedia_poller *cmedia_poller_create(void);
void cmedia_poller_destroy(cmedia_poller *poller);
int cmedia_poller_add(cmedia_poller *poller, int fd, uint64_t key);
int cmedia_poller_remove(cmedia_poller *poller, int fd);
void cmedia_poller_wake(cmedia_poller *poller);
void cmedia_poller_set_tick(cmedia_poller *poller, int64_t interval_nanoseconds);
// Waits for events; gives how many sockets are ready. Ticks that came and whether it was woken are told besides.
int cmedia_poller_wait(cmedia_poller *poller, uint64_t *ticks, bool *woken);
uint64_t cmedia_poller_key(const cmedia_poller *poller, int index);

// The monotonic clock and the calling thread's CPU clock, in nanoseconds; the wall clock in NTP format.
int64_t cmedia_now(void);
int64_t cmedia_thread_cpu(void);
uint64_t cmedia_ntp_now(void);
// The CPU time of another thread of this process, which must be alive (thread is its pthread_t).
int64_t cmedia_cpu_of(uint64_t thread);
uint64_t cmedia_thread_self(void);
void cmedia_name_thread(const char *name);
// How many processors this process may use.
int cmedia_processors(void);

// The floor that the benchmark measures against: a relay with epoll, recvfrom and sendto, in the calling thread.
// For i < count, what arrives on receivers[i] is sent from senders[i] to destinations[i], until *stop is not 0.
typedef struct {
    const int *receivers;
    const int *senders;
    const cmedia_endpoint *destinations;
    int count;
    int *stop;
    uint64_t packets;
    int64_t cpu_nanoseconds;
} cmedia_plain_relay;
static inline void cmedia_store(int *flag, int value) { __atomic_store_n(flag, value, __ATOMIC_RELAXED); }
void cmedia_plain_relay_run(cmedia_plain_relay *relay);

#endif
