/* SPDX-License-Identifier: ISC */
#include "mirror/ceremony.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "media/base/bytes.h"
#include "media/base/instant.h"
#include "media/base/path.h"
#include "media/base/publish.h"
#include "media/certify.h"
#include "media/enrolment.h"
#include "media/root.h"
#include "media/sign.h"
#include "media/volume.h"
#include "mirror/key-store.h"
#include "mirror/keyring.h"
#include "mirror/revocation-list.h"
#include "mirror/tree-list.h"

#define CONTENT_KEY_ID "content-1"

/* The leaves in the order in which mirror.conf lists them. */
static const struct leaf {
    const char *name;
    enum document_role role;
    int days;
    bool by_root;       /* issued by the root itself, kept offline */
    bool second_person; /* only with --two-person, under the second passphrase */
} leaves[] = {
    {"root-sign", ROLE_ROOT, KEY_STORE_LEAF_DAYS, true, false},
    {"content", ROLE_CONTENT, KEY_STORE_LEAF_DAYS, false, false},
    {"release", ROLE_RELEASE, KEY_STORE_LEAF_DAYS, false, false},
    {"release-2", ROLE_RELEASE, KEY_STORE_LEAF_DAYS, false, true},
    {"timestamp", ROLE_TIMESTAMP, KEY_STORE_TIMESTAMP_DAYS, false, false},
    {"export", ROLE_EXPORT, KEY_STORE_LEAF_DAYS, false, false},
};

struct work {
    const struct ceremony *ceremony;
    int folder_fd, offline_fd;
    struct settings *settings;
    int64_t now_us;
    struct key *root, *issuer;
    struct bytes root_pem, issuer_pem;     /* zero-terminated */
    struct key *root_sign, *timestamp_key; /* for root document 1 */
};

static int64_t days_after(const struct work *work, int days)
{
    return work->now_us + days * INSTANT_DAY_US;
}

static struct certify_request request(const struct work *work, const char *name, int days)
{
    return (struct certify_request){
        .organisation = work->ceremony->organisation,
        .name = name,
        .not_before_us = work->now_us - INSTANT_HOUR_US,
        .not_after_us = days_after(work, days),
    };
}

static int make_authorities(struct work *work, struct error *err)
{
    struct certify_request root = request(work, "Sallyport root CA", KEY_STORE_ROOT_DAYS);
    struct certify_request issuer = request(work, "Sallyport issuing CA", KEY_STORE_ISSUER_DAYS);
    int result = key_generate(&work->root, err);

    if (result == 0)
        result = key_generate(&work->issuer, err);
    if (result == 0)
        result = certify_root(work->root, &root, &work->root_pem, err);
    if (result == 0)
        result = certify_issuer(work->root, work->issuer, &issuer, &work->issuer_pem, err);
    if (result == 0)
        result = bytes_put_u8(&work->root_pem, 0, err);
    if (result == 0)
        result = bytes_put_u8(&work->issuer_pem, 0, err);
    if (result == 0)
        result = key_set_path(work->issuer, (const char *)work->issuer_pem.data, err);
    if (result == 0)
        result = key_store_write(work->offline_fd, "root", work->root, work->ceremony->passphrase,
                                 &work->root_pem, err);
    if (result == 0)
        result = key_store_write(work->offline_fd, "issuing", work->issuer,
                                 work->ceremony->passphrase, &work->issuer_pem, err);
    if (result == 0)
        result = publish_file(work->folder_fd, REPOSITORY_ROOT_PEM, work->root_pem.data,
                              work->root_pem.size - 1, 0644, err);
    return result;
}

/* Certifies a leaf; its path is the leaf, then the issuing CA unless the root issued it. */
static int certify(struct work *work, const struct leaf *leaf, struct key *key,
                   struct bytes *certificates, struct error *err)
{
    struct certify_request asked = request(work, leaf->name, leaf->days);
    int result = certify_leaf(leaf->by_root ? work->root : work->issuer, key, leaf->role, &asked,
                              certificates, err);

    if (result == 0 && !leaf->by_root)
        result = bytes_put(certificates, work->issuer_pem.data, work->issuer_pem.size - 1, err);
    if (result == 0)
        result = bytes_put_u8(certificates, 0, err);
    if (result == 0)
        result = key_set_path(key, (const char *)certificates->data, err);
    return result;
}

/* Writes a key into keys/ and names it in the settings. */
static int keep(struct work *work, const char *name, enum document_role role, const struct key *key,
                const char *passphrase, const struct bytes *certificates, struct error *err)
{
    char locator[LIMIT_NAME_BYTES + 32], beside[LIMIT_NAME_BYTES + 32];
    int fd;
    int result = path_open_folder(work->folder_fd, REPOSITORY_KEYS, &fd, err);

    if (result < 0)
        return result;
    result = key_store_write(fd, name, key, passphrase, certificates, err);
    (void)close(fd);
    snprintf(locator, sizeof(locator), REPOSITORY_KEYS "/%s.key", name);
    snprintf(beside, sizeof(beside), REPOSITORY_KEYS "/%s.pem", name);
    return result < 0 ? result : settings_add_key(work->settings, name, role, locator, beside, err);
}

