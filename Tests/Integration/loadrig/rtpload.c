// RTP load generator: makes N calls through the switch, answers them itself, and sends G.711 both ways.
//
// One process plays both ends. The caller sends INVITE to the switch, which bridges each call to the callee's SIP
// port; from then on every packet carries when it was sent, and its arrival at the other end gives the delay. All
// caller legs share one RTP socket and all callee legs another, so that packets go out and come in by the batch and the
// generator costs little beside what it measures. With --direct the caller calls the callee: the rig's own floor.
//
// Usage: rtpload --target PORT --extension NAME --caller-port P --callee-port P --rtp-port P (two even ports from here)
//                --calls N --rate PER_SECOND --seconds S [--late-ms MS] [--direct]
// Prints MEASURE-BEGIN and MEASURE-END around the window in which all calls are up, then one line of JSON.
#define _GNU_SOURCE
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "sip_text.h"

enum {
    MAX_CALLS = 5000,
    MAX_MESSAGE = 4096,
    TICKS_PER_PACKET = 20,       // a tick is 1 ms, a packet 20 ms
    PAYLOAD = 160, RTP_HEADER = 12, PACKET = RTP_HEADER + PAYLOAD,
    BATCH = 64,
    BUCKET_US = 10, BUCKETS = 100000,     // delays up to a second, in steps of 10 µs
    RETRY_MS = 500, MAX_TRIES = 8,
    SETTLE_MS = 1000,
};

static const char MARK[4] = {'T', 'L', 'D', '1'};

// What a packet says of itself, behind the RTP header.
struct stamp {
    char mark[4];
    uint32_t run;
    uint32_t leg;
    uint32_t measured;           // sent inside the window
    uint64_t sent_ns;            // CLOCK_REALTIME, which is what the kernel stamps arrivals with
};

enum leg_state { LEG_UNUSED, LEG_INVITING, LEG_ANSWERING, LEG_UP, LEG_ENDING, LEG_ENDED, LEG_FAILED };

struct leg {
    enum leg_state state;
    bool caller;
    char call_id[128], local[192], remote[192], target[192];  // local and remote: From and To as this side sees them
    char branch[48];
    char answer[MAX_MESSAGE];    // the callee's 200, to repeat until the ACK
    size_t answer_length;
    struct sockaddr_in peer;     // SIP
    struct sockaddr_in media;
    uint64_t retry_at_ms, retry_delay_ms;
    int tries, cseq;
    uint16_t sequence;
    uint32_t timestamp, ssrc;
};

static struct options {
    int target, caller_port, callee_port, rtp_port, calls, rate, seconds, late_ms;
    const char *extension;
    bool direct;
} options = {.rate = 50, .seconds = 10, .late_ms = 60, .extension = "load-media"};

// Caller legs are 0 … calls-1, callee legs follow in the order in which they come in.
static struct leg legs[2 * MAX_CALLS];
static int callees, retransmissions;
static int caller_sip, callee_sip, caller_rtp, callee_rtp;
static uint32_t run_id;
static uint64_t tick;            // milliseconds since the start
static bool sending, measuring;

static uint64_t sent, received, late, duplicates_or_strays, histogram[BUCKETS + 1];
static uint64_t longest_ns;

static void die(const char *what) {
    perror(what);
    exit(2);
}

static uint64_t now_ns(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static int udp(int port) {
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1, size = 8 << 20;
    struct sockaddr_in address = loopback(port);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address)) die("bind");
    // The generator must not lose what the switch delivered in a burst. FORCE works for root only.
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size))
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
    return fd;
}

// MARK: SIP

static void deliver(int fd, const char *message, int length, const struct sockaddr_in *to) {
    if (sendto(fd, message, (size_t)length, 0, (const struct sockaddr *)to, sizeof *to) < 0 && errno != EAGAIN)
        die("sendto");
}

static void transmit(const struct leg *leg, const char *message, int length) {
    if (length <= 0 || length >= MAX_MESSAGE) die("message");
    deliver(leg->caller ? caller_sip : callee_sip, message, length, &leg->peer);
}

