// A Blob service that keeps nothing but names: the endpoint for comparing copy tools.
//
// It answers what Mover, AzCopy and rclone ask of a container (create, properties, Put Blob, Put Block, Put Block List, Get Block List,
// Get Blob Properties, Get Blob (zeros), Set Metadata, Set Properties, Delete, List Blobs flat and with a delimiter) and remembers each
// blob's name, length, metadata, MD5, ETag and time, so that a second pass over an unchanged tree is a real one. Content is read and
// forgotten; nothing is checked: no signature, no digest. Digests that were sent are answered. Listens on the loopback only.
//
//   cc -O2 -o sink sink.c && ./sink PORT
//
// One thread, epoll, HTTP/1.1 with keep-alive. GET /stats on the root answers counters, PUT /reset forgets everything.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { IN_MAX = 256 * 1024, HEADERS_MAX = 96, META_MAX = 8192, NAME_MAX_BYTES = 4096, PAGE_MAX = 5000 };

// ---- text that grows

struct text { char *at; size_t length, room; };

static void reserve(struct text *t, size_t more) {
    if (t->length + more + 1 > t->room) {
        t->room = (t->length + more + 1) * 2;
        t->at = realloc(t->at, t->room);
        if (!t->at) { perror("realloc"); exit(1); }
    }
}

static void put(struct text *t, const char *s, size_t n) {
    reserve(t, n);
    memcpy(t->at + t->length, s, n);
    t->length += n;
    t->at[t->length] = 0;
}

static void puts_(struct text *t, const char *s) { put(t, s, strlen(s)); }

__attribute__((format(printf, 2, 3))) static void putf_(struct text *t, const char *format, ...) {
    char line[1024];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    put(t, line, n < (int)sizeof line ? (size_t)n : sizeof line - 1);
}

static void put_xml(struct text *t, const char *s, size_t n) {
    for (size_t i = 0; i < n; i++) {
        switch (s[i]) {
            case '&': put(t, "&amp;", 5); break;
            case '<': put(t, "&lt;", 4); break;
            case '>': put(t, "&gt;", 4); break;
            default: put(t, s + i, 1);
        }
    }
}

// ---- blobs: a hash table to find them, and the sorted order made when a listing asks for it

struct blob {
    uint64_t length, tag, hash;
    time_t modified;
    uint32_t name_length, meta_length;
    char md5[28];
    char *meta;   // lines "name:value\n"
    struct blob *next;
    char name[];  // container/blob, decoded
};

struct staged { char *name; uint64_t bytes; struct staged *next; };  // uncommitted bytes of a blob

static struct blob **table;
static size_t table_size = 1 << 16, blob_count;
static struct blob **sorted;
static size_t sorted_count;
static int is_sorted;
static struct staged *staged_list;
static uint64_t tags = 0x8DC000000000000, requests, bytes_in;
static char containers[256][72];
static int container_count;

static uint64_t hash_of(const char *s, size_t n) {
    uint64_t h = 1469598103934665603u;
    for (size_t i = 0; i < n; i++) { h = (h ^ (unsigned char)s[i]) * 1099511628211u; }
    return h ^ h >> 29;
}

static void widen(void) {
    size_t size = table_size * 2;
    struct blob **wide = calloc(size, sizeof *wide);
    for (size_t i = 0; i < table_size; i++) {
        for (struct blob *b = table[i], *next; b; b = next) {
            next = b->next;
            b->next = wide[b->hash & (size - 1)];
            wide[b->hash & (size - 1)] = b;
        }
    }
    free(table);
    table = wide;
    table_size = size;
}

static struct blob *find(const char *name, size_t n) {
    uint64_t h = hash_of(name, n);
    struct blob *b = table[h & (table_size - 1)];
    while (b && (b->hash != h || b->name_length != n || memcmp(b->name, name, n))) { b = b->next; }
    return b;
}

