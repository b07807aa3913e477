/* SPDX-License-Identifier: ISC
 *
 * A2 of the catalogue: every byte of every document of a small medium, changed one at a time, goes
 * through the accept point; none may be accepted. The count is printed. Recipes and packs are held
 * by digests in these documents; their own tests flip them.
 */
#include "tests/media/make-medium.h"

#include <ftw.h>

#include "media/root.h"
#include "media/trust.h"

#define DOCUMENTS 32

/* From one byte to the next. Sanitizers see the same code at some bytes as at all of them. */
#ifdef WITH_SANITIZERS
#define STRIDE 7
#else
#define STRIDE 1
#endif

struct found {
    char path[VOLUME_NAME_BYTES];
    struct volume_name name;
};

/* nftw() has no argument of the caller's. */
static struct found found[DOCUMENTS];
static size_t found_count;
static size_t folder_size; /* of the name before "sallyport" */

static int find(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
    struct found *next = &found[found_count];

    if (type != FTW_F || volume_parse(path + folder_size, &next->name) < 0)
        return 0;
    if (next->name.kind == VOLUME_RECIPE || next->name.kind == VOLUME_PACK ||
        next->name.kind == VOLUME_FORMAT)
        return 0;
    assert_true(found_count + 1 < DOCUMENTS);
    snprintf(next->path, sizeof(next->path), "%s", path + folder_size);
    found_count++;
    return 0;
}

static struct medium *medium;
static struct trust *trust; /* under root document 1, no lists */

static struct trust *trust_under_the_first(void)
{
    struct bytes first = medium_read(medium, "sallyport/root/1.p7m");
    struct trust *made = NULL;
    struct error err = {0};

    assert_ok(trust_new(bytes_view(&first), &made, &err), &err);
    bytes_clear(&first);
    return made;
}

static int set_up(void **state)
{
    medium = medium_small();
    medium_write_root(medium); /* 2: what is followed from 1 */
    trust = trust_under_the_first();
    folder_size = strlen(medium->path) + 1;
    return nftw(medium->path, find, 8, FTW_PHYS);
}

static int tear_down(void **state)
{
    trust_free(trust);
    medium_free(medium);
    return 0;
}

static int judge_list(struct bytes_view list, struct error *err)
{
    struct trust *fresh = trust_under_the_first();
    struct trust_crl in_force;
    int result;

    /* Its issuer must be known, or the list would only wait. */
    for (size_t i = 0; i < found_count; i++) {
        struct trust_verdict *verdict;
        struct bytes document;

        if (found[i].name.kind != VOLUME_EXPORT)
            continue;
        verdict = bytes_allocate(1, sizeof(*verdict));
        document = medium_read(medium, found[i].path);
        assert_ok(trust_judge(fresh, DOCUMENT_EXPORT, NULL, bytes_view(&document), verdict, err),
                  err);
        bytes_clear(&document);
        free(verdict);
    }
    result = trust_add_crl(fresh, list, err);
    /* One that names an issuer whom nobody knows waits, and decides nothing. */
    if (result == 0 && !trust_crl(fresh, 0, &in_force))
        result = error_set(err, ERROR_BAD_CRL, "not in force");
    trust_free(fresh);
    return result;
}

static int judge(const struct found *of, struct bytes_view document, struct error *err)
{
    static const struct {
        enum volume_kind place;
        enum document_kind kind;
    } kinds[] = {
        {VOLUME_PACKAGE, DOCUMENT_PACKAGE},
        {VOLUME_SET, DOCUMENT_SET},
        {VOLUME_EXPORT, DOCUMENT_EXPORT},
    };
    struct trust_verdict *verdict;
    int result = -ERROR_INTERNAL;

    if (of->name.kind == VOLUME_CRL)
        return judge_list(document, err);
    verdict = bytes_allocate(1, sizeof(*verdict));
    if (of->name.kind == VOLUME_ROOT_DOCUMENT)
        result = trust_follow(trust, document, verdict, err);
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (kinds[i].place == of->name.kind)
            result = trust_judge(trust, kinds[i].kind,
                                 kinds[i].kind == DOCUMENT_SET ? MEDIUM_RING : NULL, document,
                                 verdict, err);
    }
    assert_true(verdict->accepted == (result == 0));
    assert_true((verdict->content.size > 0) == (result == 0));
    free(verdict);
    return result;
}

/* What this test is worth: each of these is accepted as it lies there. */
static void every_document_is_accepted_unchanged(void **state)
{
    size_t kinds = 0;

    for (size_t i = 0; i < found_count; i++) {
        struct bytes document = medium_read(medium, found[i].path);
        struct error err = {0};

        if (found[i].name.kind == VOLUME_ROOT_DOCUMENT && found[i].name.number == 2) {
            struct trust *own = trust_under_the_first();

            assert_ok(trust_follow(own, bytes_view(&document), NULL, &err), &err);
            trust_free(own);
        } else {
            assert_ok(judge(&found[i], bytes_view(&document), &err), &err);
        }
        kinds |= (size_t)1 << found[i].name.kind;
        bytes_clear(&document);
    }
    assert_int_equal(kinds, 1U << VOLUME_ROOT_DOCUMENT | 1U << VOLUME_CRL | 1U << VOLUME_SET |
                                1U << VOLUME_PACKAGE | 1U << VOLUME_EXPORT);
}

static void no_changed_byte_is_accepted(void **state)
{
    size_t count = 0, documents = 0;

    for (size_t i = 0; i < found_count; i++) {
        struct bytes document = medium_read(medium, found[i].path);

        /* Root document 1 is what is trusted here; its bytes are the caller's word. */
        if (found[i].name.kind == VOLUME_ROOT_DOCUMENT && found[i].name.number == 1) {
            bytes_clear(&document);
            continue;
        }
        for (size_t at = 0; at < document.size; at += STRIDE, count++) {
            struct error err = {0};
            uint8_t flip = (uint8_t)(1U << at % 8);

            document.data[at] ^= flip;
            if (judge(&found[i], bytes_view(&document), &err) == 0)
                fail_msg("%s: byte %zu changed and accepted", found[i].path, at);
            assert_true(err.code != ERROR_OK && err.words[0] != '\0');
            document.data[at] ^= flip;
        }
        assert_int_equal(trust_root(trust)->version, 1);
        documents++;
        bytes_clear(&document);
    }
    print_message("%zu bytes of %zu documents changed, one at a time: 0 accepted\n", count,
                  documents);
    shows_case("A2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_document_is_accepted_unchanged),
        cmocka_unit_test(no_changed_byte_is_accepted),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