// The branch is made of the leg's and the name in branch_of: the ACK for a refusal belongs to its INVITE (RFC 3261
// §17.1.1.3), the ACK for a 2xx is a transaction of its own.
static void send_request(struct leg *leg, const char *method, const char *branch_of, bool with_offer) {
    char message[MAX_MESSAGE], body[512] = "";
    int port = leg->caller ? options.caller_port : options.callee_port, body_length = 0;
    if (with_offer) body_length = session_description(body, sizeof body, options.rtp_port);
    int length = snprintf(message, sizeof message,
        "%s %s SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:%d;branch=%s%s;rport\r\nFrom: %s\r\nTo: %s\r\n"
        "Call-ID: %s\r\n"
        "CSeq: %d %s\r\nContact: <sip:load@127.0.0.1:%d>\r\nMax-Forwards: 70\r\n%sContent-Length: %d\r\n\r\n%s",
        method, leg->target, port, leg->branch, branch_of, leg->local, leg->remote, leg->call_id,
        leg->cseq, method, port, with_offer ? "Content-Type: application/sdp\r\n" : "", body_length, body);
    transmit(leg, message, length);
}

static void schedule_retry(struct leg *leg, bool first) {
    if (first) leg->tries = 0;
    leg->retry_delay_ms = first ? RETRY_MS : 2 * leg->retry_delay_ms;
    leg->retry_at_ms = tick + leg->retry_delay_ms;
}

static void start_call(int index) {
    struct leg *leg = &legs[index];
    *leg = (struct leg){.state = LEG_INVITING, .caller = true, .cseq = 1, .ssrc = run_id + (uint32_t)index};
    leg->peer = loopback(options.direct ? options.callee_port : options.target);
    snprintf(leg->call_id, sizeof leg->call_id, "load-%08x-%d@127.0.0.1", run_id, index);
    snprintf(leg->branch, sizeof leg->branch, "z9hG4bK%08x%d", run_id, index);
    snprintf(leg->local, sizeof leg->local, "<sip:load@127.0.0.1>;tag=c%d", index);
    snprintf(leg->remote, sizeof leg->remote, "<sip:%s@127.0.0.1:%d>", options.extension, options.target);
    snprintf(leg->target, sizeof leg->target, "sip:%s@127.0.0.1:%d", options.extension, options.target);
    send_request(leg, "INVITE", "INVITE", true);
    schedule_retry(leg, true);
}

static struct leg *find(const char *call_id, bool caller) {
    int index;
    uint32_t run;
    if (caller) {
        bool ours = sscanf(call_id, "load-%8x-%d@", &run, &index) == 2 && run == run_id;
        return ours && index >= 0 && index < options.calls ? &legs[index] : NULL;
    }
    for (int i = options.calls; i < options.calls + callees; i++)
        if (!strcmp(legs[i].call_id, call_id)) return &legs[i];
    return NULL;
}

static void on_response(struct leg *leg, const char *message, int status, const char *method) {
    char value[192];
    if (status < 200) {
        if (leg->state == LEG_INVITING) leg->retry_at_ms = UINT64_MAX;  // no more retransmissions (RFC 3261 §17.1.1.2)
        return;
    }
    if (!strcasecmp(method, "BYE")) {
        leg->state = LEG_ENDED;
        return;
    }
    if (strcasecmp(method, "INVITE")) return;
    if (header(message, "To", 't', value, sizeof value)) snprintf(leg->remote, sizeof leg->remote, "%s", value);
    if (status >= 300) {
        send_request(leg, "ACK", "INVITE", false);
        if (leg->state == LEG_INVITING) fprintf(stderr, "call refused with %d\n", status);
        leg->state = LEG_FAILED;
        return;
    }
    if (leg->state == LEG_INVITING) {
        if (header(message, "Contact", 'm', value, sizeof value)) contact_uri(value, leg->target, sizeof leg->target);
        leg->state = media_address(message, &leg->media) ? LEG_UP : LEG_FAILED;
    }
    send_request(leg, "ACK", "ACK", false);
}

