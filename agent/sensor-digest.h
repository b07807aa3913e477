/* SPDX-License-Identifier: ISC
 *
 * SHA-256 of files by descriptor, remembered for as long as a file says that it is the same: device,
 * inode, size, and both times of change. A file that changed just now is not remembered, since it
 * could change again without its times telling.
 */
#ifndef AGENT_SENSOR_DIGEST_H
#define AGENT_SENSOR_DIGEST_H

#include <stdbool.h>
#include <stdint.h>

#define SENSOR_DIGEST_BYTES 32

struct sensor_digests; /* LIMIT_SENSOR_DIGESTS of them */
struct sensor_digests *sensor_digests_new(void);
void sensor_digests_free(struct sensor_digests *digests);

/* False: no regular file, larger than LIMIT_EVENT_HASH_BYTES, or it can't be read. The descriptor's
 * position does not matter and stays. */
bool sensor_digest_file(struct sensor_digests *digests, int fd,
                        uint8_t out[static SENSOR_DIGEST_BYTES]);

#endif