static struct blob *find_or_add(const char *name, size_t n) {
    struct blob *b = find(name, n);
    if (b) { return b; }
    if (blob_count >= table_size) { widen(); }
    b = calloc(1, sizeof *b + n + 1);
    memcpy(b->name, name, n);
    b->name_length = (uint32_t)n;
    b->hash = hash_of(name, n);
    b->next = table[b->hash & (table_size - 1)];
    table[b->hash & (table_size - 1)] = b;
    blob_count++;
    is_sorted = 0;
    return b;
}

static void drop(struct blob *gone) {
    struct blob **at = &table[gone->hash & (table_size - 1)];
    while (*at != gone) { at = &(*at)->next; }
    *at = gone->next;
    blob_count--;
    is_sorted = 0;
    free(gone->meta);
    free(gone);
}

static int by_name(const void *a, const void *b) {
    return strcmp((*(struct blob *const *)a)->name, (*(struct blob *const *)b)->name);
}

static void sort(void) {
    if (is_sorted) { return; }
    sorted = realloc(sorted, (blob_count + 1) * sizeof *sorted);
    sorted_count = 0;
    for (size_t i = 0; i < table_size; i++) {
        for (struct blob *b = table[i]; b; b = b->next) { sorted[sorted_count++] = b; }
    }
    qsort(sorted, sorted_count, sizeof *sorted, by_name);
    is_sorted = 1;
}

static void reset(void) {
    for (size_t i = 0; i < table_size; i++) {
        for (struct blob *b = table[i], *next; b; b = next) { next = b->next; free(b->meta); free(b); }
        table[i] = NULL;
    }
    blob_count = sorted_count = 0;
    is_sorted = 0;
    requests = bytes_in = 0;
}

static struct staged *stage(const char *name) {
    for (struct staged *s = staged_list; s; s = s->next) {
        if (!strcmp(s->name, name)) { return s; }
    }
    struct staged *s = calloc(1, sizeof *s);
    s->name = strdup(name);
    s->next = staged_list;
    return staged_list = s;
}

static uint64_t unstage(const char *name) {
    for (struct staged **at = &staged_list; *at; at = &(*at)->next) {
        if (!strcmp((*at)->name, name)) {
            struct staged *s = *at;
            uint64_t bytes = s->bytes;
            *at = s->next;
            free(s->name);
            free(s);
            return bytes;
        }
    }
    return 0;
}

// ---- connections and requests

struct header { char *name, *value; };

struct connection {
    int socket, writing, keeps_body;  // keeps_body: a head was read, its body is on the way
    char *in;
    size_t in_length;
    uint64_t body_left, body_total;
    struct text out;
    size_t out_sent;
    // the request whose body is being read
    char method[8], *target;
    size_t target_length;
    struct header headers[HEADERS_MAX];
    int header_count;
    struct text head;
};

static const char *header(struct connection *c, const char *name) {
    for (int i = 0; i < c->header_count; i++) {
        if (!strcasecmp(c->headers[i].name, name)) { return c->headers[i].value; }
    }
    return NULL;
}

static int hex(char c) { return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1; }

static size_t decode(char *to, size_t room, const char *s, size_t n, int is_query) {
    size_t length = 0;
    for (size_t i = 0; i < n && length + 1 < room; i++) {
        if (s[i] == '%' && i + 2 < n && hex(s[i + 1]) >= 0 && hex(s[i + 2]) >= 0) {
            to[length++] = (char)(hex(s[i + 1]) << 4 | hex(s[i + 2]));
            i += 2;
        } else {
            to[length++] = is_query && s[i] == '+' ? ' ' : s[i];
        }
    }
    to[length] = 0;
    return length;
}

static int query(const char *q, const char *name, char *to, size_t room) {
    size_t n = strlen(name);
    to[0] = 0;
    while (q && *q) {
        const char *end = strchrnul(q, '&');
        if (!strncmp(q, name, n) && q[n] == '=') {
            decode(to, room, q + n + 1, (size_t)(end - q) - n - 1, 1);
            return 1;
        }
        q = *end ? end + 1 : end;
    }
    return 0;
}

