#include "cmedia.h"
#include "sockaddr.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

// DSCP EF (RFC 4594 §4.1) in the upper six bits of the traffic class.
static const int expedited_forwarding = 0xB8;

socklen_t cmedia_to_sockaddr(const cmedia_endpoint *endpoint, struct sockaddr_storage *storage) {
    memset(storage, 0, sizeof *storage);
    if (endpoint->family == 6) {
        struct sockaddr_in6 *address = (struct sockaddr_in6 *)storage;
        uint64_t halves[2] = {htobe64(endpoint->high), htobe64(endpoint->low)};
        address->sin6_family = AF_INET6;
        address->sin6_port = htons(endpoint->port);
        memcpy(&address->sin6_addr, halves, sizeof halves);
        return sizeof *address;
    }
    struct sockaddr_in *address = (struct sockaddr_in *)storage;
    address->sin_family = AF_INET;
    address->sin_port = htons(endpoint->port);
    address->sin_addr.s_addr = htonl((uint32_t)endpoint->low);
    return sizeof *address;
}

void cmedia_from_sockaddr(const void *bytes, socklen_t length, cmedia_endpoint *endpoint) {
    const struct sockaddr *generic = bytes;
    memset(endpoint, 0, sizeof *endpoint);
    if (length >= sizeof(struct sockaddr_in) && generic->sa_family == AF_INET) {
        const struct sockaddr_in *address = bytes;
        endpoint->family = 4;
        endpoint->port = ntohs(address->sin_port);
        endpoint->low = ntohl(address->sin_addr.s_addr);
    } else if (length >= sizeof(struct sockaddr_in6) && generic->sa_family == AF_INET6) {
        const struct sockaddr_in6 *address = bytes;
        uint64_t halves[2];
        memcpy(halves, &address->sin6_addr, sizeof halves);
        endpoint->family = 6;
        endpoint->port = ntohs(address->sin6_port);
        endpoint->high = be64toh(halves[0]);
        endpoint->low = be64toh(halves[1]);
    }
}

void cmedia_destination_set(cmedia_destination *destination, const cmedia_endpoint *endpoint) {
    struct sockaddr_storage storage;
    socklen_t length = cmedia_to_sockaddr(endpoint, &storage);
    _Static_assert(sizeof destination->bytes >= sizeof(struct sockaddr_in6), "an IPv6 address fits");
    memcpy(destination->bytes, &storage, length);
    destination->length = length;
}

int cmedia_udp_open(const cmedia_endpoint *local, bool expedited) {
    int family = local->family == 6 ? AF_INET6 : AF_INET;
    int fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return -errno;
    if (family == AF_INET6) {
        int one = 1;
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
        if (expedited) {
            setsockopt(fd, IPPROTO_IPV6, IPV6_TCLASS, &expedited_forwarding, sizeof expedited_forwarding);
        }
    } else if (expedited) {
        setsockopt(fd, IPPROTO_IP, IP_TOS, &expedited_forwarding, sizeof expedited_forwarding);
    }
    struct sockaddr_storage storage;
    socklen_t length = cmedia_to_sockaddr(local, &storage);
    if (bind(fd, (struct sockaddr *)&storage, length) < 0) {
        int error = errno;
        close(fd);
        return -error;
    }
    return fd;
}

int cmedia_udp_connect(int fd, const cmedia_endpoint *remote) {
    struct sockaddr_storage storage;
    socklen_t length = cmedia_to_sockaddr(remote, &storage);
    return connect(fd, (struct sockaddr *)&storage, length) < 0 ? -errno : 0;
}

int cmedia_udp_disconnect(int fd) {
    struct sockaddr none = {.sa_family = AF_UNSPEC};
    return connect(fd, &none, sizeof none) < 0 ? -errno : 0;
}

int cmedia_udp_local(int fd, cmedia_endpoint *local) {
    struct sockaddr_storage storage;
    socklen_t length = sizeof storage;
    if (getsockname(fd, (struct sockaddr *)&storage, &length) < 0) return -errno;
    cmedia_from_sockaddr(&storage, length, local);
    return 0;
}

void cmedia_close(int fd) {
    if (fd >= 0) close(fd);
}

uint64_t cmedia_raise_descriptor_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return 0;
    if (limit.rlim_cur < limit.rlim_max) {
        struct rlimit raised = {limit.rlim_max, limit.rlim_max};
        if (setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
    }
    return limit.rlim_cur;
}
