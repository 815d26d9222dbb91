/* wrap KEYREF, unwrap [KEYREF | REF]: a few bytes, wrapped by a key that never leaves its vault, and back.
 *
 * unwrap takes what wrap wrote, which says by itself what unwraps it; with a KEYREF also a bare value in base64, and the key from
 * there: it may have been restored into another vault. With a REF the wrapped bytes are in a secret: what wrap wrote, or what
 * Azure Disk Encryption leaves there, which names key and algorithm in tags. */
#include "command/deliver.h"
#include "command/table.h"

#include "azure/service_error.h"
#include "fetch/single.h"
#include "output/print.h"
#include "system/file.h"
#include "wire/base64.h"
#include "wire/json.h"
#include "wire/wrapped.h"

enum { URL_BYTES_MAX = 1024, INPUT_BYTES_MAX = WRAPPED_TEXT_BYTES_MAX };

struct job {
    struct session *session;
    slice from; /* where the bytes come from, for messages */
    struct ref key;
    enum wrap_algorithm algorithm;
    slice value; /* the bytes to be wrapped or unwrapped */
};

/* What each algorithm takes. The limits of RSA are those of 4096 bits; of smaller keys the vault knows the length. */
static const struct {
    uint16_t most, step;
} sizes[] = {
    [ALGORITHM_DEFAULT] = {446, 1}, [ALGORITHM_RSA_OAEP_256] = {446, 1}, [ALGORITHM_RSA_OAEP] = {470, 1},
    [ALGORITHM_A128KW] = {512, 8},  [ALGORITHM_A192KW] = {512, 8},       [ALGORITHM_A256KW] = {512, 8},
};
enum { KEY_WRAP_BYTES_MIN = 16 };

/* --- the key --- */

/* Gives it the default vault where it names none, and looks whether its vault may have our token. */
static err locate(struct job *job, struct endpoint *to)
{
    struct plan *plan = &job->session->plan;
    if (!ref_settle(&job->key, &job->session->options.vault))
        return err_make(M_PLAN_NO_VAULT, job->key.text);
    const struct vault *vault = plan_vault(plan, &job->key);
    err e = session_mistakes(job->session);
    if (failed(e))
        return e;
    *to = vault->to;
    return OK;
}

static err operate(struct job *job, bool unwrap, struct endpoint to, union operation *operation)
{
    operation->wrap = (struct key_wrap){
        .vault = {.talk = {.tell = key_wrap_tell},
                  .collection = S("keys"),
                  .name = job->key.name,
                  .version = job->key.version,
                  .ask_first = job->session->options.challenge},
        .unwrap = unwrap,
        .algorithm = wrap_algorithm_name(job->algorithm),
        .value = job->value,
    };
    return fetch_single(&job->session->fetch, to, operation);
}

static err no_room(const struct job *job)
{
    return session_full(job->session, job->from);
}

/* -i, else standard input. */
static slice input_of(const struct options *options)
{
    return options->input.len ? options->input : S("-");
}

static slice input_name(const struct options *options)
{
    return options->input.len && !slice_equal(options->input, S("-")) ? options->input : S("standard input");
}

/* --- wrap --- */

static err read_plain(struct job *job)
{
    const struct options *options = &job->session->options;
    size_t most = sizes[job->algorithm].most, step = sizes[job->algorithm].step;
    struct buf plain = arena_buf(job->session->arena, most);
    if (plain.cap == 0)
        return no_room(job);
    err e = file_read(input_of(options), &plain);
    job->value = buf_slice(&plain);
    if (err_message(e) == M_FILE_TOO_BIG)
        e = err_make(M_WRAP_TOO_LONG, job->from, wrap_algorithm_name(job->algorithm));
    else if (!failed(e) && plain.len == 0)
        e = err_make(M_INPUT_EMPTY, job->from);
    else if (!failed(e) && step > 1 && (plain.len < KEY_WRAP_BYTES_MIN || plain.len % step))
        e = err_make(M_WRAP_STEPS, job->from, wrap_algorithm_name(job->algorithm));
    return err_number(e, (int64_t)(err_message(e) == M_WRAP_TOO_LONG ? most : plain.len));
}