static const char *date_of(time_t t) {
    static time_t known;
    static char text[40];
    if (t != known || !text[0]) {
        struct tm tm;
        gmtime_r(&t, &tm);
        strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &tm);
        known = t;
    }
    return text;
}

static void answer(struct connection *c, const char *status, const char *headers, const char *body, size_t n) {
    putf_(&c->out, "HTTP/1.1 %s\r\nServer: sink\r\nx-ms-version: 2023-11-03\r\nx-ms-request-id: 0\r\nDate: %s\r\nContent-Length: %zu\r\n",
          status, date_of(time(NULL)), n);
    puts_(&c->out, headers);
    puts_(&c->out, "\r\n");
    if (strcmp(c->method, "HEAD")) { put(&c->out, body, n); }
}

static void refuse(struct connection *c, const char *status, const char *code) {
    char line[128], body[256];
    snprintf(line, sizeof line, "x-ms-error-code: %s\r\nContent-Type: application/xml\r\n", code);
    int n = snprintf(body, sizeof body, "<?xml version=\"1.0\"?><Error><Code>%s</Code><Message>%s</Message></Error>", code, code);
    answer(c, status, line, body, strcmp(c->method, "HEAD") ? (size_t)n : 0);
}

static void take_meta(struct connection *c, struct blob *b) {
    char meta[META_MAX];
    size_t length = 0;
    for (int i = 0; i < c->header_count; i++) {
        if (!strncasecmp(c->headers[i].name, "x-ms-meta-", 10)) {
            int n = snprintf(meta + length, sizeof meta - length, "%s:%s\n", c->headers[i].name + 10, c->headers[i].value);
            if (n > 0 && length + (size_t)n < sizeof meta) { length += (size_t)n; }
        }
    }
    free(b->meta);
    b->meta = length ? memcpy(malloc(length + 1), meta, length) : NULL;
    if (b->meta) { b->meta[length] = 0; }
    b->meta_length = (uint32_t)length;
}

static void touch(struct blob *b) {
    b->tag = ++tags;
    b->modified = time(NULL);
}

static void stored(struct connection *c, struct blob *b, const char *status) {
    char lines[512];
    const char *crc = header(c, "x-ms-content-crc64"), *md5 = header(c, "content-md5");
    int n = snprintf(lines, sizeof lines, "ETag: \"0x%lX\"\r\nLast-Modified: %s\r\nx-ms-request-server-encrypted: true\r\n",
                     (unsigned long)b->tag, date_of(b->modified));
    if (crc) { n += snprintf(lines + n, sizeof lines - (size_t)n, "x-ms-content-crc64: %s\r\n", crc); }
    if (md5) { snprintf(lines + n, sizeof lines - (size_t)n, "Content-MD5: %s\r\n", md5); }
    answer(c, status, lines, "", 0);
}

static void put_blob(struct connection *c, const char *name, size_t n, uint64_t length) {
    struct blob *b = find_or_add(name, n);
    const char *md5 = header(c, "x-ms-blob-content-md5");
    md5 = md5 ? md5 : header(c, "content-md5");
    b->length = length;
    snprintf(b->md5, sizeof b->md5, "%s", md5 ? md5 : "");
    take_meta(c, b);
    touch(b);
    stored(c, b, "201 Created");
}

