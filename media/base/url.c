/* SPDX-License-Identifier: ISC */
#include "media/base/url.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "media/base/path.h"

static const struct scheme {
    const char *prefix;
    bool tls;
    uint16_t port;
} schemes[] = {{"http://", false, 80}, {"https://", true, 443}};

static const struct scheme *find_scheme(const char *text)
{
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        if (strncmp(text, schemes[i].prefix, strlen(schemes[i].prefix)) == 0)
            return &schemes[i];
    }
    return NULL;
}

bool url_is(const char *text)
{
    size_t scheme = strcspn(text, ":/");

    return strncmp(text + scheme, "://", 3) == 0;
}

static int copy_host(const char *from, size_t size, struct url *url, struct error *err)
{
    if (size == 0 || size >= URL_HOST_BYTES)
        return error_set(err, ERROR_USAGE, "URL: a host of 1 to %d bytes is expected",
                         URL_HOST_BYTES - 1);
    memcpy(url->host, from, size);
    url->host[size] = '\0';
    return 0;
}

/* "[...]": an IPv6 address without a zone. */
static int take_address(const char **text, struct url *url, struct error *err)
{
    struct in6_addr address;
    size_t size = strcspn(*text + 1, "]");
    int result;

    if ((*text)[1 + size] != ']')
        return error_set(err, ERROR_USAGE, "URL: [ without ]");
    result = copy_host(*text + 1, size, url, err);
    if (result == 0 && inet_pton(AF_INET6, url->host, &address) != 1)
        result = error_set(err, ERROR_USAGE, "URL: no IPv6 address within [ ]");
    *text += size + 2;
    url->numeric = true;
    return result;
}

/* A name as DNS has it, or an IPv4 address in its usual form. Other forms of addresses (127.1, hex)
 * would be read by one library so and by another so. */
static int take_name(const char **text, struct url *url, struct error *err)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789.-";
    struct in_addr address;
    size_t size = strspn(*text, allowed);
    const char *last;
    int result = copy_host(*text, size, url, err);

    if (result < 0)
        return result;
    *text += size;
    url->numeric = inet_pton(AF_INET, url->host, &address) == 1;
    last = strrchr(url->host, '.');
    last = last == NULL ? url->host : last + 1;
    if (!url->numeric && last[0] >= '0' && last[0] <= '9')
        return error_set(err, ERROR_USAGE, "URL: %s is no IPv4 address of four numbers", url->host);
    if (url->host[0] == '-' || url->host[0] == '.' || strstr(url->host, "..") != NULL)
        return error_set(err, ERROR_USAGE, "URL: %s is no name of a host", url->host);
    return 0;
}

static int take_port(const char **text, struct url *url, struct error *err)
{
    unsigned long port = 0;
    size_t digits = strspn(*text + 1, "0123456789");

    for (size_t i = 1; i <= digits && port <= UINT16_MAX; i++)
        port = port * 10 + (unsigned long)((*text)[i] - '0');
    if (digits == 0 || (*text)[1] == '0' || port > UINT16_MAX)
        return error_set(err, ERROR_USAGE, "URL: a port from 1 to 65535 is expected after :");
    url->port = (uint16_t)port;
    *text += digits + 1;
    return 0;
}

static int take_path(const char *text, struct url *url, struct error *err)
{
    size_t size = strlen(text);

    if (size > 0 && text[size - 1] == '/')
        size--;
    if (size > 0 && (text[0] != '/' || !path_name_valid(text + 1, size - 1)))
        return error_set(err, ERROR_USAGE,
                         "URL: after the host /PATH of plain names is expected, without query");
    memcpy(url->path, text, size);
    url->path[size] = '\0';
    return 0;
}

int url_parse(const char *text, struct url *url, struct error *err)
{
    const struct scheme *scheme = find_scheme(text);
    int result;

    *url = (struct url){0};
    if (scheme == NULL)
        return error_set(err, ERROR_USAGE, "URL: http:// or https:// is expected");
    if (strlen(text) > LIMIT_URL_BYTES)
        return error_set(err, ERROR_USAGE, "URL: longer than URL_BYTES, %d", LIMIT_URL_BYTES);
    url->tls = scheme->tls;
    url->port = scheme->port;
    text += strlen(scheme->prefix);
    result = text[0] == '[' ? take_address(&text, url, err) : take_name(&text, url, err);
    if (result == 0 && text[0] == ':')
        result = take_port(&text, url, err);
    return result < 0 ? result : take_path(text, url, err);
}

bool url_same_server(const struct url *a, const struct url *b)
{
    return a->tls == b->tls && a->port == b->port && strcmp(a->host, b->host) == 0;
}
