/* SPDX-License-Identifier: ISC
 *
 * Whether a file is a list of sorted records (libmediawrite): fixed-size, each greater than the one
 * before as bytes, from the first byte to the last. Such files travel as records to add and to
 * delete (codec 3). Looked for while the file is read; what is no list is known after a few bytes.
 */
#ifndef MEDIA_RECORD_SCAN_H
#define MEDIA_RECORD_SCAN_H

#include <stddef.h>
#include <stdint.h>

#include "media/base/limits.h"

#define RECORD_SCAN_LEAST_BYTES (64 * KIB) /* shorter files cost next to nothing as they are */
#define RECORD_SCAN_SIZES       8
#define RECORD_SCAN_LONGEST     64 /* bytes of a record */

struct record_scan {
    struct record_scan_size {
        uint32_t size; /* of a record; 0: ruled out */
        uint32_t filled;
        int any; /* before holds a record */
        uint8_t before[RECORD_SCAN_LONGEST];
        uint8_t part[RECORD_SCAN_LONGEST]; /* of a record that is not whole yet */
    } sizes[RECORD_SCAN_SIZES];
};

/* file_bytes: of the whole file. */
void record_scan_begin(struct record_scan *scan, uint64_t file_bytes);
/* The file's bytes in order, cut anywhere. */
void record_scan_add(struct record_scan *scan, const uint8_t *data, size_t size);
/* After the last byte: the bytes of one record, the smallest that fits; 0: no list of records. */
uint32_t record_scan_result(const struct record_scan *scan);

#endif