static void properties(struct connection *c, struct blob *b) {
    struct text lines = {0};
    putf_(&lines, "ETag: \"0x%lX\"\r\nLast-Modified: %s\r\nx-ms-creation-time: %s\r\nContent-Type: application/octet-stream\r\n",
          (unsigned long)b->tag, date_of(b->modified), date_of(b->modified));
    puts_(&lines, "x-ms-blob-type: BlockBlob\r\nx-ms-lease-status: unlocked\r\nx-ms-lease-state: available\r\nx-ms-access-tier: Hot\r\nAccept-Ranges: bytes\r\n");
    if (b->md5[0]) { putf_(&lines, "Content-MD5: %s\r\n", b->md5); }
    for (char *at = b->meta, *end; at && (end = strchr(at, '\n')); at = end + 1) {
        puts_(&lines, "x-ms-meta-");
        put(&lines, at, (size_t)(end - at));
        puts_(&lines, "\r\n");
    }
    if (!strcmp(c->method, "HEAD")) {
        answer(c, "200 OK", lines.at, "", b->length);
    } else {
        // Zeros of the asked range: enough for tools that read back lengths.
        const char *range = header(c, "x-ms-range") ? header(c, "x-ms-range") : header(c, "range");
        unsigned long from = 0, to = b->length ? b->length - 1 : 0;
        if (range) { sscanf(range, "bytes=%lu-%lu", &from, &to); }
        to = b->length && to >= b->length ? b->length - 1 : to;
        size_t n = b->length && from <= to ? to - from + 1 : 0;
        if (range) { putf_(&lines, "Content-Range: bytes %lu-%lu/%lu\r\n", from, to, (unsigned long)b->length); }
        char *zeros = calloc(1, n + 1);
        answer(c, range ? "206 Partial Content" : "200 OK", lines.at, zeros, n);
        free(zeros);
    }
    free(lines.at);
}

static void list(struct connection *c, const char *container, const char *q) {
    char prefix[NAME_MAX_BYTES], marker[NAME_MAX_BYTES], delimiter[16], max[16], include[128], full[NAME_MAX_BYTES * 2];
    query(q, "prefix", prefix, sizeof prefix);
    query(q, "marker", marker, sizeof marker);
    query(q, "delimiter", delimiter, sizeof delimiter);
    query(q, "include", include, sizeof include);
    int left = query(q, "maxresults", max, sizeof max) && atoi(max) > 0 && atoi(max) < PAGE_MAX ? atoi(max) : PAGE_MAX;
    int with_meta = strstr(include, "metadata") != NULL;
    size_t cut = strlen(container) + 1;
    snprintf(full, sizeof full, "%s/%s", container, marker[0] ? marker : prefix);
    sort();
    size_t low = 0, high = sorted_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (strcmp(sorted[middle]->name, full) < 0) { low = middle + 1; } else { high = middle; }
    }
    snprintf(full, sizeof full, "%s/%s", container, prefix);
    size_t full_length = strlen(full);
    struct text x = {0};
    putf_(&x, "<?xml version=\"1.0\" encoding=\"utf-8\"?><EnumerationResults ServiceEndpoint=\"http://127.0.0.1/\" ContainerName=\"%s\"><Blobs>", container);
    char last[NAME_MAX_BYTES] = "";
    for (; low < sorted_count && left > 0 && !strncmp(sorted[low]->name, full, full_length); low++) {
        struct blob *b = sorted[low];
        char *cutoff = delimiter[0] ? strstr(b->name + full_length, delimiter) : NULL;
        if (cutoff) {
            size_t n = (size_t)(cutoff - b->name) - cut + strlen(delimiter);
            if (strlen(last) != n || memcmp(last, b->name + cut, n)) {
                snprintf(last, sizeof last, "%.*s", (int)n, b->name + cut);
                puts_(&x, "<BlobPrefix><Name>");
                put_xml(&x, last, n);
                puts_(&x, "</Name></BlobPrefix>");
                left--;
            }
            continue;
        }
        left--;
        puts_(&x, "<Blob><Name>");
        put_xml(&x, b->name + cut, b->name_length - cut);
        putf_(&x, "</Name><Properties><Creation-Time>%s</Creation-Time>", date_of(b->modified));
        putf_(&x, "<Last-Modified>%s</Last-Modified><Etag>0x%lX</Etag><Content-Length>%lu</Content-Length>",
              date_of(b->modified), (unsigned long)b->tag, (unsigned long)b->length);
        puts_(&x, "<Content-Type>application/octet-stream</Content-Type>");
        if (b->md5[0]) { putf_(&x, "<Content-MD5>%s</Content-MD5>", b->md5); }
        puts_(&x, "<BlobType>BlockBlob</BlobType><AccessTier>Hot</AccessTier><LeaseStatus>unlocked</LeaseStatus><LeaseState>available</LeaseState></Properties>");
        if (with_meta && b->meta) {
            puts_(&x, "<Metadata>");
            for (char *at = b->meta, *end; (end = strchr(at, '\n')); at = end + 1) {
                char *colon = memchr(at, ':', (size_t)(end - at));
                putf_(&x, "<%.*s>", (int)(colon - at), at);
                put_xml(&x, colon + 1, (size_t)(end - colon - 1));
                putf_(&x, "</%.*s>", (int)(colon - at), at);
            }
            puts_(&x, "</Metadata>");
        }
        puts_(&x, "</Blob>");
    }
    puts_(&x, "</Blobs><NextMarker>");
    if (left == 0 && low < sorted_count && !strncmp(sorted[low]->name, full, full_length)) {
        put_xml(&x, sorted[low]->name + cut, sorted[low]->name_length - cut);
    }
    puts_(&x, "</NextMarker></EnumerationResults>");
    answer(c, "200 OK", "Content-Type: application/xml\r\n", x.at, x.length);
    free(x.at);
}