/* The very version that wrapped, for the current one may be another tomorrow. */
static err write_wrapped(const struct job *job, const struct endpoint *to, const struct key_wrap *wrap)
{
    const struct options *options = &job->session->options;
    struct buf url = arena_buf(job->session->arena, URL_BYTES_MAX);
    struct buf text = arena_buf(job->session->arena, WRAPPED_TEXT_BYTES_MAX);
    buf_put(&url, S("https://"));
    endpoint_write(to, &url);
    buf_put(&url, S("/keys/"));
    buf_put(&url, job->key.name);
    buf_put(&url, S("/"));
    buf_put(&url, wrap->version);
    struct wrapped wrapped = {buf_slice(&url), wrap_algorithm_name(job->algorithm), wrap->result};
    if (url.full || !wrapped_write(&wrapped, &text))
        return err_make(M_VAULT_NO_VALUE, job->key.name, to->host);
    return options->output.len ? deliver_file(job->session, options->output, buf_slice(&text))
                               : print_bytes(buf_slice(&text));
}

err wrap_run(struct session *session)
{
    const struct options *options = &session->options;
    struct job job = {.session = session, .from = input_name(options), .algorithm = options->algorithm};
    union operation operation;
    struct endpoint to = {0};
    if (options->operands != 1)
        return options->operands ? err_make(M_TOO_MANY_OPERANDS, S("wrap"), slice_of(options->operand[1]))
                                 : err_make(M_NO_KEY);
    err e = ref_read(slice_of(options->operand[0]), REF_KEY, &job.key);
    if (!failed(e))
        e = session_plan(session, 0, 0);
    if (!failed(e))
        e = locate(&job, &to);
    if (!failed(e))
        e = read_plain(&job);
    if (!failed(e))
        e = session_open(session);
    if (!failed(e))
        e = operate(&job, false, to, &operation);
    session_close(session);
    return failed(e) ? e : write_wrapped(&job, &to, &operation.wrap);
}

/* --- unwrap --- */

static err take_algorithm(struct job *job, slice name)
{
    enum wrap_algorithm wanted = job->session->options.algorithm;
    if (slice_equal(name, S("RSA1_5")))
        return err_make(M_WRAPPED_WEAK, job->from);
    name = note_keep(&job->session->notes, name);
    if (!wrap_algorithm_of(name, &job->algorithm))
        return err_make(M_WRAPPED_ALGORITHM, job->from, name);
    if (wanted != ALGORITHM_DEFAULT && wanted != job->algorithm)
        return err_make(M_ALGORITHM_OTHER, job->from, wrap_algorithm_name(wanted), name);
    return OK;
}

/* The key that is named beside the value; one that the user names hides its place, and its version where that has one. */
static err take_key(struct job *job, slice url, const struct ref *named)
{
    url = note_keep(&job->session->notes, url);
    if (failed(ref_read(url, REF_KEY, &job->key)) || job->key.vault.len == 0 || job->key.version.len == 0)
        return err_make(M_WRAPPED_KEY, job->from, url);
    if (!named)
        return OK;
    slice version = named->version.len ? named->version : job->key.version;
    job->key = *named;
    job->key.version = version;
    return OK;
}

/* *is_one: such a text, or what is left of one. */
static err take_wrapped(struct job *job, slice text, const struct ref *named, bool *is_one)
{
    struct buf value = arena_buf(job->session->arena, WRAPPED_VALUE_BYTES_MAX);
    struct wrapped wrapped;
    unsigned line = 0;
    err e;
    *is_one = true;
    if (value.cap == 0)
        return no_room(job);
    switch (wrapped_read(text, &value, &wrapped, &line)) {
    case WRAPPED_OTHER:
        *is_one = false;
        return OK;
    case WRAPPED_LATER:
        return err_make(M_WRAPPED_LATER, job->from);
    case WRAPPED_BAD:
        return err_number(err_make(M_WRAPPED_BAD, job->from), line);
    case WRAPPED_OK:
        break;
    }
    job->value = wrapped.value;
    e = take_key(job, wrapped.key, named);
    return failed(e) ? e : take_algorithm(job, wrapped.algorithm);
}

/* base64url is what the vault gives; base64 is what Azure's command line makes of it. */
static err take_bare(struct job *job, slice text)
{
    struct buf value = arena_buf(job->session->arena, KEY_BYTES_MAX);
    while (text.len && (text.at[text.len - 1] == '\n' || text.at[text.len - 1] == '\r'))
        text.len--;
    if (value.cap == 0)
        return no_room(job);
    if (text.len == 0 ||
        (!base64_decode(text, BASE64_URL, false, &value) && !base64_decode(text, BASE64_STANDARD, true, &value)))
        return err_make(M_WRAPPED_BARE, job->from);
    job->value = buf_slice(&value);
    return OK;
}

