// Datagrams that are received and answered in batches, each answer from the address that its question came to. No policy
// lives here. Imported by SmartDNS alone.
#ifndef CDATAGRAMS_H
#define CDATAGRAMS_H

#include <stdbool.h>
#include <stdint.h>

// A batch never has more datagrams, and no datagram is longer: of longer ones the rest is lost.
enum { CDATAGRAMS_BATCH = 32, CDATAGRAMS_LONGEST = 1500 };

typedef struct cdatagrams cdatagrams;

// A batch; null without memory.
cdatagrams *cdatagrams_create(void);
void cdatagrams_destroy(cdatagrams *batch);

// Has the system tell which address each datagram comes to. 0, or -1 with errno.
int cdatagrams_prepare(int fd, bool is_v6);

// Takes what there is, without waiting: how many datagrams, or -1 with errno.
int cdatagrams_receive(cdatagrams *batch, int fd);
// What came, good until the next call of cdatagrams_receive.
const uint8_t *cdatagrams_data(const cdatagrams *batch, int index);
int cdatagrams_length(const cdatagrams *batch, int index);
// The address that a datagram came from: its length, 4 or 16, or 0 for none.
int cdatagrams_source(const cdatagrams *batch, int index, uint8_t address[16]);

// Keeps an answer to a datagram; false when it is too long, or there are too many.
bool cdatagrams_answer(cdatagrams *batch, int index, const uint8_t *data, int length);
// Sends the answers that were kept; those that cannot be sent are lost, as datagrams may be.
void cdatagrams_send(cdatagrams *batch, int fd);

#endif