static int has_container(const char *name) {
    for (int i = 0; i < container_count; i++) {
        if (!strcmp(containers[i], name)) { return 1; }
    }
    return 0;
}

static void on_container(struct connection *c, const char *container, const char *q) {
    char comp[32];
    query(q, "comp", comp, sizeof comp);
    const char *lines = "ETag: \"0x1\"\r\nLast-Modified: Thu, 01 Jan 2026 00:00:00 GMT\r\nx-ms-lease-status: unlocked\r\nx-ms-lease-state: available\r\n";
    if (!strcmp(c->method, "PUT")) {
        if (has_container(container)) { refuse(c, "409 Conflict", "ContainerAlreadyExists"); return; }
        if (container_count < 256) { snprintf(containers[container_count++], sizeof containers[0], "%s", container); }
        answer(c, "201 Created", lines, "", 0);
    } else if (!has_container(container)) {
        refuse(c, "404 Not Found", "ContainerNotFound");
    } else if (!strcmp(comp, "list")) {
        list(c, container, q);
    } else {
        answer(c, "200 OK", lines, "", 0);
    }
}

static void on_blob(struct connection *c, const char *name, size_t n, const char *q) {
    char comp[32] = "";
    if (q && *q) { query(q, "comp", comp, sizeof comp); }
    if (!strcmp(c->method, "PUT")) {
        if (!strcmp(comp, "block")) {
            stage(name)->bytes += c->body_total;
            struct blob none = {.tag = 1};
            stored(c, &none, "201 Created");
        } else if (!strcmp(comp, "blocklist")) {
            put_blob(c, name, n, unstage(name));
        } else if (comp[0]) {
            struct blob *b = find(name, n);
            if (!b) { refuse(c, "404 Not Found", "BlobNotFound"); return; }
            if (!strcmp(comp, "metadata")) { take_meta(c, b); }
            touch(b);
            stored(c, b, "200 OK");
        } else {
            put_blob(c, name, n, c->body_total);
        }
        return;
    }
    struct blob *b = find(name, n);
    if (!strcmp(comp, "blocklist")) {
        static const char none[] = "<?xml version=\"1.0\"?><BlockList><CommittedBlocks/><UncommittedBlocks/></BlockList>";
        if (b) { answer(c, "200 OK", "Content-Type: application/xml\r\n", none, sizeof none - 1); } else { refuse(c, "404 Not Found", "BlobNotFound"); }
    } else if (!b) {
        refuse(c, "404 Not Found", "BlobNotFound");
    } else if (!strcmp(c->method, "DELETE")) {
        drop(b);
        answer(c, "202 Accepted", "", "", 0);
    } else {
        properties(c, b);
    }
}

