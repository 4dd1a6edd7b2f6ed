#define _GNU_SOURCE
#include "cdatagrams.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

// Room for the address that a datagram came to, of either family.
#define CONTROL_LENGTH 64

typedef union {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
} source;

typedef union {
    struct cmsghdr header;
    uint8_t bytes[CONTROL_LENGTH];
} control;

struct cdatagrams {
    int count;
    struct mmsghdr received[CDATAGRAMS_BATCH];
    struct iovec parts[CDATAGRAMS_BATCH];
    source sources[CDATAGRAMS_BATCH];
    control controls[CDATAGRAMS_BATCH];
    uint8_t data[CDATAGRAMS_BATCH][CDATAGRAMS_LONGEST];
    int answers;
    struct mmsghdr sent[CDATAGRAMS_BATCH];
    struct iovec sent_parts[CDATAGRAMS_BATCH];
    uint8_t sent_data[CDATAGRAMS_BATCH][CDATAGRAMS_LONGEST];
};

cdatagrams *cdatagrams_create(void) { return calloc(1, sizeof(cdatagrams)); }

void cdatagrams_destroy(cdatagrams *batch) { free(batch); }

int cdatagrams_prepare(int fd, bool is_v6) {
    int on = 1;
    return is_v6 ? setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on)
                 : setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof on);
}

// The system chooses the way back, except where an address says nothing without its interface.
static void forget_interface(struct msghdr *message) {
    for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part != NULL; part = CMSG_NXTHDR(message, part)) {
        if (part->cmsg_level == IPPROTO_IP && part->cmsg_type == IP_PKTINFO) {
            struct in_pktinfo information;
            memcpy(&information, CMSG_DATA(part), sizeof information);
            information.ipi_ifindex = 0;
            memcpy(CMSG_DATA(part), &information, sizeof information);
        } else if (part->cmsg_level == IPPROTO_IPV6 && part->cmsg_type == IPV6_PKTINFO) {
            struct in6_pktinfo information;
            memcpy(&information, CMSG_DATA(part), sizeof information);
            if (!IN6_IS_ADDR_LINKLOCAL(&information.ipi6_addr)) information.ipi6_ifindex = 0;
            memcpy(CMSG_DATA(part), &information, sizeof information);
        }
    }
}

int cdatagrams_receive(cdatagrams *batch, int fd) {
    for (int index = 0; index < CDATAGRAMS_BATCH; index++) {
        batch->parts[index] = (struct iovec){batch->data[index], CDATAGRAMS_LONGEST};
        batch->received[index].msg_hdr = (struct msghdr){
            .msg_name = &batch->sources[index],
            .msg_namelen = sizeof(source),
            .msg_iov = &batch->parts[index],
            .msg_iovlen = 1,
            .msg_control = &batch->controls[index],
            .msg_controllen = CONTROL_LENGTH,
        };
    }
    batch->answers = 0;
    do {
        batch->count = recvmmsg(fd, batch->received, CDATAGRAMS_BATCH, MSG_DONTWAIT, NULL);
    } while (batch->count < 0 && errno == EINTR);
    for (int index = 0; index < batch->count; index++) forget_interface(&batch->received[index].msg_hdr);
    return batch->count;
}

const uint8_t *cdatagrams_data(const cdatagrams *batch, int index) { return batch->data[index]; }

int cdatagrams_length(const cdatagrams *batch, int index) {
    return index >= 0 && index < batch->count ? (int)batch->received[index].msg_len : 0;
}

int cdatagrams_source(const cdatagrams *batch, int index, uint8_t address[16]) {
    if (index < 0 || index >= batch->count) return 0;
    const source *from = &batch->sources[index];
    switch (from->any.sa_family) {
    case AF_INET: memcpy(address, &from->v4.sin_addr, 4); return 4;
    case AF_INET6: memcpy(address, &from->v6.sin6_addr, 16); return 16;
    default: return 0;
    }
}

bool cdatagrams_answer(cdatagrams *batch, int index, const uint8_t *data, int length) {
    if (index < 0 || index >= batch->count || length < 0 || length > CDATAGRAMS_LONGEST) return false;
    if (batch->answers == CDATAGRAMS_BATCH) return false;
    int place = batch->answers++;
    memcpy(batch->sent_data[place], data, (size_t)length);
    batch->sent_parts[place] = (struct iovec){batch->sent_data[place], (size_t)length};
    batch->sent[place].msg_hdr = batch->received[index].msg_hdr;
    batch->sent[place].msg_hdr.msg_iov = &batch->sent_parts[place];
    batch->sent[place].msg_hdr.msg_flags = 0;
    // Without a word about the address there is nothing to pass on.
    if (batch->sent[place].msg_hdr.msg_controllen == 0) batch->sent[place].msg_hdr.msg_control = NULL;
    return true;
}

void cdatagrams_send(cdatagrams *batch, int fd) {
    int next = 0;
    while (next < batch->answers) {
        int sent = sendmmsg(fd, batch->sent + next, (unsigned)(batch->answers - next), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent > 0) {
            next += sent;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            break;
        } else if (errno != EINTR) {
            // This one cannot be sent; it concerns nobody else.
            next++;
        }
    }
    batch->answers = 0;
}
