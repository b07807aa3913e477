/* SPDX-License-Identifier: ISC */
#include "mirror/key-view.h"

#include <stdlib.h>
#include <string.h>

#include "media/base/instant.h"
#include "media/chain.h"
#include "media/pem.h"
#include "mirror/keyring.h"
#include "mirror/revocation-list.h"

#define PEM_END "-----END CERTIFICATE-----\n"

static int take_certificate(struct key_view *view, const char *text, size_t size, struct error *err)
{
    char *one = bytes_allocate(1, size + 1);
    int result;

    memcpy(one, text, size);
    result = pem_read(one, "CERTIFICATE", LIMIT_CERTIFICATE_BYTES, &view->der[view->count], err);
    free(one);
    if (result == 0)
        result =
            certificate_parse(bytes_view(&view->der[view->count]), &view->path[view->count], err);
    view->count++;
    return result;
}

static int take_path(struct key_view *view, const char *text, struct error *err)
{
    const char *end;
    int result = 0;

    while (result == 0 && (end = strstr(text, PEM_END)) != NULL) {
        if (view->count == LIMIT_CHAIN_CERTIFICATES)
            return error_set(err, ERROR_LIMIT, "more than CHAIN_CERTIFICATES (%d)",
                             LIMIT_CHAIN_CERTIFICATES);
        end += strlen(PEM_END);
        result = take_certificate(view, text, (size_t)(end - text), err);
        text = end;
    }
    if (result == 0 && (view->count == 0 || *text != '\0'))
        result = error_set(err, ERROR_BAD_CERTIFICATE, "expected PEM certificates, leaf first");
    return result;
}

int key_view_read(const struct repository *repository, const char *certificates,
                  struct key_view *view, struct error *err)
{
    struct bytes pem;
    int result = keyring_certificates(repository, certificates, &pem, err);

    *view = (struct key_view){.count = 0};
    if (result == 0)
        result = take_path(view, (const char *)pem.data, err);
    if (result == 0)
        certificate_key_id(&view->path[0], view->id);
    bytes_clear(&pem);
    return result < 0 ? error_context(err, "%s", certificates) : 0;
}

void key_view_clear(struct key_view *view)
{
    for (size_t i = 0; i < view->count; i++)
        bytes_clear(&view->der[i]);
    *view = (struct key_view){.count = 0};
}

static int read_roots(const struct root_document *root, struct chain_roots *roots,
                      struct error *err)
{
    int result = 0;

    for (size_t i = 0; i < root->root_count && result == 0; i++)
        result = chain_add_root(roots, bytes_view(&root->roots[i]), err);
    return result;
}

int key_view_judge(const struct repository *repository, const struct key_view *view,
                   const struct root_document *root, enum document_role role, int64_t at_us,
                   struct error *err)
{
    const struct certificate *path[LIMIT_CHAIN_CERTIFICATES];
    struct chain_roots *roots = bytes_allocate(1, sizeof(*roots));
    size_t last = 0;
    int result = read_roots(root, roots, err);

    for (size_t i = 0; i < view->count; i++)
        path[i] = &view->path[i];
    if (result == 0)
        result = chain_verify(roots, path, view->count, role, at_us, &last, err);
    for (size_t i = 0; i < view->count && result == 0; i++)
        result = revocation_list_judge(
            repository, i + 1 < view->count ? path[i + 1] : &roots->certificates[last], path[i],
            role, at_us, err);
    free(roots);
    return result;
}

bool key_view_holds(const struct key_view *view, const struct certificate *certificate)
{
    for (size_t i = 0; i < view->count; i++) {
        if (bytes_equal(view->path[i].der, certificate->der))
            return true;
    }
    return false;
}

static bool is_good(const struct repository *repository, const struct settings_key *key,
                    const struct root_document *root, const struct certificate *without)
{
    struct error ignored = {.code = ERROR_OK};
    struct key_view view;
    bool good = key_view_read(repository, key->certificates, &view, &ignored) == 0 &&
                key_view_judge(repository, &view, root, key->role, instant_clock(), &ignored) == 0;

    if (good && without != NULL)
        good = !key_view_holds(&view, without);
    key_view_clear(&view);
    return good;
}

uint64_t key_view_count(const struct repository *repository, const struct root_document *root,
                        enum document_role role, const struct certificate *without)
{
    const struct settings *settings = &repository->settings;
    uint64_t good = 0;

    for (size_t i = 0; i < settings->key_count; i++)
        good += settings->keys[i].role == role &&
                is_good(repository, &settings->keys[i], root, without);
    return good;
}

int key_view_enough(const struct repository *repository, const struct root_document *root,
                    enum document_role role, const struct certificate *without, struct error *err)
{
    const struct settings *settings = &repository->settings;
    uint64_t needed = root->roles[role].threshold, good;

    if (role == ROLE_TIMESTAMP && settings->tsa_url != NULL)
        return 0;
    for (size_t i = 0; i < root->ring_count && role == ROLE_RELEASE; i++)
        needed = root->rings[i].threshold > needed ? root->rings[i].threshold : needed;
    good = key_view_count(repository, root, role, without);
    if (good >= needed)
        return 0;
    return error_set(err, ERROR_NOT_FOUND,
                     "then %llu good %s key%s would be left of %llu that are needed; first: "
                     "sallyport-mirror keys issue %s",
                     (unsigned long long)good, document_role_row(role)->name, good == 1 ? "" : "s",
                     (unsigned long long)needed, document_role_row(role)->name);
}