static err take_input(struct job *job, const struct ref *named)
{
    const struct options *options = &job->session->options;
    struct buf text = arena_buf(job->session->arena, INPUT_BYTES_MAX);
    bool is_one = false;
    job->from = input_name(options);
    if (text.cap == 0)
        return no_room(job);
    err e = file_read(input_of(options), &text);
    if (!failed(e) && text.len == 0)
        e = err_make(M_INPUT_EMPTY, job->from);
    if (!failed(e))
        e = take_wrapped(job, buf_slice(&text), named, &is_one);
    if (failed(e) || is_one)
        return e;
    if (!named)
        return err_make(M_WRAPPED_OTHER, job->from);
    job->key = *named;
    return take_bare(job, buf_slice(&text));
}

static bool tag_of(struct job *job, slice tags, slice name, slice *out)
{
    slice string;
    struct buf text = arena_buf(job->session->arena, URL_BYTES_MAX);
    bool good = json_member(tags, name, &string) == JSON_OK && json_unescape(string, &text) == JSON_OK && !text.full;
    *out = buf_slice(&text);
    return good && text.len > 0;
}

/* What Azure Disk Encryption leaves: tags that name the key, with its version, and the algorithm; the value as the vault gave it.
 * Unwrapped, it is the content of the file LinuxPassPhraseFileName, which is what the disk's key slot wants. */
static err take_encrypted_disk(struct job *job, slice bundle, slice value)
{
    slice tags, url, algorithm;
    if (json_member(bundle, S("tags"), &tags) != JSON_OK ||
        !tag_of(job, tags, S("DiskEncryptionKeyEncryptionKeyURL"), &url))
        return err_make(M_NOT_WRAPPED, job->from);
    if (!tag_of(job, tags, S("DiskEncryptionKeyEncryptionAlgorithm"), &algorithm))
        algorithm = S("RSA-OAEP");
    err e = take_key(job, url, NULL);
    if (!failed(e))
        e = take_algorithm(job, algorithm);
    return failed(e) ? e : take_bare(job, value);
}

static err fetch_secret(struct job *job, const struct ref *secret, struct endpoint to, union operation *operation)
{
    operation->get = (struct secret_get){.vault = {.talk = {.tell = secret_get_tell},
                                                   .collection = S("secrets"),
                                                   .name = secret->name,
                                                   .version = secret->version,
                                                   .ask_first = job->session->options.challenge}};
    return fetch_single(&job->session->fetch, to, operation);
}

static err take_secret(struct job *job, const struct ref *named)
{
    struct session *session = job->session;
    union operation operation;
    struct endpoint to;
    bool is_one;
    job->from = named->text;
    job->key = *named;
    if (session->options.input.len)
        return err_make(M_INPUT_TOO, named->text);
    if (!ref_wants_all(named))
        return err_make(M_NAME_ALONE, named->text);
    err e = locate(job, &to);
    if (!failed(e))
        e = session_open(session);
    if (!failed(e))
        e = fetch_secret(job, named, to, &operation);
    if (failed(e))
        return e;
    /* Copied, because the next answer takes its place. */
    struct buf value = arena_buf(session->arena, operation.get.value.len);
    if (json_unescape(operation.get.value, &value) != JSON_OK || value.full)
        return no_room(job);
    e = take_wrapped(job, buf_slice(&value), NULL, &is_one);
    return failed(e) || is_one ? e : take_encrypted_disk(job, operation.get.bundle, buf_slice(&value));
}

/* The operand: a name alone is a key's, a secret has to be said to be one. */
static err read_named(slice text, struct ref *named)
{
    err e = ref_read(text, REF_KEY, named);
    return err_message(e) == M_REF_NOT_KEY ? ref_read(text, REF_SECRET, named) : e;
}

static err take(struct job *job)
{
    const struct options *options = &job->session->options;
    struct ref named;
    if (options->operands > 1)
        return err_make(M_TOO_MANY_OPERANDS, S("unwrap"), slice_of(options->operand[1]));
    if (options->operands == 0)
        return take_input(job, NULL);
    err e = read_named(slice_of(options->operand[0]), &named);
    if (failed(e))
        return e;
    return named.kind == REF_KEY ? take_input(job, &named) : take_secret(job, &named);
}

err unwrap_run(struct session *session)
{
    const struct options *options = &session->options;
    struct job job = {.session = session, .algorithm = options->algorithm};
    union operation operation;
    struct endpoint to = {0};
    err e = session_plan(session, 0, 0);
    if (!failed(e))
        e = take(&job);
    if (!failed(e))
        e = locate(&job, &to);
    if (!failed(e) && !session->fetch_open)
        e = session_open(session);
    if (!failed(e))
        e = operate(&job, true, to, &operation);
    session_close(session);
    if (failed(e))
        return e;
    slice plain = operation.wrap.result;
    return options->output.len ? deliver_file(session, options->output, plain) : print_value(plain);
}
