// What the programs of the load rig share: addresses on loopback, and the little SIP and SDP that they speak.
#pragma once
#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static inline void fail(const char *what) {
    perror(what);
    exit(1);
}

static inline struct sockaddr_in loopback(int port) {
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return a;
}

// Copies the value of a header ("Name", or its one-letter form) into out; false when it is not there.
static inline bool header(const char *message, const char *name, char compact, char *out, size_t size) {
    size_t length = strlen(name);
    const char *line = strstr(message, "\r\n");
    while (line && strncmp(line, "\r\n\r\n", 4) != 0) {
        line += 2;
        const char *value = NULL;
        if (!strncasecmp(line, name, length)) value = line + length;
        else if (compact && (line[0] | 32) == compact) value = line + 1;
        if (value) {
            while (*value == ' ') value++;
            if (*value == ':') {
                do value++; while (*value == ' ');
                size_t n = strcspn(value, "\r\n");
                if (n >= size) return false;
                memcpy(out, value, n);
                out[n] = 0;
                return true;
            }
        }
        line = strstr(line, "\r\n");
    }
    return false;
}

// Appends all Via and Record-Route lines of a request, as its response must repeat them.
static inline int copy_routing(const char *message, char *out, size_t size) {
    size_t used = 0;
    const char *line = strstr(message, "\r\n");
    out[0] = 0;
    while (line && strncmp(line, "\r\n\r\n", 4) != 0) {
        line += 2;
        size_t n = strcspn(line, "\r\n");
        if (!strncasecmp(line, "Via:", 4) || !strncasecmp(line, "v:", 2) || !strncasecmp(line, "Record-Route:", 13)) {
            if (used + n + 3 > size) return -1;
            memcpy(out + used, line, n);
            memcpy(out + used + n, "\r\n", 3);
            used += n + 2;
        }
        line = strstr(line, "\r\n");
    }
    return (int)used;
}

// The URI between the angle brackets of a Contact.
static inline void contact_uri(const char *contact, char *out, size_t size) {
    const char *start = strchr(contact, '<');
    start = start ? start + 1 : contact;
    size_t n = strcspn(start, ">");
    if (start == contact) n = strcspn(start, ";");
    snprintf(out, size, "%.*s", (int)n, start);
}

// Where the peer wants its media: c= and the port of m=audio.
static inline bool media_address(const char *message, struct sockaddr_in *out) {
    const char *body = strstr(message, "\r\n\r\n");
    char address[64];
    int port;
    if (!body) return false;
    const char *c = strstr(body, "c=IN IP4 "), *m = strstr(body, "m=audio ");
    if (!c || !m || sscanf(c + 9, "%63[0-9.]", address) != 1 || sscanf(m + 8, "%d", &port) != 1) return false;
    if (port < 1 || port > 65535) return false;
    *out = loopback(port);
    return inet_pton(AF_INET, address, &out->sin_addr) == 1;
}

static inline int session_description(char *out, size_t size, int port) {
    return snprintf(out, size,
                    "v=0\r\no=load 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
                    "m=audio %d RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=ptime:20\r\n", port);
}
