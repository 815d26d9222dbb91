/* check [REF...]: looks at the identity, at each vault, at its token, and reads each reference, as exec would; says what it sees,
 * but never a value. With --offline it judges what is written, and asks nobody. */
#include "azure/service_error.h"
#include "base/utc.h"
#include "command/deliver.h"
#include "command/report.h"
#include "command/table.h"
#include "fetch/lane.h"
#include "fetch/names.h"
#include "output/suspect.h"
#include "system/clock.h"
#include "wire/json.h"

enum {
    TARGETS = 1u << TARGET_OUTPUT | 1u << TARGET_VARIABLE | 1u << TARGET_MEMFILE | 1u << TARGET_FILE,
    TEXT_BYTES = 1024,
    CLOCK_FINE_SECONDS = 2,  /* a Date is cut to the second, and has travelled */
    CLOCK_BAD_SECONDS = 300, /* what token services let pass */
};

struct check {
    struct session *session;
    struct report report;
    const struct vault *vault; /* the default one, where there is nothing to read */
    bool met[PLAN_VAULTS_MAX];
    int64_t now; /* by a vault's clock, else by ours */
};

static void say(struct check *check, enum report_state state, slice what, const struct buf *text)
{
    report_say(&check->report, state, what, buf_slice(text));
}

static void put_pair(struct buf *text, const char *before, slice value, const char *behind)
{
    buf_text(text, before);
    buf_put(text, value.len ? value : S("unknown"));
    buf_text(text, behind);
}

/* --- the identity --- */

static void say_identity(struct check *check, const struct identity *identity)
{
    const struct identity_setting *setting = &check->session->identity;
    uint8_t room[TEXT_BYTES];
    struct buf text = BUF(room);
    bool chosen = setting->client_id.len || setting->object_id.len || setting->resource_id.len;
    buf_put(&text, identity_source_name(setting->source));
    buf_text(&text, identity->talk.to.tls ? " at https://" : " at http://");
    endpoint_write(&identity->talk.to, &text);
    buf_text(&text, chosen ? ", identity " : "");
    buf_put(&text, setting->client_id);
    buf_put(&text, setting->object_id);
    buf_put(&text, setting->resource_id);
    say(check, REPORT_OK, S("identity"), &text);
}

static void say_token(struct check *check, const struct token_slot *slot)
{
    uint8_t room[TEXT_BYTES];
    struct buf text = BUF(room);
    put_pair(&text, "object id ", slot->caller.object_id, "");
    put_pair(&text, ", client id ", slot->caller.client_id, "");
    put_pair(&text, ", tenant ", slot->caller.tenant_id, "");
    put_pair(&text, ", for ", slot->resource, "");
    if (slot->expires_at) {
        buf_text(&text, ", until ");
        utc_write(&text, slot->expires_at);
    }
    say(check, slot->expires_at && slot->expires_at <= check->now ? REPORT_WARN : REPORT_OK, S("token"), &text);
}

static void say_tokens(struct check *check)
{
    const struct fetch *fetch = &check->session->fetch;
    for (size_t i = 0; i < TOKENS_MAX; i++)
        if (fetch->token[i].token.len)
            say_token(check, &fetch->token[i]);
}

/* --- a vault --- */

static void say_address(struct check *check, const struct lane *lane)
{
    const struct certificate_facts *leaf = &lane->tls.trust.leaf;
    uint8_t room[TEXT_BYTES];
    struct buf text = BUF(room);
    buf_text(&text, lane->stream.setting.proxy ? "through a proxy at " : "");
    address_write(&lane->stream.peer, &text);
    put_pair(&text, ", certificate \"", (slice){leaf->subject, leaf->subject_len}, "\"");
    put_pair(&text, " issued by \"", (slice){leaf->issuer, leaf->issuer_len}, "\", valid until ");
    utc_write(&text, leaf->not_after);
    say(check, REPORT_OK, lane->to.host, &text);
}

static void say_clock(struct check *check, const struct lane *lane, int64_t date)
{
    int64_t ahead = clock_unix() - date, off = ahead < 0 ? -ahead : ahead;
    uint8_t room[TEXT_BYTES];
    struct buf text = BUF(room);
    if (off <= CLOCK_FINE_SECONDS) {
        put_pair(&text, "right by ", lane->to.host, "");
    } else {
        buf_number(&text, (uint64_t)off);
        put_pair(&text, ahead < 0 ? " s behind " : " s ahead of ", lane->to.host, "");
    }
    if (off >= CLOCK_BAD_SECONDS)
        buf_text(&text, "; set it right: certificates and tokens are judged by it");
    say(check, off >= CLOCK_BAD_SECONDS ? REPORT_WARN : REPORT_OK, S("clock"), &text);
}

