/* SPDX-License-Identifier: ISC */
#include "tests/scratch.h"

#include <sys/stat.h>

#include "mirror/ceremony.h"
#include "mirror/founding.h"
#include "mirror/keyring.h"

/* A two-person repository whose persons have the passphrases "alpha" and "beta". */
struct keys {
    struct scratch *scratch;
    struct repository *repository;
};

static int open_keys(void **state)
{
    struct ceremony ceremony = {.organisation = "Test",
                                .ring_count = 1,
                                .rings = {"site"},
                                .passphrase = "alpha",
                                .two_person = true,
                                .second_passphrase = "beta"};
    struct keys *keys = bytes_allocate(1, sizeof(*keys));
    struct settings settings = {.set_days = 30};
    uint8_t digest[DIGEST_BYTES];
    struct founding founding;
    struct error err = {.code = ERROR_OK};
    void *scratch = NULL;
    char path[512];

    if (scratch_open(&scratch) < 0)
        return -1;
    keys->scratch = scratch;
    snprintf(path, sizeof(path), "%s/repo", keys->scratch->path);
    assert_ok(founding_begin(path, NULL, &founding, &err), &err);
    assert_ok(
        ceremony_hold(&ceremony, founding.work_fd, founding.offline_fd, &settings, digest, &err),
        &err);
    assert_ok(founding_complete(&founding, &err), &err);
    founding_end(&founding, true);
    settings_clear(&settings);
    assert_ok(repository_open(path, REPOSITORY_LOOK, "test", &keys->repository, &err), &err);
    *state = keys;
    return 0;
}

static int close_keys(void **state)
{
    struct keys *keys = *state;
    void *scratch = keys->scratch;

    repository_close(keys->repository);
    free(keys);
    return scratch_close(&scratch);
}

static const struct command_option options[] = {
    KEYRING_OPTIONS,
    {"json", 0, COMMAND_FLAG, NULL, "no prompts"},
};

static int with_key(const struct command_invocation *invocation, struct error *err);

/* What one run of a verb is to open, and with which passphrase. */
static struct attempt {
    const struct repository *repository;
    enum document_role role;
    const char *chosen;
    uint8_t id[DIGEST_BYTES];
    struct error err;
} attempt;

static int with_key(const struct command_invocation *invocation, struct error *err)
{
    struct keyring *keyring = keyring_new(attempt.repository, invocation, "");
    struct key *key = NULL;
    int result = keyring_key(keyring, attempt.role, attempt.chosen, &key, &attempt.err);

    if (result == 0)
        result = key_id(key, attempt.id, &attempt.err);
    key_free(key);
    keyring_free(keyring);
    return result < 0 ? 1 : 0;
}

/* Goes through a real command line, as the options do. 0, or the code of the refusal. */
static int try(const struct keys *keys, enum document_role role, const char *chosen,
               const char *passphrase)
{
    static const char *const examples[] = {"try", NULL};
    static const struct command verb = {.name = "try",
                                        .arguments = "",
                                        .summary = "Open a key",
                                        .examples = examples,
                                        .run = with_key};
    static const struct command *const verbs[] = {&verb, NULL};
    static const struct command_program program = {.name = "test",
                                                   .summary = "Open keys",
                                                   .commands = verbs,
                                                   .options = options,
                                                   .option_count =
                                                       sizeof(options) / sizeof(options[0])};
    char file[512], program_name[] = "test", verb_name[] = "try", json[] = "--json",
                    option[] = "--passphrase-file";
    char *argv[] = {program_name, verb_name, json, option, file, NULL};
    int fd;

    snprintf(file, sizeof(file), "%s/secret", keys->scratch->path);
    fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    if (passphrase != NULL)
        assert_int_equal(write(fd, passphrase, strlen(passphrase)), strlen(passphrase));
    close(fd);
    attempt = (struct attempt){.repository = keys->repository, .role = role, .chosen = chosen};
    if (passphrase == NULL)
        argv[3] = NULL;
    (void)command_main(&program, passphrase == NULL ? 3 : 5, argv);
    return (int)attempt.err.code;
}

static void each_person_opens_their_own_release_key(void **state)
{
    const struct keys *keys = *state;
    uint8_t first[DIGEST_BYTES];

    assert_int_equal(try(keys, ROLE_RELEASE, NULL, "alpha"), ERROR_OK);
    memcpy(first, attempt.id, DIGEST_BYTES);
    assert_int_equal(try(keys, ROLE_RELEASE, NULL, "beta"), ERROR_OK);
    assert_memory_not_equal(first, attempt.id, DIGEST_BYTES);
    assert_int_equal(try(keys, ROLE_RELEASE, "release", "beta"), ERROR_WRONG_SECRET);
    assert_int_equal(try(keys, ROLE_RELEASE, "release-2", "alpha"), ERROR_WRONG_SECRET);
}

