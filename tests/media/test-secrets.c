/* SPDX-License-Identifier: ISC
 *
 * After a secret has been used and freed, no copy of it is left in this process's heap. The heap is
 * read through /proc/self/mem; what is looked for is kept masked, so that it is not found in us.
 * Only the second half of a secret counts: the allocator itself overwrites the first bytes of what
 * it takes back.
 */
#include "config.h"

#include "tests/media/site.h"

#include <gnutls/abstract.h>

#include "media/enrolment.h"
#include "tests/scratch.h"

#define MASK        0xa5
#define NEEDLE_MOST 64

struct needle {
    size_t size;
    uint8_t masked[NEEDLE_MOST];
};

/* The second half of a secret; the secret itself is wiped. */
static struct needle hide(void *secret, size_t size)
{
    struct needle needle = {.size = size - size / 2};
    const uint8_t *half = (const uint8_t *)secret + size / 2;

    assert_true(needle.size <= NEEDLE_MOST && needle.size >= 8);
    for (size_t i = 0; i < needle.size; i++)
        needle.masked[i] = half[i] ^ MASK;
    bytes_wipe(secret, size);
    return needle;
}

static size_t count_in(const uint8_t *data, size_t size, const struct needle *needle)
{
    size_t found = 0;

    for (size_t i = 0; i + needle->size <= size; i++) {
        size_t same = 0;

        while (same < needle->size && (data[i + same] ^ MASK) == needle->masked[same])
            same++;
        found += same == needle->size;
    }
    return found;
}

/* The heap, copied to memory that is not in it. */
static size_t count_in_heap(const struct needle *needle)
{
    static uint8_t copy[64 * MIB];
    FILE *maps = fopen("/proc/self/maps", "re");
    int memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
    unsigned long begin = 0, end = 0;
    char line[512];
    size_t found;

    assert_non_null(maps);
    assert_true(memory >= 0);
    while (fgets(line, sizeof(line), maps) != NULL) {
        if (strstr(line, "[heap]") != NULL)
            assert_int_equal(sscanf(line, "%lx-%lx", &begin, &end), 2);
    }
    fclose(maps);
    assert_true(begin < end && end - begin <= sizeof(copy));
    assert_int_equal(pread(memory, copy, end - begin, (off_t)begin), end - begin);
    close(memory);
    found = count_in(copy, end - begin, needle);
    bytes_wipe(copy, end - begin);
    return found;
}

/* The method itself: it finds what is there, and no longer what has been wiped. */
static void a_secret_on_the_heap_is_found_until_it_is_wiped(void **state)
{
    char *text = bytes_copy_string("the walrus and the carpenter");
    char copy[] = "the walrus and the carpenter";
    struct needle needle = hide(copy, strlen(copy));

    assert_int_equal(count_in_heap(&needle), 1);
    bytes_wipe(text, strlen(text));
    assert_int_equal(count_in_heap(&needle), 0);
    free(text);
}

/* The private scalar of a key: bytes after the OCTET STRING header in its PKCS#8. */
static struct needle scalar_of(const struct key *key, const struct scratch *scratch,
                               const char *secret)
{
    struct error err = {0};
    struct bytes pem;
    uint8_t scalar[DIGEST_BYTES];
    size_t size = sizeof(scalar);
    gnutls_privkey_t handle = key_handle(key);
    gnutls_datum_t x = {0}, y = {0}, k = {0};
    gnutls_ecc_curve_t curve;

    assert_int_equal(gnutls_privkey_export_ecc_raw2(handle, &curve, &x, &y, &k, 0), 0);
    assert_true(k.size >= size);
    memcpy(scalar, k.data + k.size - size, size);
    bytes_wipe(k.data, k.size);
    gnutls_free(x.data);
    gnutls_free(y.data);
    gnutls_free(k.data);
    bytes_init(&pem, LIMIT_KEY_FILE_BYTES);
    assert_ok(key_export(key, secret, &pem, &err), &err);
    assert_ok(bytes_put_u8(&pem, '\0', &err), &err);
    scratch_write(scratch, "key.pem", (const char *)pem.data);
    bytes_clear(&pem);
    return hide(scalar, size);
}

