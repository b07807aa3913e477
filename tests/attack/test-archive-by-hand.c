/* SPDX-License-Identifier: ISC
 *
 * Archives that no writer makes: RAR, CAB and LHA, which libarchive only reads, with names that lead
 * out; ZIP whose two directories contradict each other or whose sizes have 64 bits; sparse maps of
 * pax. Refused by their reason, and nothing lies outside.
 */
#include "tests/attack/hostile-archive.h"

#include "media/base/limits.h"

#define MAX_BYTES (1 * MIB)
#define OUT       "../out.txt"

/* ---- little-endian parts ---- */

static void put(struct bytes *out, const void *data, size_t size)
{
    struct error err = {0};
    uint8_t *place;

    assert_ok(bytes_reserve(out, size, &place, &err), &err);
    if (size > 0)
        memcpy(place, data, size);
}

static void put_le(struct bytes *out, uint64_t value, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        uint8_t byte = (uint8_t)(value >> 8 * i);

        put(out, &byte, 1);
    }
}

static void set_le16(uint8_t *place, unsigned value)
{
    place[0] = (uint8_t)value;
    place[1] = (uint8_t)(value >> 8);
}

static uint32_t crc32_of(const uint8_t *data, size_t size)
{
    uint32_t crc = UINT32_MAX;

    for (size_t i = 0; i < size; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ ((crc & 1) != 0 ? 0xedb88320U : 0);
    }
    return ~crc;
}

/* CRC-16 as LHA has it. */
static unsigned crc16_of(const uint8_t *data, size_t size)
{
    unsigned crc = 0;

    for (size_t i = 0; i < size; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ ((crc & 1) != 0 ? 0xa001U : 0);
    }
    return crc;
}

/* ---- RAR 4, stored ---- */

#define RAR_UNIX    3
#define RAR_SYMLINK 0120777
#define RAR_FILE    0100644

/* From `start` on there is a block: its sum goes into its first two bytes. */
static void end_rar_block(struct bytes *out, size_t start)
{
    set_le16(out->data + start, crc32_of(out->data + start + 2, out->size - start - 2) & 0xffff);
}

static void put_rar_file(struct bytes *out, const char *name, const char *data, uint64_t claimed,
                         unsigned mode)
{
    size_t start = out->size;

    put_le(out, 0, 2);
    put_le(out, 0x74, 1);
    put_le(out, 0x8000 | (claimed >> 32 != 0 ? 0x100 : 0), 2); /* 0x100: sizes have high halves */
    put_le(out, (claimed >> 32 != 0 ? 40U : 32U) + strlen(name), 2);
    put_le(out, strlen(data), 4);
    put_le(out, claimed, 4);
    put_le(out, RAR_UNIX, 1);
    put_le(out, crc32_of((const uint8_t *)data, strlen(data)), 4);
    put_le(out, 0x52000000, 4);
    put_le(out, 20, 1);
    put_le(out, 0x30, 1); /* stored */
    put_le(out, strlen(name), 2);
    put_le(out, mode, 4);
    if (claimed >> 32 != 0) {
        put_le(out, 0, 4);
        put_le(out, claimed >> 32, 4);
    }
    put(out, name, strlen(name));
    end_rar_block(out, start);
    put(out, data, strlen(data));
}

static void begin_rar(struct bytes *out)
{
    size_t start;

    put(out, "Rar!\x1a\x07\x00", 7);
    start = out->size;
    put_le(out, 0, 2);
    put_le(out, 0x73, 1);
    put_le(out, 0, 2);
    put_le(out, 13, 2);
    put_le(out, 0, 6);
    end_rar_block(out, start);
}

static void end_rar(struct bytes *out)
{
    size_t start = out->size;

    put_le(out, 0, 2);
    put_le(out, 0x7b, 1);
    put_le(out, 0x4000, 2);
    put_le(out, 7, 2);
    end_rar_block(out, start);
}