// An answer to a request that the switch sent; the 200 for INVITE carries our description and is kept.
static void answer(int fd, struct leg *leg, const char *message, const struct sockaddr_in *from, const char *status,
                   bool with_body) {
    char out[MAX_MESSAGE], routing[1024], body[512] = "", own_from[192], to[192], id[128], cseq[64];
    int body_length = 0, port = fd == caller_sip ? options.caller_port : options.callee_port;
    if (copy_routing(message, routing, sizeof routing) < 0 ||
        !header(message, "From", 'f', own_from, sizeof own_from) ||
        !header(message, "To", 't', to, sizeof to) || !header(message, "Call-ID", 'i', id, sizeof id) ||
        !header(message, "CSeq", 0, cseq, sizeof cseq))
        return;
    const char *tag = strstr(to, ";tag=") ? "" : ";tag=callee";
    if (with_body) body_length = session_description(body, sizeof body, options.rtp_port + 2);
    int length = snprintf(out, sizeof out,
        "SIP/2.0 %s\r\n%sFrom: %s\r\nTo: %s%s\r\nCall-ID: %s\r\nCSeq: %s\r\n"
        "Contact: <sip:load@127.0.0.1:%d>\r\n%sContent-Length: %d\r\n\r\n%s",
        status, routing, own_from, to, tag, id, cseq, port,
        with_body ? "Content-Type: application/sdp\r\n" : "", body_length, body);
    if (length <= 0 || length >= MAX_MESSAGE) return;
    deliver(fd, out, length, from);
    if (with_body && leg) {
        memcpy(leg->answer, out, (size_t)length);
        leg->answer_length = (size_t)length;
    }
}

static void on_invite(const char *message, const char *call_id, const struct sockaddr_in *from) {
    struct leg *leg = find(call_id, false);
    char contact[192];
    if (leg) {  // a retransmission
        if (leg->answer_length) transmit(leg, leg->answer, (int)leg->answer_length);
        return;
    }
    if (callees >= options.calls) return answer(callee_sip, NULL, message, from, "486 Busy Here", false);
    int index = options.calls + callees;
    leg = &legs[index];
    *leg = (struct leg){.state = LEG_ANSWERING, .cseq = 1, .peer = *from, .ssrc = run_id + (uint32_t)index};
    snprintf(leg->call_id, sizeof leg->call_id, "%s", call_id);
    snprintf(leg->branch, sizeof leg->branch, "z9hG4bK%08x%d", run_id, index);
    if (!media_address(message, &leg->media))
        return answer(callee_sip, NULL, message, from, "488 Not Acceptable Here", false);
    if (header(message, "Contact", 'm', contact, sizeof contact)) contact_uri(contact, leg->target, sizeof leg->target);
    callees++;
    answer(callee_sip, leg, message, from, "180 Ringing", false);
    answer(callee_sip, leg, message, from, "200 OK", true);
    schedule_retry(leg, true);
}

static void on_message(int fd, char *message, const struct sockaddr_in *from) {
    char call_id[128], cseq[64], method[32] = "";
    int status, number;
    if (!header(message, "Call-ID", 'i', call_id, sizeof call_id)) return;
    if (!header(message, "CSeq", 0, cseq, sizeof cseq)) return;
    if (sscanf(cseq, "%d %31s", &number, method) != 2) return;
    bool caller = fd == caller_sip;
    struct leg *leg = find(call_id, caller);
    if (sscanf(message, "SIP/2.0 %d", &status) == 1) {
        if (leg) on_response(leg, message, status, method);
        return;
    }
    if (!strcmp(method, "INVITE") && !caller) return on_invite(message, call_id, from);
    if (!strcmp(method, "ACK")) {
        if (leg && leg->state == LEG_ANSWERING) leg->state = LEG_UP;
    } else if (!strcmp(method, "BYE")) {
        answer(fd, leg, message, from, "200 OK", false);
        if (leg) leg->state = leg->state == LEG_UP && sending ? LEG_FAILED : LEG_ENDED;
    } else {
        answer(fd, leg, message, from, !strcmp(method, "OPTIONS") ? "200 OK" : "501 Not Implemented", false);
    }
}

static void read_sip(int fd) {
    char message[MAX_MESSAGE];
    struct sockaddr_in from;
    for (;;) {
        socklen_t size = sizeof from;
        ssize_t n = recvfrom(fd, message, sizeof message - 1, 0, (struct sockaddr *)&from, &size);
        if (n < 0) {
            if (errno == ECONNREFUSED || errno == EINTR) continue;
            if (errno == EAGAIN) return;
            die("recvfrom");
        }
        message[n] = 0;
        on_message(fd, message, &from);
    }
}

