#include "output/select.h"

#include "wire/base64.h"
#include "wire/certificate.h"
#include "wire/json.h"
#include "wire/pem.h"
#include "wire/pointer.h"

/* By enum ref_part, enum ref_decode: as the reference has them. */
static const slice part_names[] = {S_INIT(""), S_INIT("key"), S_INIT("cert"), S_INIT("chain")};
static const slice decode_names[] = {S_INIT(""), S_INIT("base64"), S_INIT("base64url"), S_INIT("hex")};

size_t select_room(const struct ref *wanted, size_t value_bytes)
{
    size_t copies = wanted->part != PART_NONE ? 2 : 0;
    copies += wanted->pointer.len > 0;
    copies += wanted->decode != DECODE_NONE;
    return copies ? copies * value_bytes + SELECT_CERTIFICATES_MAX : 0;
}

static slice written_since(const struct buf *room, size_t start)
{
    return slice_after(buf_slice(room), start);
}

static err follow(slice *value, const struct ref *wanted, struct buf *room)
{
    slice root, found;
    size_t fault, start = room->len;
    if (!json_check(*value, &root, &fault))
        return err_number(err_make(M_SELECT_NOT_JSON, wanted->text, wanted->pointer), (int64_t)fault);
    enum json answer = pointer_find(root, wanted->pointer, &found);
    if (answer != JSON_OK)
        return err_make(answer == JSON_TWICE ? M_SELECT_TWICE : M_SELECT_NO_MEMBER, wanted->text, wanted->pointer);
    *value = json_unescape(found, room) == JSON_OK ? written_since(room, start) : found;
    return OK;
}

static bool is_white(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static slice trim_white(slice s)
{
    while (s.len && is_white(s.at[0]))
        s = slice_after(s, 1);
    while (s.len && is_white(s.at[s.len - 1]))
        s.len--;
    return s;
}

static err decode(slice *value, const struct ref *wanted, struct buf *room)
{
    slice text = trim_white(*value);
    size_t start = room->len;
    bool good = wanted->decode == DECODE_BASE64      ? base64_decode(text, BASE64_STANDARD, true, room)
                : wanted->decode == DECODE_BASE64URL ? base64_decode(text, BASE64_URL, false, room)
                                                     : hex_decode(text, room);
    if (!good)
        return err_make(M_SELECT_NOT_ENCODED, wanted->text, decode_names[wanted->decode]);
    *value = written_since(room, start);
    return OK;
}

struct stored {
    slice whole; /* the PEM block */
    slice der, issuer, subject;
    bool placed;
};

struct blocks {
    struct stored certificate[SELECT_CERTIFICATES_MAX];
    size_t certificates, keys;
    slice key;
};

static bool add_certificate(struct blocks *blocks, const struct pem_block *block, struct buf *room)
{
    struct stored *new = &blocks->certificate[blocks->certificates];
    size_t start = room->len;
    if (blocks->certificates == SELECT_CERTIFICATES_MAX || !base64_decode(block->body, BASE64_STANDARD, true, room))
        return false;
    *new = (struct stored){.whole = block->whole, .der = written_since(room, start)};
    /* One that is stored twice would be its own issuer's rival. */
    for (size_t i = 0; i < blocks->certificates; i++)
        if (slice_equal(blocks->certificate[i].der, new->der))
            return true;
    blocks->certificates++;
    struct certificate seen;
    if (!certificate_read(new->der, &seen))
        return false;
    new->issuer = seen.issuer;
    new->subject = seen.subject;
    return true;
}

static bool read_blocks(slice value, struct blocks *blocks, struct buf *room)
{
    struct pem_block block;
    enum pem step;
    while ((step = pem_next(&value, &block)) == PEM_BLOCK) {
        if (slice_ends_nocase(block.label, S("PRIVATE KEY"))) {
            blocks->key = block.whole;
            blocks->keys++;
        } else if (slice_equal(block.label, S("CERTIFICATE")) && !add_certificate(blocks, &block, room)) {
            return false;
        }
    }
    return step == PEM_END && blocks->certificates + blocks->keys;
}

static bool issued_another(const struct blocks *blocks, size_t which)
{
    for (size_t i = 0; i < blocks->certificates; i++)
        if (i != which && slice_equal(blocks->certificate[i].issuer, blocks->certificate[which].subject))
            return true;
    return false;
}

/* How many there are, which must be one; then *leaf is it. */
static size_t find_leaf(const struct blocks *blocks, size_t *leaf)
{
    size_t leaves = 0;
    for (size_t i = 0; i < blocks->certificates; i++)
        if (!issued_another(blocks, i)) {
            *leaf = i;
            leaves++;
        }
    return leaves;
}

static void put_block(struct buf *to, slice block)
{
    buf_put(to, block);
    if (block.at[block.len - 1] != '\n')
        buf_byte(to, '\n');
}

static void put_chain(struct blocks *blocks, size_t leaf, struct buf *to)
{
    struct stored *all = blocks->certificate;
    for (size_t at = leaf; at < blocks->certificates;) {
        slice issuer = all[at].issuer;
        put_block(to, all[at].whole);
        all[at].placed = true;
        for (at = 0; at < blocks->certificates; at++)
            if (!all[at].placed && slice_equal(all[at].subject, issuer))
                break;
    }
    for (size_t i = 0; i < blocks->certificates; i++)
        if (!all[i].placed)
            put_block(to, all[i].whole);
}

/* A PFX begins as each DER SEQUENCE of more than 127 bytes does, and Key Vault gives it in base64. */
static bool is_pfx(slice value)
{
    return slice_starts(trim_white(value), S("MII")) || (value.len > 1 && value.at[0] == 0x30 && value.at[1] >= 0x80);
}

static err take_part(slice *value, const struct ref *wanted, struct buf *room)
{
    struct blocks blocks = {.keys = 0};
    size_t leaf = 0;
    slice name = part_names[wanted->part];
    if (is_pfx(*value))
        return err_make(M_SELECT_PFX, wanted->text);
    if (!read_blocks(*value, &blocks, room))
        return err_make(M_SELECT_NOT_PEM, wanted->text, name);
    size_t found = wanted->part == PART_KEY ? blocks.keys : find_leaf(&blocks, &leaf);
    if (found != 1)
        return err_make(found ? M_SELECT_MANY_PARTS : M_SELECT_NO_PART, wanted->text, name);
    size_t start = room->len;
    if (wanted->part == PART_CHAIN)
        put_chain(&blocks, leaf, room);
    else
        put_block(room, wanted->part == PART_KEY ? blocks.key : blocks.certificate[leaf].whole);
    *value = written_since(room, start);
    return OK;
}

err select_value(slice value, const struct ref *wanted, struct buf *room, slice *out)
{
    err e = OK;
    if (wanted->pointer.len)
        e = follow(&value, wanted, room);
    if (!failed(e) && wanted->decode != DECODE_NONE)
        e = decode(&value, wanted, room);
    if (!failed(e) && wanted->part != PART_NONE)
        e = take_part(&value, wanted, room);
    if (room->full)
        e = err_number(err_make(M_NO_MEMORY, wanted->text), (int64_t)room->cap);
    if (!failed(e))
        *out = value;
    return e;
}
