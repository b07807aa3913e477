/* SPDX-License-Identifier: ISC
 *
 * A driver that breaks the protocol in the way that its own name asks for: the test links it as
 * sallyport-driver-WAY.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "media/base/driver-protocol.h"
#include "media/base/frame.h"
#include "media/base/limits.h"
#include "media/base/spawn.h"

#define HELLO_READS(family, reads)                                                                 \
    "{\"abi\":[1,1],\"family\":\"" family "\",\"reads\":" reads ",\"sandbox\":{},"                 \
    "\"types\":[{\"name\":\"null\",\"schema\":[1,1]}]}"
#define HELLO(family) HELLO_READS(family, "[]")
#define READS(name)   "{\"name\":\"" name "\",\"schema\":[1,1]}"
#define REFUSAL(code, more)                                                                        \
    "{\"code\":\"" code                                                                            \
    "\",\"file\":\"\",\"item\":\"\",\"line\":0,\"ok\":false,\"words\":\"w\"" more "}"
#define OK "{\"ok\":true}"

static const struct way {
    const char *name;
    const char *hello; /* NULL: none */
    uint16_t type;     /* of the answer to the first request */
    const char *reply;
    const char *second; /* sent at once behind the reply */
    bool descriptor;    /* one comes along */
} ways[] = {
    {"fine", HELLO("fine"), DRIVER_REPLY, OK, NULL, false},
    {"mute", NULL, 0, NULL, NULL, false},
    {"babble", "}{", 0, NULL, NULL, false},
    {"stranger", HELLO("other"), 0, NULL, NULL, false},
    {"typeless", "{\"abi\":[1,1],\"family\":\"typeless\",\"reads\":[],\"sandbox\":{},\"types\":[]}",
     0, NULL, NULL, false},
    {"rangeless",
     "{\"abi\":[2,1],\"family\":\"rangeless\",\"reads\":[],\"sandbox\":{},\"types\":[" READS(
         "null") "]}",
     0, NULL, NULL, false},
    {"double",
     "{\"abi\":[1,1],\"family\":\"double\",\"reads\":[],\"sandbox\":{},\"types\":[" READS(
         "null") "," READS("null") "]}",
     0, NULL, NULL, false},
    {"unsaid", "{\"abi\":[1,1],\"family\":\"unsaid\",\"sandbox\":{},\"types\":[" READS("null") "]}",
     0, NULL, NULL, false},
    {"reader", HELLO_READS("reader", "[" READS("local-rep-data") "]"), DRIVER_REPLY, OK, NULL,
     false},
    {"self", HELLO_READS("self", "[" READS("null") "]"), 0, NULL, NULL, false},
    {"scanner", HELLO_READS("scanner", "[" READS("local-rep-data") "]"), 0, NULL, NULL, false},
    {"again", HELLO_READS("again", "[" READS("esh") "," READS("esh") "]"), 0, NULL, NULL, false},
    {"many",
     HELLO_READS("many",
                 "[" READS("a") "," READS("b") "," READS("c") "," READS("d") "," READS("e") "]"),
     0, NULL, NULL, false},
    {"bare", HELLO_READS("bare", "[\"esh\"]"), 0, NULL, NULL, false},
    {"vague", HELLO_READS("vague", "[{\"name\":\"esh\"}]"), 0, NULL, NULL, false},
    {"falling", HELLO_READS("falling", "[{\"name\":\"esh\",\"schema\":[2,1]}]"), 0, NULL, NULL,
     false},
    {"below", HELLO_READS("below", "[{\"name\":\"esh\",\"schema\":[-1,1]}]"), 0, NULL, NULL, false},
    {"wordy", HELLO_READS("wordy", "[{\"more\":1,\"name\":\"esh\",\"schema\":[1,1]}]"), 0, NULL,
     NULL, false},
    {"chatty", HELLO("chatty"), DRIVER_REPLY, OK, OK, false},
    {"giver", HELLO("giver"), DRIVER_REPLY, OK, NULL, true},
    {"maybe", HELLO("maybe"), DRIVER_REPLY, "{\"ok\":\"maybe\"}", NULL, false},
    {"list", HELLO("list"), DRIVER_REPLY, "[]", NULL, false},
    {"coder", HELLO("coder"), DRIVER_REPLY, REFUSAL("no-such-code", ""), NULL, false},
    {"okay", HELLO("okay"), DRIVER_REPLY, REFUSAL("ok", ""), NULL, false},
    {"extra", HELLO("extra"), DRIVER_REPLY, REFUSAL("limit", ",\"more\":1"), NULL, false},
    {"unwell", HELLO("unwell"), DRIVER_REPLY, REFUSAL("io", ""), NULL, false},
    {"backwards", HELLO("backwards"), DRIVER_CONTENT, OK, NULL, false},
    {"arrhythmic", HELLO("arrhythmic"), DRIVER_HEARTBEAT, "{\"item\":1}", NULL, false},
    {"rehello", HELLO("rehello"), DRIVER_HELLO, HELLO("rehello"), NULL, false},
};

static int say(uint16_t type, const char *text, bool descriptor)
{
    struct error err;
    int fd = descriptor ? open("/dev/null", O_RDONLY) : -1;

    return frame_send(SPAWN_FD_SOCKET, type, text, strlen(text), &fd, descriptor ? 1 : 0, 5000,
                      &err);
}

static const struct way *find(const char *program)
{
    const char *name = strrchr(program, '-');

    for (size_t i = 0; name != NULL && i < sizeof(ways) / sizeof(ways[0]); i++)
        if (strcmp(ways[i].name, name + 1) == 0)
            return &ways[i];
    return NULL;
}

int main(int argc, char **argv)
{
    const struct way *way = argc > 0 ? find(argv[0]) : NULL;
    struct frame frame;
    struct error err;

    if (way == NULL || way->hello == NULL)
        return 7;
    if (say(DRIVER_HELLO, way->hello, false) < 0)
        return 1;
    while (frame_receive(SPAWN_FD_SOCKET, LIMIT_DRIVER_MESSAGE, -1, &frame, &err) == 0) {
        frame_clear(&frame);
        if (way->reply != NULL && say(way->type, way->reply, way->descriptor) < 0)
            return 1;
        if (way->second != NULL && say(DRIVER_REPLY, way->second, false) < 0)
            return 1;
    }
    return 0;
}