static void rar_good(struct bytes *out)
{
    begin_rar(out);
    put_rar_file(out, "a.txt", "x", 1, RAR_FILE);
    end_rar(out);
}

static void rar_leads_out(struct bytes *out)
{
    begin_rar(out);
    put_rar_file(out, OUT, "x", 1, RAR_FILE);
    end_rar(out);
}

static void rar_symlink(struct bytes *out)
{
    begin_rar(out);
    put_rar_file(out, "door.txt", "/tmp", 4, RAR_SYMLINK);
    put_rar_file(out, "door.txt/out", "x", 1, RAR_FILE);
    end_rar(out);
}

static void rar_huge(struct bytes *out)
{
    begin_rar(out);
    put_rar_file(out, "a.txt", "x", UINT64_C(1) << 62, RAR_FILE);
    end_rar(out);
}

/* ---- LHA, header of level 0, stored ---- */

static void put_lha(struct bytes *out, const char *name, const char *data)
{
    size_t start = out->size, size = strlen(data);
    unsigned sum = 0;

    put_le(out, 22 + strlen(name), 1);
    put_le(out, 0, 1);
    put(out, "-lh0-", 5);
    put_le(out, size, 4);
    put_le(out, size, 4);
    put_le(out, 0x52000000, 4);
    put_le(out, 0x20, 1);
    put_le(out, 0, 1);
    put_le(out, strlen(name), 1);
    put(out, name, strlen(name));
    put_le(out, crc16_of((const uint8_t *)data, size), 2);
    for (size_t i = start + 2; i < out->size; i++)
        sum += out->data[i];
    out->data[start + 1] = (uint8_t)sum;
    put(out, data, size);
}

static void lha_good(struct bytes *out)
{
    put_lha(out, "a.txt", "x");
    put_le(out, 0, 1);
}

static void lha_leads_out(struct bytes *out)
{
    put_lha(out, OUT, "x");
    put_le(out, 0, 1);
}

static void lha_absolute(struct bytes *out)
{
    put_lha(out, "/tmp/out", "x");
    put_le(out, 0, 1);
}

/* ---- CAB, one folder, stored ---- */

#define CAB_HEADER 36
#define CAB_FOLDER 8
#define CAB_FILE   16

static void put_cab(struct bytes *out, const char *name, const char *data, uint32_t claimed)
{
    size_t files = CAB_HEADER + CAB_FOLDER, blocks = files + CAB_FILE + strlen(name) + 1;

    put(out, "MSCF", 4);
    put_le(out, 0, 4);
    put_le(out, blocks + 8 + strlen(data), 4);
    put_le(out, 0, 4);
    put_le(out, files, 4);
    put_le(out, 0, 4);
    put_le(out, 0x103, 2);
    put_le(out, 1, 2);
    put_le(out, 1, 2);
    put_le(out, 0, 6);
    put_le(out, blocks, 4);
    put_le(out, 1, 2);
    put_le(out, 0, 2);
    put_le(out, claimed, 4);
    put_le(out, 0, 4);
    put_le(out, 0, 2);
    put_le(out, 0x5200, 4);
    put_le(out, 0x20, 2);
    put(out, name, strlen(name) + 1);
    put_le(out, 0, 4); /* no sum */
    put_le(out, strlen(data), 2);
    put_le(out, strlen(data), 2);
    put(out, data, strlen(data));
}

static void cab_good(struct bytes *out)
{
    put_cab(out, "a.txt", "x", 1);
}

static void cab_leads_out(struct bytes *out)
{
    put_cab(out, "..\\out.txt", "x", 1);
}

static void cab_absolute(struct bytes *out)
{
    put_cab(out, "\\tmp\\out", "x", 1);
}

static void cab_claims_more(struct bytes *out)
{
    put_cab(out, "a.txt", "x", UINT32_MAX);
}

/* ---- ZIP, stored, with a local and a central name ---- */