static void both_persons_get_timestamps_from_one_key(void **state)
{
    const struct keys *keys = *state;
    uint8_t first[DIGEST_BYTES];

    assert_int_equal(try(keys, ROLE_TIMESTAMP, NULL, "alpha"), ERROR_OK);
    memcpy(first, attempt.id, DIGEST_BYTES);
    assert_int_equal(try(keys, ROLE_TIMESTAMP, NULL, "beta"), ERROR_OK);
    assert_memory_equal(first, attempt.id, DIGEST_BYTES);
}

static void the_second_person_signs_no_content(void **state)
{
    assert_int_equal(try(*state, ROLE_CONTENT, NULL, "beta"), ERROR_WRONG_SECRET);
    assert_int_equal(try(*state, ROLE_EXPORT, NULL, "beta"), ERROR_WRONG_SECRET);
}

static void without_a_passphrase_nothing_opens(void **state)
{
    assert_int_equal(try(*state, ROLE_CONTENT, NULL, NULL), ERROR_SECRET_NEEDED);
    assert_int_equal(try(*state, ROLE_CONTENT, NULL, "gamma"), ERROR_WRONG_SECRET);
}

static void a_key_is_chosen_by_name_locator_or_file(void **state)
{
    const struct keys *keys = *state;
    uint8_t by_name[DIGEST_BYTES];
    char file[600];

    assert_int_equal(try(keys, ROLE_RELEASE, "release", "alpha"), ERROR_OK);
    memcpy(by_name, attempt.id, DIGEST_BYTES);
    assert_int_equal(try(keys, ROLE_RELEASE, "keys/release.key", "alpha"), ERROR_OK);
    assert_memory_equal(by_name, attempt.id, DIGEST_BYTES);
    snprintf(file, sizeof(file), "%s/repo/keys/release.key", keys->scratch->path);
    assert_int_equal(try(keys, ROLE_RELEASE, file, "alpha"), ERROR_OK);
    assert_memory_equal(by_name, attempt.id, DIGEST_BYTES);
    assert_int_equal(try(keys, ROLE_RELEASE, "content", "alpha"), ERROR_WRONG_ROLE);
    assert_int_equal(try(keys, ROLE_RELEASE, "nobody", "alpha"), ERROR_NOT_FOUND);
    assert_int_equal(try(keys, ROLE_RELEASE, "/nonexistent.key", "alpha"), ERROR_NOT_FOUND);
    assert_int_equal(try(keys, ROLE_ROOT, NULL, "alpha"), ERROR_NOT_FOUND);
}

static void key_files_are_private_and_encrypted(void **state)
{
    static const char *const files[] = {"keys/content.key",
                                        "keys/release.key",
                                        "keys/release-2.key",
                                        "keys/timestamp.key",
                                        "keys/export.key",
                                        "root-key-MOVE-OFFLINE/root.key",
                                        "root-key-MOVE-OFFLINE/issuing.key",
                                        "root-key-MOVE-OFFLINE/root-sign.key"};
    const struct keys *keys = *state;
    struct error err = {.code = ERROR_OK};
    struct stat status;
    struct bytes pem;

    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        assert_int_equal(fstatat(keys->repository->fd, files[i], &status, 0), 0);
        assert_int_equal(status.st_mode & 0777, 0600);
        assert_ok(path_read(keys->repository->fd, files[i], 65536, &pem, &err), &err);
        assert_non_null(memmem(pem.data, pem.size, "BEGIN ENCRYPTED PRIVATE KEY", 27));
        bytes_clear(&pem);
    }
    assert_int_equal(fstatat(keys->repository->fd, "keys", &status, 0), 0);
    assert_int_equal(status.st_mode & 0777, 0700);
}

#define keys_test(function) cmocka_unit_test_setup_teardown(function, open_keys, close_keys)

int main(void)
{
    const struct CMUnitTest tests[] = {
        keys_test(each_person_opens_their_own_release_key),
        keys_test(both_persons_get_timestamps_from_one_key),
        keys_test(the_second_person_signs_no_content),
        keys_test(without_a_passphrase_nothing_opens),
        keys_test(a_key_is_chosen_by_name_locator_or_file),
        keys_test(key_files_are_private_and_encrypted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