/* The first connection to each vault. */
static void met(void *context, const struct fetch *fetch, const struct lane *lane)
{
    struct check *check = context;
    const struct plan *plan = &check->session->plan;
    for (size_t i = 0; i < plan->vaults; i++) {
        const struct endpoint *to = &plan->vault[i].to;
        if (check->met[i] || to->port != lane->to.port || !slice_equal_nocase(to->host, lane->to.host))
            continue;
        check->met[i] = true;
        say_address(check, lane);
        if (fetch->vault_date) {
            say_clock(check, lane, fetch->vault_date);
            check->now = fetch->vault_date;
        }
    }
}

/* --- a reference --- */

/* "TARGET=akv://host/secrets/name" */
static slice describe(const struct check *check, const struct use *use, struct buf *to)
{
    to->len = 0;
    if (use->target.kind != TARGET_OUTPUT) {
        buf_text(to, use->target.kind == TARGET_MEMFILE ? "@" : "");
        buf_put(to, use->target.name);
        buf_byte(to, '=');
    }
    ref_write(&use->ref, check->session->plan_setting.suffix, to);
    return buf_slice(to);
}

static bool member_time(slice bundle, slice name, int64_t *seconds)
{
    slice attributes, value;
    uint64_t n;
    if (json_member(bundle, S("attributes"), &attributes) != JSON_OK ||
        json_member(attributes, name, &value) != JSON_OK || !json_integer(value, &n))
        return false;
    *seconds = (int64_t)n;
    return true;
}

static void warn_of_dates(struct check *check, slice what, slice bundle)
{
    uint8_t room[TEXT_BYTES];
    struct buf text = BUF(room);
    int64_t at;
    if (member_time(bundle, S("exp"), &at) && at <= check->now) {
        buf_text(&text, "it expired at ");
        utc_write(&text, at);
        buf_text(&text, ", and is given out all the same; set a new version");
        say(check, REPORT_WARN, what, &text);
    }
    text.len = 0;
    if (member_time(bundle, S("nbf"), &at) && at > check->now) {
        buf_text(&text, "it is not to be used before ");
        utc_write(&text, at);
        buf_text(&text, ", and is given out all the same");
        say(check, REPORT_WARN, what, &text);
    }
}

/* Azure's own command line marks what it has encoded: "file-encoding": "base64". */
static void warn_of_encoding(struct check *check, slice what, const struct use *use, slice bundle)
{
    static const slice encodings[] = {S_INIT("base64"), S_INIT("hex")};
    slice tags, encoding;
    if (use->ref.decode != DECODE_NONE || json_member(bundle, S("tags"), &tags) != JSON_OK ||
        json_member(tags, S("file-encoding"), &encoding) != JSON_OK)
        return;
    for (size_t i = 0; i < COUNT(encodings); i++)
        if (json_is(encoding, encodings[i])) {
            uint8_t room[TEXT_BYTES];
            struct buf text = BUF(room);
            put_pair(&text, "its tag file-encoding says that it is ", encodings[i], "");
            put_pair(&text, "; add ?decode=", encodings[i], " for the bytes of the file");
            say(check, REPORT_WARN, what, &text);
        }
}

static slice version_of(slice bundle)
{
    slice id, part = S("");
    if (json_member(bundle, S("id"), &id) != JSON_OK || !json_inside(id, &id))
        return S("");
    while (slice_cut(&id, '/', &part))
        continue;
    return part;
}

static void say_read(struct check *check, struct use *use, slice what)
{
    slice bundle = check->session->plan.item[use->item].bundle;
    uint8_t room[TEXT_BYTES];
    struct buf text = BUF(room);
    err e = deliver_value(check->session, use, &use->value);
    if (failed(e)) {
        report_failure(&check->report, what, e);
        return;
    }
    buf_number(&text, use->value.len);
    put_pair(&text, use->value.len == 1 ? " byte, version " : " bytes, version ", version_of(bundle), "");
    say(check, REPORT_OK, what, &text);
    slice odd = suspect_value(use->value);
    if (odd.len)
        report_say(&check->report, REPORT_WARN, what, odd);
    warn_of_encoding(check, what, use, bundle);
    warn_of_dates(check, what, bundle);
}

static void say_use(struct check *check, struct use *use)
{
    const struct item *item = &check->session->plan.item[use->item];
    uint8_t room[TEXT_BYTES];
    struct buf text = BUF(room);
    slice what = describe(check, use, &text);
    switch (item->state) {
    case ITEM_FULL:
        say_read(check, use, what);
        break;
    case ITEM_MISSING:
        report_say(&check->report, REPORT_OK, what, S("there is none, and it is optional"));
        break;
    case ITEM_FAILED:
        report_failure(&check->report, what, err_of(&item->error));
        break;
    case ITEM_WAITING:
    case ITEM_FETCHING:
        report_say(&check->report, REPORT_WARN, what, S("not read: see above"));
        break;
    }
}