static void put_zip_names(struct bytes *out, bool local, const char *name, uint64_t claimed,
                          uint32_t at)
{
    bool wide = claimed > UINT32_MAX;

    put(out, local ? "PK\3\4" : "PK\1\2", 4);
    if (!local)
        put_le(out, 3 << 8 | 45, 2); /* made on Unix */
    put_le(out, 45, 2);
    put_le(out, 0, 8); /* flags, stored, time */
    put_le(out, crc32_of((const uint8_t *)"x", 1), 4);
    put_le(out, wide ? UINT32_MAX : 1, 4);
    put_le(out, wide ? UINT32_MAX : claimed, 4);
    put_le(out, strlen(name), 2);
    put_le(out, wide ? 20 : 0, 2);
    if (!local) {
        put_le(out, 0, 6); /* no comment, disk 0, binary */
        put_le(out, UINT64_C(0100644) << 16, 4);
        put_le(out, at, 4);
    }
    put(out, name, strlen(name));
    if (wide) {
        put_le(out, 1, 2);
        put_le(out, 16, 2);
        put_le(out, claimed, 8);
        put_le(out, 1, 8);
    }
}

static void end_zip(struct bytes *out, size_t central, unsigned count)
{
    size_t size = out->size - central;

    put(out, "PK\5\6", 4);
    put_le(out, 0, 4);
    put_le(out, count, 2);
    put_le(out, count, 2);
    put_le(out, size, 4);
    put_le(out, central, 4);
    put_le(out, 0, 2);
}

static void put_zip(struct bytes *out, const char *local, const char *central, uint64_t claimed)
{
    size_t at;

    put_zip_names(out, true, local, claimed, 0);
    put(out, "x", 1);
    at = out->size;
    put_zip_names(out, false, central, claimed, 0);
    end_zip(out, at, 1);
}

static void zip_good(struct bytes *out)
{
    put_zip(out, "a.txt", "a.txt", 1);
}

static void zip_leads_out_by_its_directory(struct bytes *out)
{
    put_zip(out, "a.txt", OUT, 1);
}

static void zip_leads_out_by_its_entry(struct bytes *out)
{
    put_zip(out, OUT, "a.txt", 1);
}

static void zip_eight_exbibytes(struct bytes *out)
{
    put_zip(out, "a.txt", "a.txt", INT64_MAX);
}

static void zip_sixteen_exbibytes(struct bytes *out)
{
    put_zip(out, "a.txt", "a.txt", UINT64_MAX - 1);
}

/* The same bytes again: what makes a small archive a large folder. */
static void zip_overlapping(struct bytes *out)
{
    size_t at;

    put_zip_names(out, true, "a.txt", 1, 0);
    put(out, "x", 1);
    at = out->size;
    put_zip_names(out, false, "a.txt", 1, 0);
    put_zip_names(out, false, "a.txt", 1, 0);
    end_zip(out, at, 2);
}

/* ---- pax: sparse maps in extended headers ---- */

#define TAR_BLOCK  512
#define SPARSE_MAP "1\n0\n1\n" /* one piece of one byte at the start */

static void put_tar_header(struct bytes *out, const char *name, char kind, const char *link,
                           size_t size)
{
    uint8_t header[TAR_BLOCK] = {0};
    unsigned sum = 0;

    memcpy(header, name, strnlen(name, 100));
    memcpy(header + 100, "0000644", 8);
    memcpy(header + 108, "0000000", 8);
    memcpy(header + 116, "0000000", 8);
    snprintf((char *)header + 124, 12, "%011o", (unsigned)size & 07777);
    memcpy(header + 136, "00000000000", 12);
    memset(header + 148, ' ', 8);
    header[156] = (uint8_t)kind;
    memcpy(header + 157, link, strnlen(link, 100));
    memcpy(header + 257, "ustar", 6);
    memcpy(header + 263, "00", 2);
    for (size_t i = 0; i < TAR_BLOCK; i++)
        sum += header[i];
    snprintf((char *)header + 148, 8, "%06o", sum);
    put(out, header, TAR_BLOCK);
}