static void retry_due(void) {
    for (int i = 0; i < options.calls + callees; i++) {
        struct leg *leg = &legs[i];
        bool waits = leg->state == LEG_INVITING || leg->state == LEG_ANSWERING || leg->state == LEG_ENDING;
        if (!waits || leg->retry_at_ms > tick) continue;
        if (++leg->tries >= MAX_TRIES) {
            leg->state = LEG_FAILED;
            continue;
        }
        retransmissions++;
        if (leg->state == LEG_INVITING) send_request(leg, "INVITE", "INVITE", true);
        else if (leg->state == LEG_ENDING) send_request(leg, "BYE", "BYE", false);
        else transmit(leg, leg->answer, (int)leg->answer_length);
        schedule_retry(leg, false);
    }
}

// MARK: RTP

static struct mmsghdr out_headers[BATCH], in_headers[BATCH];
static struct iovec out_vectors[BATCH], in_vectors[BATCH];
static unsigned char out_packets[BATCH][PACKET], in_packets[BATCH][2048];
static char in_controls[BATCH][CMSG_SPACE(sizeof(struct timespec))];
static struct sockaddr_in out_addresses[BATCH];
static int out_count;

static void prepare_batches(void) {
    for (int i = 0; i < BATCH; i++) {
        out_vectors[i] = (struct iovec){out_packets[i], PACKET};
        out_headers[i].msg_hdr = (struct msghdr){.msg_name = &out_addresses[i], .msg_namelen = sizeof out_addresses[i],
                                                 .msg_iov = &out_vectors[i], .msg_iovlen = 1};
        in_vectors[i] = (struct iovec){in_packets[i], sizeof in_packets[i]};
        memset(out_packets[i], 0xff, PACKET);  // µ-law silence
    }
}

static void flush(int fd) {
    int done = 0;
    while (done < out_count) {
        int n = sendmmsg(fd, out_headers + done, (unsigned)(out_count - done), 0);
        if (n < 0) {
            // A port that was closed under us shows as an error on the next send; that packet counts as lost.
            if (errno == EINTR || errno == ECONNREFUSED) continue;
            if (errno == EAGAIN) break;
            die("sendmmsg");
        }
        done += n;
    }
    out_count = 0;
}

static void queue_packet(int fd, struct leg *leg, uint32_t index) {
    unsigned char *packet = out_packets[out_count];
    struct stamp stamp = {.run = run_id, .leg = index, .measured = measuring, .sent_ns = now_ns(CLOCK_REALTIME)};
    memcpy(stamp.mark, MARK, sizeof MARK);
    packet[0] = 0x80;
    packet[1] = 0;
    uint16_t sequence = htons(leg->sequence++);
    uint32_t timestamp = htonl(leg->timestamp), ssrc = htonl(leg->ssrc);
    leg->timestamp += PAYLOAD;
    memcpy(packet + 2, &sequence, 2);
    memcpy(packet + 4, &timestamp, 4);
    memcpy(packet + 8, &ssrc, 4);
    memcpy(packet + RTP_HEADER, &stamp, sizeof stamp);
    out_addresses[out_count++] = leg->media;
    if (measuring) sent++;
    if (out_count == BATCH) flush(fd);
}

// Every leg has its tick within the 20 ms, so that the load is even.
static void send_tick(uint64_t at) {
    if (!sending) return;
    for (int side = 0; side < 2; side++) {
        int fd = side ? callee_rtp : caller_rtp, first = side ? options.calls : 0;
        int last = side ? options.calls + callees : options.calls;
        int phase = (int)((at + (side ? TICKS_PER_PACKET / 2 : 0)) % TICKS_PER_PACKET);
        for (int i = first + phase; i < last; i += TICKS_PER_PACKET)
            if (legs[i].state == LEG_UP) queue_packet(fd, &legs[i], (uint32_t)i);
        flush(fd);
    }
}

static uint64_t arrival_ns(struct msghdr *message) {
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c))
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS) {
            struct timespec t;
            memcpy(&t, CMSG_DATA(c), sizeof t);
            return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
        }
    return now_ns(CLOCK_REALTIME);
}

