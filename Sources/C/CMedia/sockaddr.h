// Between our endpoints and the kernel's.
#ifndef CMEDIA_SOCKADDR_H
#define CMEDIA_SOCKADDR_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "cmedia.h"

#include <endian.h>
#include <netinet/in.h>
#include <sys/socket.h>

socklen_t cmedia_to_sockaddr(const cmedia_endpoint *endpoint, struct sockaddr_storage *storage);
void cmedia_from_sockaddr(const void *bytes, socklen_t length, cmedia_endpoint *endpoint);

#endif