static void put_tar_block(struct bytes *out, const char *text)
{
    uint8_t block[TAR_BLOCK] = {0};

    memcpy(block, text, strlen(text));
    put(out, block, TAR_BLOCK);
}

/* Lines "KEY=VALUE", each of fewer than 90 bytes, as pax wants them: with their length. */
static void put_records(struct bytes *out, const char *const *records)
{
    char text[TAR_BLOCK] = "";

    for (size_t i = 0; records[i] != NULL; i++) {
        size_t used = strlen(text);

        snprintf(text + used, sizeof(text) - used, "%02zu %s\n", strlen(records[i]) + 4,
                 records[i]);
    }
    put_tar_header(out, "pax", 'x', "", strlen(text));
    put_tar_block(out, text);
}

static void end_tar(struct bytes *out)
{
    put_tar_block(out, "");
    put_tar_block(out, "");
}

/* data: the file's first block; one more follows where it has more bytes. */
static void put_pax(struct bytes *out, const char *const *records, const char *data, size_t size)
{
    put_records(out, records);
    put_tar_header(out, "a.txt", '0', "", size);
    put_tar_block(out, data);
    if (size > TAR_BLOCK)
        put_tar_block(out, "x");
    end_tar(out);
}

/* libarchive's issue 746: the bytes go through the link. */
static void pax_link_with_bytes(struct bytes *out)
{
    put_tar_header(out, "one.txt", '0', "", 1);
    put_tar_block(out, "x");
    put_records(out, (const char *const[]){"comment=pax", NULL});
    put_tar_header(out, "linked.txt", '1', "one.txt", 5);
    put_tar_block(out, "bytes");
    end_tar(out);
}

static void pax_leads_out(struct bytes *out)
{
    put_pax(out, (const char *const[]){"path=" OUT, NULL}, "x", 1);
}

static void pax_link(struct bytes *out)
{
    put_pax(out, (const char *const[]){"linkpath=/etc/passwd", "path=/etc/shadow", NULL}, "x", 1);
}

static void pax_size(struct bytes *out)
{
    put_pax(out, (const char *const[]){"size=9223372036854775807", NULL}, "x", 1);
}

static void pax_negative_size(struct bytes *out)
{
    put_pax(out, (const char *const[]){"size=-1", NULL}, "x", 1);
}

static void pax_sparse_0(struct bytes *out)
{
    put_pax(out,
            (const char *const[]){"GNU.sparse.size=1152921504606846976", "GNU.sparse.numblocks=1",
                                  "GNU.sparse.offset=0", "GNU.sparse.numbytes=1", NULL},
            "x", 1);
}

static void pax_sparse_1(struct bytes *out)
{
    put_pax(out,
            (const char *const[]){"GNU.sparse.major=1", "GNU.sparse.minor=0",
                                  "GNU.sparse.name=" OUT, "GNU.sparse.realsize=1", NULL},
            SPARSE_MAP, TAR_BLOCK + 1);
}

static void pax_sparse_1_huge(struct bytes *out)
{
    put_pax(out,
            (const char *const[]){"GNU.sparse.major=1", "GNU.sparse.minor=0",
                                  "GNU.sparse.name=a.txt",
                                  "GNU.sparse.realsize=4611686018427387904", NULL},
            SPARSE_MAP, TAR_BLOCK + 1);
}

/* ---- one row a case ---- */

#define NAMES "names are A-Z a-z"