static void on_packet(const unsigned char *packet, unsigned length, uint64_t arrived_ns, bool at_caller) {
    struct stamp stamp;
    if (length < RTP_HEADER + sizeof stamp) return;
    memcpy(&stamp, packet + RTP_HEADER, sizeof stamp);
    bool from_caller = stamp.leg < (uint32_t)options.calls;
    if (memcmp(stamp.mark, MARK, sizeof MARK) || stamp.run != run_id || from_caller == at_caller) {
        duplicates_or_strays++;
        return;
    }
    if (!stamp.measured) return;
    uint64_t delay = arrived_ns > stamp.sent_ns ? arrived_ns - stamp.sent_ns : 0;
    uint64_t bucket = delay / 1000 / BUCKET_US;
    received++;
    late += delay > (uint64_t)options.late_ms * 1000000u;
    histogram[bucket < BUCKETS ? bucket : BUCKETS]++;
    if (delay > longest_ns) longest_ns = delay;
}

static void read_rtp(int fd) {
    int n;
    do {
        for (int i = 0; i < BATCH; i++)
            in_headers[i].msg_hdr = (struct msghdr){.msg_iov = &in_vectors[i], .msg_iovlen = 1,
                                                    .msg_control = in_controls[i],
                                                    .msg_controllen = sizeof in_controls[i]};
        n = recvmmsg(fd, in_headers, BATCH, 0, NULL);
        for (int i = 0; i < n; i++)
            on_packet(in_packets[i], in_headers[i].msg_len, arrival_ns(&in_headers[i].msg_hdr), fd == caller_rtp);
    } while (n == BATCH);
}

// MARK: The course of a run

enum phase { PHASE_CALLING, PHASE_SETTLING, PHASE_MEASURING, PHASE_DRAINING, PHASE_ENDING, PHASE_DONE };

static int count(enum leg_state state, int first, int last) {
    int n = 0;
    for (int i = first; i < last; i++) n += legs[i].state == state;
    return n;
}

static void hang_up_all(void) {
    for (int i = 0; i < options.calls; i++) {
        if (legs[i].state != LEG_UP) continue;
        legs[i].state = LEG_ENDING;
        legs[i].cseq = 2;
        snprintf(legs[i].branch, sizeof legs[i].branch, "z9hG4bK%08xb%d", run_id, i);
        send_request(&legs[i], "BYE", "BYE", false);
        schedule_retry(&legs[i], true);
    }
}

// Moves on when a phase is over; started counts the calls begun, phase_began is in ticks.
static enum phase advance(enum phase phase, uint64_t *phase_began, int *started, int *peak) {
    uint64_t elapsed = tick - *phase_began;
    enum phase next = phase;
    int up, due;
    switch (phase) {
    case PHASE_CALLING:
        due = (int)(elapsed * (uint64_t)options.rate / 1000);
        while (*started < options.calls && *started < due) start_call((*started)++);
        up = count(LEG_UP, 0, options.calls) + count(LEG_FAILED, 0, options.calls);
        if (*started == options.calls && up == options.calls) next = PHASE_SETTLING;
        else if (elapsed > (uint64_t)options.calls * 1000 / (uint64_t)options.rate + 20000) next = PHASE_SETTLING;
        break;
    case PHASE_SETTLING:
        if (elapsed < SETTLE_MS) break;
        *peak = count(LEG_UP, 0, options.calls);
        measuring = true;
        printf("MEASURE-BEGIN %d\n", *peak);
        next = PHASE_MEASURING;
        break;
    case PHASE_MEASURING:
        if (elapsed < (uint64_t)options.seconds * 1000) break;
        measuring = false;
        printf("MEASURE-END\n");
        next = PHASE_DRAINING;
        break;
    case PHASE_DRAINING:  // what is still under way may arrive
        if (elapsed < SETTLE_MS) break;
        sending = false;
        hang_up_all();
        next = PHASE_ENDING;
        break;
    case PHASE_ENDING:
        up = count(LEG_ENDING, 0, options.calls) + count(LEG_UP, options.calls, options.calls + callees);
        if (!up || elapsed > 20000) next = PHASE_DONE;
        break;
    case PHASE_DONE:
        break;
    }
    fflush(stdout);
    if (next != phase) *phase_began = tick;
    return next;
}

static double percentile_ms(double share) {
    uint64_t wanted = (uint64_t)((double)received * share), seen = 0;
    for (int i = 0; i <= BUCKETS; i++) {
        seen += histogram[i];
        if (seen > wanted) return (i + 0.5) * BUCKET_US / 1000.0;
    }
    return 0;
}