/* The second person needs timestamps too: the same key under their passphrase. */
static int keep_for_both(struct work *work, const struct leaf *leaf, const struct key *key,
                         const struct bytes *certificates, struct error *err)
{
    const struct ceremony *ceremony = work->ceremony;
    const char *passphrase =
        leaf->second_person ? ceremony->second_passphrase : ceremony->passphrase;
    int result = keep(work, leaf->name, leaf->role, key, passphrase, certificates, err);

    if (result == 0 && leaf->role == ROLE_TIMESTAMP && ceremony->second_passphrase != NULL)
        result = keep(work, "timestamp-2", leaf->role, key, ceremony->second_passphrase,
                      certificates, err);
    return result;
}

static int make_leaf(struct work *work, const struct leaf *leaf, struct error *err)
{
    struct bytes certificates;
    struct key *key = NULL;
    int result = key_generate(&key, err);

    bytes_init(&certificates, KEY_STORE_PEM_BYTES);
    if (result == 0)
        result = certify(work, leaf, key, &certificates, err);
    if (result == 0)
        result = leaf->by_root ? key_store_write(work->offline_fd, leaf->name, key,
                                                 work->ceremony->passphrase, &certificates, err)
                               : keep_for_both(work, leaf, key, &certificates, err);
    if (result == 0 && leaf->role == ROLE_ROOT) {
        work->root_sign = key;
        key = NULL;
    } else if (result == 0 && leaf->role == ROLE_TIMESTAMP) {
        work->timestamp_key = key;
        key = NULL;
    }
    bytes_clear(&certificates);
    key_free(key);
    return result < 0 ? error_context(err, "key %s", leaf->name) : 0;
}

static int write_lists(const struct work *work, struct error *err)
{
    const struct revocation_list empty = {.count = 0};
    uint64_t number;
    int fd;
    int result = path_open_folder(work->folder_fd, REPOSITORY_TREE, &fd, err);

    if (result < 0)
        return result;
    result = revocation_list_publish(&empty, work->root, fd, work->now_us, &number, err);
    if (result == 0)
        result = revocation_list_publish(&empty, work->issuer, fd, work->now_us, &number, err);
    (void)close(fd);
    return result;
}

static void describe_rings(const struct ceremony *ceremony, struct root_document *root)
{
    root->ring_count = ceremony->ring_count;
    for (size_t i = 0; i < ceremony->ring_count; i++) {
        struct root_ring *ring = &root->rings[i];
        bool last = i + 1 == ceremony->ring_count;

        snprintf(ring->name, sizeof(ring->name), "%s", ceremony->rings[i]);
        ring->threshold = last && ceremony->two_person ? 2 : 1;
        ring->production = last;
        wave_everyone(&ring->waves);
    }
}

static int describe_root(const struct work *work, struct root_document *root, struct error *err)
{
    static const enum document_role signing[] = {ROLE_ROOT, ROLE_CONTENT, ROLE_RELEASE,
                                                 ROLE_TIMESTAMP, ROLE_EXPORT};
    struct bytes_view path[LIMIT_CHAIN_CERTIFICATES];

    *root = (struct root_document){
        .version = 1,
        .root_count = 1,
        .window_before_us = 5 * INSTANT_MINUTE_US,
        .window_after_us = 15 * INSTANT_MINUTE_US,
        .expires_us = days_after(work, KEY_STORE_DOCUMENT_DAYS),
    };
    for (size_t i = 0; i < sizeof(signing) / sizeof(signing[0]); i++)
        root->roles[signing[i]].threshold = 1;
    describe_rings(work->ceremony, root);
    bytes_init(&root->roots[0], LIMIT_CERTIFICATE_BYTES);
    if (key_path(work->root, path) == 0)
        return error_set(err, ERROR_INTERNAL, "the root key has no certificate");
    return bytes_put(&root->roots[0], path[0].data, path[0].size, err);
}

static int sign_root(const struct work *work, struct bytes_view json, struct bytes *document,
                     struct error *err)
{
    const struct key *const keys[] = {work->root_sign};
    /* Always by our own authority: no server can hold a certificate of a site that is just being
     * founded. It gets keys/timestamp.key afterwards, or a certificate of its own. */
    struct sign_timestamper timestamper = {.key = work->timestamp_key};

    return sign_document(DOCUMENT_ROOT, json, keys, 1, &timestamper, document, NULL, err);
}

