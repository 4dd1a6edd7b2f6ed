#define _GNU_SOURCE
#include "cmedia.h"
#include "sockaddr.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct cmedia_batch {
    struct mmsghdr headers[CMEDIA_BATCH];
    struct iovec vectors[CMEDIA_BATCH];
    struct sockaddr_in6 sources[CMEDIA_BATCH];
    uint8_t packets[CMEDIA_BATCH][CMEDIA_PACKET_BYTES];
};

cmedia_batch *cmedia_batch_create(void) {
    cmedia_batch *batch = calloc(1, sizeof *batch);
    if (!batch) abort();
    for (int i = 0; i < CMEDIA_BATCH; i++) {
        batch->vectors[i] = (struct iovec){batch->packets[i], CMEDIA_PACKET_BYTES};
        batch->headers[i].msg_hdr.msg_iov = &batch->vectors[i];
        batch->headers[i].msg_hdr.msg_iovlen = 1;
        batch->headers[i].msg_hdr.msg_name = &batch->sources[i];
        batch->headers[i].msg_hdr.msg_namelen = sizeof batch->sources[i];
    }
    return batch;
}

void cmedia_batch_destroy(cmedia_batch *batch) { free(batch); }

int cmedia_batch_receive(cmedia_batch *batch, int fd, int limit, bool with_sources) {
    if (limit > CMEDIA_BATCH) limit = CMEDIA_BATCH;
    socklen_t length = with_sources ? sizeof batch->sources[0] : 0;
    if (limit <= 1) {
        // The usual case by far: recvfrom costs less than a vector of one, which also looks for a second packet.
        struct sockaddr *source = with_sources ? (struct sockaddr *)&batch->sources[0] : NULL;
        ssize_t got = recvfrom(fd, batch->packets[0], CMEDIA_PACKET_BYTES, MSG_DONTWAIT, source, with_sources ? &length : NULL);
        if (got < 0) return 0;
        batch->headers[0].msg_len = (unsigned)got;
        batch->headers[0].msg_hdr.msg_namelen = length;
        return 1;
    }
    for (int i = 0; i < limit; i++) {
        batch->headers[i].msg_hdr.msg_name = with_sources ? &batch->sources[i] : NULL;
        batch->headers[i].msg_hdr.msg_namelen = length;
    }
    // An error is an ICMP answer to something that we sent, or nothing to read: the next packets tell.
    int got = recvmmsg(fd, batch->headers, (unsigned)limit, MSG_DONTWAIT, NULL);
    return got < 0 ? 0 : got;
}

uint8_t *cmedia_batch_data(cmedia_batch *batch, int index) { return batch->packets[index]; }

int cmedia_batch_length(const cmedia_batch *batch, int index) { return (int)batch->headers[index].msg_len; }

void cmedia_batch_source(const cmedia_batch *batch, int index, cmedia_endpoint *source) {
    cmedia_from_sockaddr(&batch->sources[index], batch->headers[index].msg_hdr.msg_namelen, source);
}

struct cmedia_outbox {
    int fd;
    int count;
    cmedia_destination destination;
    struct mmsghdr headers[CMEDIA_BATCH];
    struct iovec vectors[CMEDIA_BATCH];
};

cmedia_outbox *cmedia_outbox_create(void) {
    cmedia_outbox *outbox = calloc(1, sizeof *outbox);
    if (!outbox) abort();
    outbox->fd = -1;
    for (int i = 0; i < CMEDIA_BATCH; i++) {
        outbox->headers[i].msg_hdr.msg_iov = &outbox->vectors[i];
        outbox->headers[i].msg_hdr.msg_iovlen = 1;
    }
    return outbox;
}

void cmedia_outbox_destroy(cmedia_outbox *outbox) { free(outbox); }

static int send_one(cmedia_outbox *outbox) {
    const struct iovec *vector = &outbox->vectors[0];
    const struct sockaddr *address = (const struct sockaddr *)outbox->destination.bytes;
    socklen_t length = outbox->destination.length;
    ssize_t sent = sendto(outbox->fd, vector->iov_base, vector->iov_len, MSG_DONTWAIT | MSG_NOSIGNAL,
                          length ? address : NULL, length);
    // A connected socket first reports the ICMP error of an earlier packet: this packet has not left yet.
    if (sent < 0 && errno == ECONNREFUSED) {
        sent = sendto(outbox->fd, vector->iov_base, vector->iov_len, MSG_DONTWAIT | MSG_NOSIGNAL,
                      length ? address : NULL, length);
    }
    return sent < 0 ? 1 : 0;
}

int cmedia_outbox_flush(cmedia_outbox *outbox) {
    int count = outbox->count, refused = 0;
    outbox->count = 0;
    if (count == 0) return 0;
    if (count == 1) return send_one(outbox);
    for (int i = 0; i < count; i++) {
        outbox->headers[i].msg_hdr.msg_name = outbox->destination.length ? outbox->destination.bytes : NULL;
        outbox->headers[i].msg_hdr.msg_namelen = outbox->destination.length;
    }
    for (int next = 0; next < count;) {
        int sent = sendmmsg(outbox->fd, outbox->headers + next, (unsigned)(count - next), MSG_DONTWAIT | MSG_NOSIGNAL);
        // The packet at the front was refused, or the error belongs to an earlier one: it is given up either way.
        if (sent <= 0) {
            refused++;
            next++;
        } else {
            next += sent;
        }
    }
    return refused;
}

int cmedia_outbox_add(
    cmedia_outbox *outbox, int fd, const cmedia_destination *destination, const uint8_t *data, int length) {
    int refused = 0;
    bool same = outbox->count < CMEDIA_BATCH && outbox->fd == fd && outbox->destination.length == destination->length
        && memcmp(outbox->destination.bytes, destination->bytes, destination->length) == 0;
    if (!same) {
        refused = cmedia_outbox_flush(outbox);
        outbox->fd = fd;
        outbox->destination = *destination;
    }
    outbox->vectors[outbox->count++] = (struct iovec){(void *)data, (size_t)length};
    return refused;
}