static void report(int peak) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    double cpu = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                 (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
    int ended = count(LEG_ENDED, 0, options.calls);
    printf("{\"calls\": %d, \"up\": %d, \"ended_well\": %d, \"seconds\": %d, \"sent\": %llu, \"received\": %llu, "
           "\"late\": %llu, \"late_ms\": %d, \"strays\": %llu, \"delay_median_ms\": %.3f, \"delay_p99_ms\": %.3f, "
           "\"delay_max_ms\": %.3f, \"retransmissions\": %d, \"generator_cpu_seconds\": %.2f}\n",
           options.calls, peak, ended, options.seconds, (unsigned long long)sent, (unsigned long long)received,
           (unsigned long long)late, options.late_ms, (unsigned long long)duplicates_or_strays,
           percentile_ms(0.5), percentile_ms(0.99), (double)longest_ns / 1e6, retransmissions, cpu);
}

static void parse(int argc, char **argv) {
    const struct { const char *name; int *value; } numbers[] = {
        {"--target", &options.target}, {"--caller-port", &options.caller_port}, {"--callee-port", &options.callee_port},
        {"--rtp-port", &options.rtp_port}, {"--calls", &options.calls}, {"--rate", &options.rate},
        {"--seconds", &options.seconds}, {"--late-ms", &options.late_ms}};
    for (int i = 1; i < argc; i++) {
        bool known = false;
        if (!strcmp(argv[i], "--direct")) known = options.direct = true;
        else if (!strcmp(argv[i], "--extension") && i + 1 < argc) known = (options.extension = argv[++i]);
        else if (i + 1 < argc)
            for (size_t n = 0; n < sizeof numbers / sizeof *numbers; n++)
                if (!strcmp(argv[i], numbers[n].name)) {
                    *numbers[n].value = atoi(argv[++i]);
                    known = true;
                    break;
                }
        if (!known) {
            fprintf(stderr, "rtpload: what is %s?\n", argv[i]);
            exit(2);
        }
    }
    if (options.calls < 1 || options.calls > MAX_CALLS || options.rate < 1 || options.seconds < 1 ||
        options.rtp_port < 1024) {
        fprintf(stderr, "rtpload: a number is missing or out of range\n");
        exit(2);
    }
}

int main(int argc, char **argv) {
    parse(argc, argv);
    run_id = (uint32_t)now_ns(CLOCK_REALTIME) ^ (uint32_t)getpid();
    caller_sip = udp(options.caller_port);
    callee_sip = udp(options.callee_port);
    caller_rtp = udp(options.rtp_port);
    callee_rtp = udp(options.rtp_port + 2);
    prepare_batches();
    sending = true;

    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC), poller = epoll_create1(EPOLL_CLOEXEC);
    struct itimerspec every_ms = {.it_interval = {.tv_nsec = 1000000}, .it_value = {.tv_nsec = 1000000}};
    if (timer < 0 || poller < 0 || timerfd_settime(timer, 0, &every_ms, NULL)) die("timer");
    int inputs[] = {timer, caller_sip, callee_sip, caller_rtp, callee_rtp};
    for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.fd = inputs[i]};
        if (epoll_ctl(poller, EPOLL_CTL_ADD, inputs[i], &event)) die("epoll_ctl");
    }

    enum phase phase = PHASE_CALLING;
    uint64_t phase_began = 0;
    int started = 0, peak = 0;
    while (phase != PHASE_DONE) {
        struct epoll_event events[8];
        int n = epoll_wait(poller, events, 8, 1000);
        for (int i = 0; i < n; i++) {
            int fd = events[i].data.fd;
            uint64_t expired;
            if (fd == caller_rtp || fd == callee_rtp) read_rtp(fd);
            else if (fd != timer) read_sip(fd);
            else if (read(timer, &expired, sizeof expired) == sizeof expired)
                for (; expired; expired--) {
                    send_tick(++tick);
                    if (tick % 10 == 0) retry_due();
                    phase = advance(phase, &phase_began, &started, &peak);
                }
        }
    }
    report(peak);
    return count(LEG_ENDED, 0, options.calls) == options.calls && peak == options.calls ? 0 : 1;
}