static const struct {
    const char *number, *title;
    void (*make)(struct bytes *out);
    enum error_code code;
    const char *words;
} attacks[] = {
    {"D1", "RAR: a plain one", rar_good, ERROR_OK, ""},
    {"D1", "RAR: a name that leads out", rar_leads_out, ERROR_BAD_CONTENT, NAMES},
    {"D2", "RAR: a symbolic link", rar_symlink, ERROR_BAD_CONTENT, "door.txt: a symbolic link"},
    {"D5", "RAR: 4 EiB", rar_huge, ERROR_LIMIT, "claims 4611686018427387904 bytes"},
    {"D1", "LHA: a plain one", lha_good, ERROR_OK, ""},
    {"D1", "LHA: a name that leads out", lha_leads_out, ERROR_BAD_CONTENT, NAMES},
    {"D1", "LHA: an absolute name", lha_absolute, ERROR_BAD_CONTENT, NAMES},
    {"D1", "CAB: a plain one", cab_good, ERROR_OK, ""},
    {"D1", "CAB: a name that leads out", cab_leads_out, ERROR_BAD_CONTENT, NAMES},
    {"D1", "CAB: an absolute name", cab_absolute, ERROR_BAD_CONTENT, NAMES},
    {"D6", "CAB: claims more than it holds", cab_claims_more, ERROR_BAD_CONTENT, "archive: "},
    {"D1", "ZIP: a plain one", zip_good, ERROR_OK, ""},
    {"D1", "ZIP: its directory leads out, its entry names the file", zip_leads_out_by_its_directory,
     ERROR_OK, ""},
    {"D1", "ZIP: its entry leads out", zip_leads_out_by_its_entry, ERROR_BAD_CONTENT, NAMES},
    {"D5", "ZIP: 8 EiB", zip_eight_exbibytes, ERROR_LIMIT, "claims"},
    {"D5", "ZIP: 16 EiB", zip_sixteen_exbibytes, ERROR_BAD_CONTENT, "archive: Malformed"},
    {"D6", "ZIP: one entry that its directory has twice comes out once", zip_overlapping, ERROR_OK,
     ""},
    {"D1", "pax: a name that leads out", pax_leads_out, ERROR_BAD_CONTENT, NAMES},
    {"D3", "pax: a link in an extended header", pax_link, ERROR_BAD_CONTENT, NAMES},
    {"D3", "pax: a hard link with bytes of its own", pax_link_with_bytes, ERROR_BAD_CONTENT,
     "linked.txt: a hard link with bytes"},
    {"D5", "pax: 8 EiB", pax_size, ERROR_BAD_CONTENT, "archive: Tar size"},
    {"D5", "pax: a negative size", pax_negative_size, ERROR_BAD_CONTENT, "archive: "},
    {"D5", "pax: sparse 0.0, 1 EiB", pax_sparse_0, ERROR_LIMIT, "claims 1152921504606846976"},
    {"D1", "pax: sparse 1.0, leads out", pax_sparse_1, ERROR_BAD_CONTENT, NAMES},
    {"D5", "pax: sparse 1.0, 4 EiB", pax_sparse_1_huge, ERROR_LIMIT, "claims 4611686018427387904"},
};

static void archives_made_by_hand_are_refused_by_their_reason(void **state)
{
    size_t wrong = 0;

    hostile_begin(*state);
    for (size_t i = 0; i < sizeof(attacks) / sizeof(attacks[0]); i++) {
        struct error err = {0};
        struct bytes archive;
        uint32_t files;
        int result;

        bytes_init(&archive, MAX_BYTES);
        attacks[i].make(&archive);
        result = hostile_stage(*state, bytes_view(&archive), &files, &err);
        hostile_assert_inside(*state, attacks[i].title);
        bytes_clear(&archive);
        if (result == -(int)attacks[i].code && strstr(err.words, attacks[i].words) != NULL) {
            shows_attack(attacks[i].number, attacks[i].code, attacks[i].title);
            continue;
        }
        print_message("# %s: %d %s\n", attacks[i].title, result, err.words);
        wrong++;
    }
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(archives_made_by_hand_are_refused_by_their_reason,
                                        scratch_open, scratch_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
