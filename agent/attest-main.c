/* SPDX-License-Identifier: ISC
 *
 * sallyport-attest: the endpoint's own key, in a process that does nothing else (attest-protocol.h).
 * It signs what it is given; what that says was decided, and recorded, before.
 */
#include <config.h>

#include <errno.h>
#include <gnutls/crypto.h>
#include <string.h>
#include <unistd.h>

#include "agent/attest-key.h"
#include "agent/attest-protocol.h"
#include "media/base/frame.h"
#include "media/base/log.h"
#include "media/base/sandbox.h"
#include "media/base/spawn.h"

#define KEY_FD       SPAWN_FD_FIRST
#define MEMORY_BYTES (512 * MIB)
#define OPEN_FILES   16

static int write_file(const struct bytes *text, struct error *err)
{
    size_t done = 0;

    while (done < text->size) {
        ssize_t size = write(KEY_FD, text->data + done, text->size - done);

        if (size <= 0)
            return error_set_errno(err, ERROR_IO, errno, "the endpoint's key");
        done += (size_t)size;
    }
    return 0;
}

static int read_file(struct bytes *text, struct error *err)
{
    uint8_t part[4096];
    ssize_t size;
    int result = 0;

    while (result == 0 && (size = read(KEY_FD, part, sizeof(part))) > 0)
        result = bytes_put(text, part, (size_t)size, err);
    if (result == 0 && size < 0)
        result = error_set_errno(err, ERROR_IO, errno, "the endpoint's key");
    bytes_wipe(part, sizeof(part));
    return result;
}

static int create(const struct frame *frame, struct error *err)
{
    char name[LIMIT_NAME_BYTES + 1] = "";
    struct bytes text;
    int result;

    if (frame->body.size == 0 || frame->body.size > LIMIT_NAME_BYTES)
        return error_set(err, ERROR_PROTOCOL, "an endpoint's name of %zu bytes", frame->body.size);
    memcpy(name, frame->body.data, frame->body.size);
    bytes_init(&text, LIMIT_KEY_FILE_BYTES);
    result = attest_key_create(name, &text, err);
    if (result == 0)
        result = write_file(&text, err);
    bytes_clear(&text);
    return result == 0 ? frame_send(SPAWN_FD_SOCKET, ATTEST_CREATED, NULL, 0, NULL, 0, -1, err)
                       : result;
}

static int sign(const struct frame *frame, struct error *err)
{
    struct bytes file, answer;
    int result;

    bytes_init(&file, LIMIT_KEY_FILE_BYTES);
    bytes_init(&answer, LIMIT_MESSAGE_BYTES);
    result = read_file(&file, err);
    if (result == 0)
        result = attest_key_sign(bytes_view(&file), bytes_view(&frame->body), &answer, err);
    if (result == 0)
        result =
            frame_send(SPAWN_FD_SOCKET, ATTEST_SIGNED, answer.data, answer.size, NULL, 0, -1, err);
    bytes_clear(&file);
    bytes_clear(&answer);
    return result;
}

static int serve(struct error *err)
{
    struct frame frame;
    int result = frame_receive(SPAWN_FD_SOCKET, LIMIT_STATEMENT_BYTES, -1, &frame, err);

    if (result < 0)
        return result;
    if (frame.type == ATTEST_CREATE)
        result = create(&frame, err);
    else if (frame.type == ATTEST_SIGN)
        result = sign(&frame, err);
    else
        result = error_set(err, ERROR_PROTOCOL, "message %u", (unsigned)frame.type);
    frame_clear(&frame);
    return result;
}

static void tell(const struct error *why)
{
    struct error ignored;
    json_t *body = json_pack("{s:s, s:s}", "code", error_name(why->code), "words", why->words);

    if (body != NULL)
        (void)!frame_send_json(SPAWN_FD_SOCKET, ATTEST_ERROR, body, NULL, 0, -1, &ignored);
    json_decref(body);
}

int main(void)
{
    const struct sandbox_profile profile = {.name = "attest",
                                            .memory_bytes = MEMORY_BYTES,
                                            .file_bytes = LIMIT_KEY_FILE_BYTES,
                                            .open_files = OPEN_FILES};
    struct error err = {0};
    uint8_t random;
    int result;

    log_open("attest", SPAWN_FD_LOG, LOG_LEVEL_INFO);
    json_object_seed(0);
    /* GnuTLS has read what it reads at its start, and has its generator. */
    if (gnutls_rnd(GNUTLS_RND_NONCE, &random, sizeof(random)) < 0)
        return 1;
    result = sandbox_enter(&profile, &err);
    if (result == 0)
        result = sandbox_seal(&profile, &err);
    if (result == 0)
        result = serve(&err);
    if (result < 0 && err.code != ERROR_PEER_GONE)
        tell(&err);
    return result < 0 ? 1 : 0;
}