static void no_private_key_is_left(void **state)
{
    struct scratch *scratch = *state;
    uint8_t digest[DIGEST_BYTES] = {1};
    struct error err = {0};
    struct key *key = NULL;
    struct bytes signature;
    struct needle scalar;
    char path[512];

    bytes_init(&signature, 128);
    snprintf(path, sizeof(path), "%s/key.pem", scratch->path);
    assert_ok(key_generate(&key, &err), &err);
    scalar = scalar_of(key, scratch, "a passphrase of this test");
    key_free(key);
    assert_int_equal(count_in_heap(&scalar), 0);
    assert_ok(key_open(path, NULL, "a passphrase of this test", &key, &err), &err);
    assert_ok(key_sign(key, digest, &signature, &err), &err);
    key_free(key);
    assert_int_equal(count_in_heap(&scalar), 0);
    bytes_clear(&signature);
    shows_case("J9");
}

static void no_passphrase_is_left_after_a_key_was_opened(void **state)
{
    struct scratch *scratch = *state;
    char secret[] = "an uncommon passphrase, 42 characters long";
    struct error err = {0};
    struct key *key = NULL;
    struct needle needle;
    char path[512];

    snprintf(path, sizeof(path), "%s/key.pem", scratch->path);
    assert_ok(key_generate(&key, &err), &err);
    scalar_of(key, scratch, secret);
    key_free(key);
    assert_ok(key_open(path, NULL, secret, &key, &err), &err);
    key_free(key);
    needle = hide(secret, strlen(secret));
    assert_int_equal(count_in_heap(&needle), 0);
    shows_case("J9");
}

static void no_key_or_token_of_an_enrolment_is_left(void **state)
{
    struct enrolment enrolment = {.endpoint = "gate-7", .ring = "public", .root_count = 1};
    uint8_t token[ENROLMENT_TOKEN_BYTES], key[ENROLMENT_KEY_BYTES];
    struct error err = {0};
    struct bytes root, file;
    struct enrolment read;
    struct needle needles[2];

    digest_of("token", 5, (uint8_t[DIGEST_BYTES]){0});
    for (uint8_t i = 0; i < ENROLMENT_TOKEN_BYTES; i++) {
        token[i] = (uint8_t)(i * 7 + 1);
        key[i] = (uint8_t)(i * 11 + 3);
    }
    memcpy(enrolment.token, token, sizeof(token));
    memcpy(enrolment.keys[0].id, "k", 2);
    memcpy(enrolment.keys[0].key, key, sizeof(key));
    enrolment.key_count = 1;
    bytes_init(&root, 16);
    bytes_init(&file, LIMIT_ENROLMENT_BYTES);
    assert_ok(bytes_put(&root, "root", 4, &err), &err);
    enrolment.roots = &root;
    assert_ok(enrolment_write(&enrolment, "secret", &file, &err), &err);
    assert_ok(enrolment_open(bytes_view(&file), "secret", &read, &err), &err);
    enrolment_clear(&read);
    needles[0] = hide(token, sizeof(token));
    needles[1] = hide(key, sizeof(key));
    assert_int_equal(count_in_heap(&needles[0]), 0);
    assert_int_equal(count_in_heap(&needles[1]), 0);
    bytes_clear(&root);
    bytes_clear(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_secret_on_the_heap_is_found_until_it_is_wiped),
        cmocka_unit_test_setup_teardown(no_private_key_is_left, scratch_open, scratch_close),
        cmocka_unit_test_setup_teardown(no_passphrase_is_left_after_a_key_was_opened, scratch_open,
                                        scratch_close),
        cmocka_unit_test(no_key_or_token_of_an_enrolment_is_left),
    };

#ifdef WITH_SANITIZERS
    printf("1..0 # SKIP a sanitizer's allocator keeps what was freed elsewhere\n");
    return (int)(sizeof(tests) - sizeof(tests));
#else
    return cmocka_run_group_tests(tests, NULL, NULL);
#endif
}