static void serve(struct connection *c) {
    requests++;
    bytes_in += c->body_total;
    char *q = memchr(c->target, '?', c->target_length);
    size_t path_length = q ? (size_t)(q - c->target) : c->target_length;
    q = q ? q + 1 : NULL;
    if (!strncmp(c->target, "/stats", 6) || !strncmp(c->target, "/reset", 6)) {
        char line[256];
        int n = snprintf(line, sizeof line, "{\"requests\":%lu,\"bytes\":%lu,\"blobs\":%zu}\n", (unsigned long)requests, (unsigned long)bytes_in, blob_count);
        if (c->target[1] == 'r') { reset(); }
        answer(c, "200 OK", "", line, (size_t)n);
        return;
    }
    // Path style: /account/container[/name]; the account is not looked at.
    char name[NAME_MAX_BYTES], comp[32];
    char *account_end = memchr(c->target + 1, '/', path_length - 1);
    size_t skip = account_end ? (size_t)(account_end - c->target) + 1 : path_length;
    size_t n = decode(name, sizeof name, c->target + skip, path_length - skip, 0);
    while (n && name[n - 1] == '/' && !memchr(name, '/', n - 1)) { name[--n] = 0; }
    query(q, "comp", comp, sizeof comp);
    if (n == 0) {
        static const char account[] = "<?xml version=\"1.0\"?><EnumerationResults><Containers/><NextMarker/></EnumerationResults>";
        answer(c, "200 OK", "Content-Type: application/xml\r\nx-ms-sku-name: Standard_LRS\r\nx-ms-account-kind: StorageV2\r\nx-ms-is-hns-enabled: false\r\n",
               strcmp(comp, "list") ? "" : account, strcmp(comp, "list") ? 0 : sizeof account - 1);
    } else if (!strcmp(comp, "properties") && strcmp(c->method, "PUT")) {
        answer(c, "200 OK", "x-ms-sku-name: Standard_LRS\r\nx-ms-account-kind: StorageV2\r\nx-ms-is-hns-enabled: false\r\n", "", 0);
    } else if (!memchr(name, '/', n)) {
        on_container(c, name, q);
    } else {
        on_blob(c, name, n, q);
    }
}

// Reads the head of a request into the connection; 0 when it is not complete yet.
static size_t parse(struct connection *c) {
    char *end = memmem(c->in, c->in_length, "\r\n\r\n", 4);
    if (!end) { return 0; }
    size_t length = (size_t)(end - c->in) + 4;
    c->head.length = 0;
    put(&c->head, c->in, length);
    char *at = c->head.at, *space = strchr(at, ' '), *second = space ? strchr(space + 1, ' ') : NULL;
    if (!second || space - at >= (long)sizeof c->method) { return SIZE_MAX; }
    snprintf(c->method, sizeof c->method, "%.*s", (int)(space - at), at);
    *second = 0;
    c->target = space + 1;
    c->target_length = (size_t)(second - c->target);
    c->header_count = 0;
    for (at = strchr(second + 1, '\n') + 1; *at != '\r' && c->header_count < HEADERS_MAX;) {
        char *stop = strchr(at, '\r'), *colon = memchr(at, ':', (size_t)(stop - at));
        *stop = 0;
        if (colon) {
            *colon++ = 0;
            while (*colon == ' ') { colon++; }
            c->headers[c->header_count++] = (struct header){at, colon};
        }
        at = stop + 2;
    }
    const char *content = header(c, "content-length"), *expect = header(c, "expect");
    c->body_left = c->body_total = content ? strtoull(content, NULL, 10) : 0;
    if (header(c, "transfer-encoding")) { return SIZE_MAX; }
    if (expect && c->body_left) { puts_(&c->out, "HTTP/1.1 100 Continue\r\n\r\n"); }
    return length;
}