/* --- all of it --- */

static err count(void *context, const struct listed_secret *listed)
{
    (void)listed;
    ++*(uint64_t *)context;
    return OK;
}

/* Nothing is to be read: then whether this vault lets us in. */
static err try_vault(struct check *check)
{
    uint64_t names = 0;
    uint8_t room[TEXT_BYTES];
    struct buf text = BUF(room);
    slice host = check->vault->to.host;
    err e = fetch_names(&check->session->fetch, check->vault, S(""), true, count, &names);
    uint16_t why = err_message(e);
    if (why == M_VAULT_ROLE_MISSING || why == M_VAULT_POLICY_MISSING || why == M_VAULT_FORBIDDEN) {
        report_say(&check->report, REPORT_WARN, host,
                   S("this identity may not list its secrets; see with azfob check NAME whether it may read one"));
        return OK;
    }
    if (failed(e))
        return e;
    buf_number(&text, names);
    buf_text(&text, " secrets can be listed; see with azfob check NAME whether one can be read");
    say(check, REPORT_OK, host, &text);
    return OK;
}

/* A vault that nobody could reach has asked for no token; whether there would be one is told all the same. */
static err ask_for_token(struct check *check, slice resource)
{
    struct token_slot *slot;
    return resource.len ? fetch_token(&check->session->fetch, resource, &slot) : OK;
}

static void read_all(struct check *check)
{
    static const struct items_setting setting = {.bundles = true, .challenge = true, .all = true};
    struct session *session = check->session;
    struct plan *plan = &session->plan;
    err e = OK;
    if (plan->items)
        e = fetch_items(&session->fetch, plan, setting);
    else if (check->vault)
        e = try_vault(check);
    if (failed(e))
        report_failure(&check->report, S("run"), e);
    for (size_t i = 0; i < plan->vaults; i++) {
        e = ask_for_token(check, plan->vault[i].resource);
        if (failed(e))
            report_failure(&check->report, S("token"), e);
    }
    say_tokens(check);
    for (size_t i = 0; i < plan->uses; i++)
        say_use(check, &plan->use[i]);
}

static void check_online(struct check *check)
{
    struct session *session = check->session;
    err e = session_open(session);
    if (failed(e)) {
        report_failure(&check->report, S("identity"), e);
    } else {
        session->fetch.setting.met = met;
        session->fetch.setting.met_context = check;
        say_identity(check, &session->fetch.identity);
        read_all(check);
    }
    session_close(session);
}

static void say_proxies(struct check *check)
{
    struct session *session = check->session;
    struct fetch_setting setting = {.arena = NULL};
    session_proxy(session, &setting);
    for (size_t i = 0; setting.proxy.name.len && i < session->plan.vaults; i++) {
        slice host = session->plan.vault[i].to.host;
        if (proxy_is_bypassed(setting.no_proxy, host))
            continue;
        if (setting.proxy.port == 0)
            report_failure(&check->report, host, err_make(M_PROXY_FORM, setting.proxy.name));
        else
            report_say(&check->report, REPORT_OK, host, setting.proxy.name);
    }
}

static void check_offline(struct check *check)
{
    struct session *session = check->session;
    const struct plan *plan = &session->plan;
    struct identity identity = {.talk.notes = &session->notes};
    uint8_t room[TEXT_BYTES];
    struct buf text = BUF(room);
    session_identity(session);
    err e = identity_choose(&identity, &session->identity);
    if (failed(e))
        report_failure(&check->report, S("identity"), e);
    else
        say_identity(check, &identity);
    for (size_t i = 0; i < plan->uses; i++)
        report_say(&check->report, REPORT_OK, describe(check, &plan->use[i], &text), S(""));
    if (check->vault)
        report_say(&check->report, REPORT_OK, check->vault->to.host, S("the default vault"));
    say_proxies(check);
}

err check_run(struct session *session)
{
    const struct options *options = &session->options;
    struct check check = {.session = session, .report = {.json = options->json, .quiet = options->quiet}};
    err e = session_gather(session, TARGETS, plan_output, true);
    if (failed(e))
        return e;
    if (session->plan.items == 0 && options->vault.vault.len)
        check.vault = plan_vault(&session->plan, &options->vault);
    else if (session->plan.items == 0)
        return err_make(M_NO_VAULT, S("check"));
    e = session_mistakes(session);
    if (failed(e))
        return e;
    check.now = clock_unix();
    if (options->offline)
        check_offline(&check);
    else
        check_online(&check);
    return report_end(&check.report);
}