/* The first content key, in the form of an enrolment: a file that is sealed well already. */
static int write_content_keys(const struct work *work, const struct bytes *root, struct error *err)
{
    const char *passphrase = work->ceremony->passphrase;
    struct enrolment keys = {.made_us = work->now_us, .root_count = 1, .key_count = 1};
    struct bytes roots, file;
    int result = 0;

    snprintf(keys.endpoint, sizeof(keys.endpoint), "mirror");
    snprintf(keys.ring, sizeof(keys.ring), "%s", work->ceremony->rings[0]);
    snprintf(keys.keys[0].id, sizeof(keys.keys[0].id), CONTENT_KEY_ID);
    roots = *root; /* borrowed: not cleared with keys */
    keys.roots = &roots;
    bytes_init(&file, LIMIT_ENROLMENT_BYTES);
    if (getrandom(keys.keys[0].key, sizeof(keys.keys[0].key), 0) < 0 ||
        getrandom(keys.serial, sizeof(keys.serial), 0) < 0 ||
        getrandom(keys.token, sizeof(keys.token), 0) < 0)
        result = error_set_errno(err, ERROR_IO, errno, "no random bytes");
    if (result == 0)
        result = enrolment_write(&keys, passphrase != NULL ? passphrase : KEYRING_NO_PASSPHRASE,
                                 &file, err);
    if (result == 0)
        result =
            publish_file(work->folder_fd, KEYRING_CONTENT_KEYS, file.data, file.size, 0600, err);
    bytes_wipe(&keys, sizeof(keys));
    bytes_clear(&file);
    return result;
}

static int write_root_document(const struct work *work, uint8_t digest[static DIGEST_BYTES],
                               struct error *err)
{
    struct root_document root;
    struct bytes json = {0}, document;
    int result = describe_root(work, &root, err);

    bytes_init(&document, LIMIT_ROOT_BYTES);
    if (result == 0)
        result = root_write(&root, &json, err);
    if (result == 0)
        result = sign_root(work, bytes_view(&json), &document, err);
    if (result == 0) {
        digest_of(json.data, json.size, digest);
        result = publish_file(work->folder_fd, REPOSITORY_TREE "/" VOLUME_ROOT "/root/1.p7m",
                              document.data, document.size, 0644, err);
    }
    if (result == 0)
        result = write_content_keys(work, &document, err);
    root_clear(&root);
    bytes_clear(&json);
    bytes_clear(&document);
    return result;
}

static int make_tree(const struct work *work, struct error *err)
{
    static const char *const folders[] = {"root", "crl", "rings", "packages", "recipes", "packs"};
    char path[VOLUME_NAME_BYTES];
    int result = path_make_folders(work->folder_fd, REPOSITORY_KEYS, 0700, err);

    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]) && result == 0; i++) {
        snprintf(path, sizeof(path), REPOSITORY_TREE "/" VOLUME_ROOT "/%s", folders[i]);
        result = path_make_folders(work->folder_fd, path, 0755, err);
    }
    if (result == 0)
        result = publish_file(work->folder_fd, REPOSITORY_TREE "/" VOLUME_ROOT "/FORMAT",
                              VOLUME_FORMAT_TEXT, strlen(VOLUME_FORMAT_TEXT), 0644, err);
    return result;
}

static int write_index(const struct work *work, struct error *err)
{
    int tree_fd;
    int result = path_open_folder(work->folder_fd, REPOSITORY_TREE, &tree_fd, err);

    if (result < 0)
        return result;
    result = tree_list_write(tree_fd, NULL, err);
    (void)close(tree_fd);
    return result;
}

static int write_settings(const struct work *work, struct error *err)
{
    struct bytes text;
    int result;

    bytes_init(&text, SETTINGS_BYTES);
    result = settings_write(work->settings, &text, err);
    if (result == 0)
        result = publish_file(work->folder_fd, SETTINGS_FILE, text.data, text.size, 0644, err);
    bytes_clear(&text);
    return result;
}

int ceremony_hold(const struct ceremony *ceremony, int folder_fd, int offline_fd,
                  struct settings *settings, uint8_t root_digest[static DIGEST_BYTES],
                  struct error *err)
{
    struct work work = {.ceremony = ceremony,
                        .folder_fd = folder_fd,
                        .offline_fd = offline_fd,
                        .settings = settings,
                        .now_us = instant_clock()};
    int result;

    work.now_us -= work.now_us % INSTANT_SECOND_US;
    bytes_init(&work.root_pem, KEY_STORE_PEM_BYTES);
    bytes_init(&work.issuer_pem, KEY_STORE_PEM_BYTES);
    settings->organisation = bytes_copy_string(ceremony->organisation);
    settings->unprotected = ceremony->passphrase == NULL;
    result = make_tree(&work, err);
    if (result == 0)
        result = make_authorities(&work, err);
    for (size_t i = 0; i < sizeof(leaves) / sizeof(leaves[0]) && result == 0; i++) {
        if (!leaves[i].second_person || ceremony->two_person)
            result = make_leaf(&work, &leaves[i], err);
    }
    if (result == 0)
        result = write_lists(&work, err);
    if (result == 0)
        result = write_root_document(&work, root_digest, err);
    if (result == 0)
        result = write_index(&work, err);
    if (result == 0)
        result = write_settings(&work, err);
    key_free(work.root);
    key_free(work.issuer);
    key_free(work.root_sign);
    key_free(work.timestamp_key);
    bytes_clear(&work.root_pem);
    bytes_clear(&work.issuer_pem);
    return result;
}