static int flush(struct connection *c) {
    while (c->out_sent < c->out.length) {
        ssize_t n = send(c->socket, c->out.at + c->out_sent, c->out.length - c->out_sent, MSG_NOSIGNAL);
        if (n < 0) { return errno == EAGAIN ? 0 : -1; }
        c->out_sent += (size_t)n;
    }
    c->out.length = c->out_sent = 0;
    return 1;
}

// Takes what was read; -1 when the connection must end.
static int digest(struct connection *c) {
    for (;;) {
        if (c->keeps_body) {
            size_t n = c->body_left < c->in_length ? c->body_left : c->in_length;
            c->body_left -= n;
            c->in_length -= n;
            memmove(c->in, c->in + n, c->in_length);
            if (c->body_left) { return 0; }
            c->keeps_body = 0;
            serve(c);
            continue;
        }
        size_t head = parse(c);
        if (head == SIZE_MAX || (head == 0 && c->in_length == IN_MAX)) { return -1; }
        if (head == 0) { return 0; }
        c->in_length -= head;
        memmove(c->in, c->in + head, c->in_length);
        c->keeps_body = 1;
    }
}

static void end(int poll, struct connection *c) {
    epoll_ctl(poll, EPOLL_CTL_DEL, c->socket, NULL);
    close(c->socket);
    free(c->in);
    free(c->out.at);
    free(c->head.at);
    free(c);
}

static void on_ready(int poll, struct connection *c, uint32_t events) {
    if (events & (EPOLLERR | EPOLLHUP)) { end(poll, c); return; }
    if (events & EPOLLIN) {
        // A long body is read over the same window; MSG_TRUNC lets the kernel drop it without copying.
        ssize_t n;
        if (c->keeps_body && c->in_length == 0 && c->body_left > IN_MAX) {
            n = recv(c->socket, NULL, c->body_left, MSG_TRUNC);
            if (n > 0) { c->body_left -= (size_t)n; }
        } else {
            n = recv(c->socket, c->in + c->in_length, IN_MAX - c->in_length, 0);
            if (n > 0) { c->in_length += (size_t)n; }
        }
        if (n == 0 || (n < 0 && errno != EAGAIN)) { end(poll, c); return; }
        if (n > 0 && digest(c) < 0) { end(poll, c); return; }
    }
    int done = flush(c);
    if (done < 0) { end(poll, c); return; }
    if (c->writing != !done) {
        c->writing = !done;
        struct epoll_event event = {.events = EPOLLIN | (done ? 0 : EPOLLOUT), .data.ptr = c};
        epoll_ctl(poll, EPOLL_CTL_MOD, c->socket, &event);
    }
}

int main(int count, char **arguments) {
    signal(SIGPIPE, SIG_IGN);
    table = calloc(table_size, sizeof *table);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), yes = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)(count > 1 ? atoi(arguments[1]) : 0)), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    if (bind(listener, (struct sockaddr *)&at, size) || listen(listener, 4096)) { perror("bind"); return 1; }
    getsockname(listener, (struct sockaddr *)&at, &size);
    printf("ready http://127.0.0.1:%d/account\n", ntohs(at.sin_port));
    fflush(stdout);
    int poll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL}, ready[256];
    epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        int n = epoll_wait(poll, ready, 256, -1);
        for (int i = 0; i < n; i++) {
            if (ready[i].data.ptr) { on_ready(poll, ready[i].data.ptr, ready[i].events); continue; }
            for (int s; (s = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0;) {
                setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
                struct connection *c = calloc(1, sizeof *c);
                c->socket = s;
                c->in = malloc(IN_MAX);
                event = (struct epoll_event){.events = EPOLLIN, .data.ptr = c};
                epoll_ctl(poll, EPOLL_CTL_ADD, s, &event);
            }
        }
    }
}
