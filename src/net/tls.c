#include "net/tls.h"

#include <string.h>

enum { HOST_BYTES = 256, CHANGE_CIPHER_SPEC = 20, HANDSHAKE = 22, APPLICATION_DATA = 23 };

/* Values of the engine's application_data: what may be sent and received. */
enum { NOTHING_YET = 0, BOTH_WAYS = 1, SENDING_ONLY = 3 };

/* Every Azure endpoint has these. ChaCha20-Poly1305 would be 5 KiB more for machines without AES in hardware, where BearSSL's bitsliced AES is
 * constant-time all the same. */
static const uint16_t suites[] = {
    BR_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    BR_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    BR_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    BR_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
};

static const char *protocols[] = {"http/1.1"};

/* Named one by one: br_ssl_client_init_full would carry every algorithm that BearSSL has into the program. One generic curve code
 * for P-256, P-384 and P-521: those made for P-256 and Curve25519 are 13 KiB, and save 2 ms of a handshake. */
static void choose_algorithms(br_ssl_client_context *client)
{
    br_ssl_engine_context *engine = &client->eng;
    br_ssl_client_zero(client);
    br_ssl_engine_set_versions(engine, BR_TLS12, BR_TLS12);
    br_ssl_engine_set_suites(engine, suites, COUNT(suites));
    br_ssl_engine_set_rsavrfy(engine, br_rsa_i31_pkcs1_vrfy);
    br_ssl_engine_set_ec(engine, &br_ec_prime_i31);
    br_ssl_engine_set_ecdsa(engine, br_ecdsa_i31_vrfy_asn1);
    br_ssl_engine_set_hash(engine, br_sha256_ID, &br_sha256_vtable);
    br_ssl_engine_set_hash(engine, br_sha384_ID, &br_sha384_vtable);
    br_ssl_engine_set_hash(engine, br_sha512_ID, &br_sha512_vtable);
    br_ssl_engine_set_prf_sha256(engine, br_tls12_sha256_prf);
    br_ssl_engine_set_prf_sha384(engine, br_tls12_sha384_prf);
    br_ssl_engine_set_default_aes_gcm(engine);
    br_ssl_engine_set_protocol_names(engine, protocols, COUNT(protocols));
    br_ssl_engine_add_flags(engine, BR_OPT_NO_RENEGOTIATION | BR_OPT_FAIL_ON_ALPN_MISMATCH);
}

/* False start, by two fields that BearSSL does not promise; a test pins what we rely on. To be called when the record with our Finished
 * has been taken: the engine waits for the server's, in a state (0) in which nothing may be sent. Bit 0 opens sending; but
 * with 1 it would also take application data that comes before the server's Finished. It takes these with exactly 1 only,
 * which it sets itself when the handshake has ended. The conditions of RFC 7918 section 4 hold: TLS 1.2, ECDHE and AEAD (we
 * offer no others), certificate and ServerKeyExchange verified (else there were no Finished of ours), ALPN chosen. */
static void start_early(struct tls *tls)
{
    br_ssl_engine_context *engine = &tls->client.eng;
    if (!tls->may_false_start || br_ssl_engine_current_state(engine) == BR_SSL_CLOSED ||
        engine->application_data != NOTHING_YET || !br_ssl_engine_get_selected_protocol(engine))
        return;
    engine->application_data = SENDING_ONLY;
    engine->record_type_out = APPLICATION_DATA;
    tls->false_started = true;
}

/* All records that are ready, behind each other, so that a flight is one write. A record that does not fit waits. */
static void gather(struct tls *tls)
{
    br_ssl_engine_context *engine = &tls->client.eng;
    size_t len;
    for (uint8_t *record; (record = br_ssl_engine_sendrec_buf(engine, &len)) != NULL;) {
        uint8_t type = record[0];
        if (len > tls->flight.cap - tls->flight.len)
            return;
        buf_put(&tls->flight, (slice){record, len});
        br_ssl_engine_sendrec_ack(engine, len);
        if (type == HANDSHAKE && tls->cipher_changed)
            start_early(tls);
        tls->cipher_changed = tls->cipher_changed || type == CHANGE_CIPHER_SPEC;
    }
}

void tls_start(struct tls *tls, slice host, const struct tls_setting *setting)
{
    br_ssl_engine_context *engine = &tls->client.eng;
    char name[HOST_BYTES] = "";
    if (host.len < sizeof name)
        memcpy(name, host.at, host.len);
    tls->host = host;
    tls->may_false_start = setting->false_start;
    tls->cipher_changed = tls->false_started = tls->opened = false;
    tls->sent = 0;
    tls->flight = BUF(tls->flight_room);
    choose_algorithms(&tls->client);
    trust_start(&tls->trust, setting->roots, setting->now, setting->clock);
    br_ssl_engine_set_x509(engine, &tls->trust.vtable);
    br_ssl_engine_set_buffers_bidi(engine, tls->in, sizeof tls->in, tls->out, sizeof tls->out);
    br_ssl_engine_inject_entropy(engine, setting->seed, sizeof setting->seed);
    if (setting->resume)
        br_ssl_engine_set_session_parameters(engine, &setting->resume->parameters);
    /* When this fails the engine has failed, and tls_phase says so. */
    (void)br_ssl_client_reset(&tls->client, name, setting->resume != NULL);
    gather(tls);
}

enum tls_phase tls_phase(const struct tls *tls)
{
    const br_ssl_engine_context *engine = &tls->client.eng;
    if (br_ssl_engine_current_state(engine) == BR_SSL_CLOSED)
        return br_ssl_engine_last_error(engine) == BR_ERR_OK ? TLS_CLOSED : TLS_FAILED;
    if (tls->opened)
        return TLS_OPEN;
    return tls->false_started ? TLS_MAY_WRITE : TLS_SHAKING;
}

size_t tls_write(struct tls *tls, slice plaintext)
{
    br_ssl_engine_context *engine = &tls->client.eng;
    size_t done = 0, room;
    for (uint8_t *at; done < plaintext.len && (at = br_ssl_engine_sendapp_buf(engine, &room)) != NULL;) {
        slice piece = slice_first(slice_after(plaintext, done), room);
        memcpy(at, piece.at, piece.len);
        br_ssl_engine_sendapp_ack(engine, piece.len);
        br_ssl_engine_flush(engine, 0);
        done += piece.len;
        gather(tls);
    }
    return done;
}

slice tls_output(const struct tls *tls)
{
    return slice_after(buf_slice(&tls->flight), tls->sent);
}

void tls_sent(struct tls *tls, size_t n)
{
    tls->sent += n;
    if (tls->sent < tls->flight.len)
        return;
    tls->flight.len = tls->sent = 0;
    gather(tls);
}

size_t tls_feed(struct tls *tls, slice received)
{
    br_ssl_engine_context *engine = &tls->client.eng;
    size_t done = 0, room;
    for (uint8_t *at; done < received.len && (at = br_ssl_engine_recvrec_buf(engine, &room)) != NULL;) {
        slice piece = slice_first(slice_after(received, done), room);
        memcpy(at, piece.at, piece.len);
        br_ssl_engine_recvrec_ack(engine, piece.len);
        done += piece.len;
        tls->opened = tls->opened || engine->application_data == BOTH_WAYS;
        gather(tls);
    }
    return done;
}

slice tls_readable(const struct tls *tls)
{
    size_t len;
    const uint8_t *at = br_ssl_engine_recvapp_buf(&tls->client.eng, &len);
    return at ? (slice){at, len} : S("");
}

void tls_consume(struct tls *tls, size_t n)
{
    br_ssl_engine_recvapp_ack(&tls->client.eng, n);
}

void tls_close(struct tls *tls)
{
    br_ssl_engine_close(&tls->client.eng);
    gather(tls);
}

bool tls_false_started(const struct tls *tls)
{
    return tls->false_started && !tls->opened;
}

bool tls_session(const struct tls *tls, struct tls_session *session)
{
    if (!tls->opened)
        return false;
    br_ssl_engine_get_session_parameters(&tls->client.eng, &session->parameters);
    return session->parameters.session_id_len > 0;
}

/* --- words --- */

/* RFC 8446 section 6: those that a client of ours may meet. */
#define ALERTS(A)                                                                                                      \
    A(10, "unexpected message")                                                                                        \
    A(20, "bad record")                                                                                                \
    A(22, "record overflow")                                                                                           \
    A(40, "handshake failure")                                                                                         \
    A(42, "bad certificate")                                                                                           \
    A(46, "certificate unknown")                                                                                       \
    A(47, "illegal parameter")                                                                                         \
    A(48, "unknown CA")                                                                                                \
    A(49, "access denied")                                                                                             \
    A(50, "decode error")                                                                                              \
    A(51, "decrypt error")                                                                                             \
    A(70, "protocol version")                                                                                          \
    A(71, "insufficient security")                                                                                     \
    A(80, "internal error")                                                                                            \
    A(112, "unrecognized name")                                                                                        \
    A(116, "certificate required")                                                                                     \
    A(120, "no application protocol")

static const uint8_t alerts[] = {
#define A(alert, name) alert,
    ALERTS(A)
#undef A
};

static const char alert_names[] =
#define A(alert, name) name "\0"
    ALERTS(A)
#undef A
    ;

static slice alert_name(int alert)
{
    slice name = texts_of(alert_names, alerts, COUNT(alerts), alert);
    return name.len ? name : S("unknown");
}

err tls_error(const struct tls *tls, struct buf *notes)
{
    static const uint8_t nothing_common[] = {BR_ERR_UNSUPPORTED_VERSION, BR_ERR_BAD_CIPHER_SUITE,
                                             BR_ERR_INVALID_ALGORITHM, BR_ERR_BAD_COMPRESSION, BR_ERR_BAD_SECRENEG};
    int error = br_ssl_engine_last_error(&tls->client.eng);
    err e = err_make(M_TLS_BROKEN, tls->host);
    e->number[0] = error;
    if (error >= BR_ERR_RECV_FATAL_ALERT && error < BR_ERR_SEND_FATAL_ALERT) {
        e->message = M_TLS_ALERT;
        e->number[0] = error - BR_ERR_RECV_FATAL_ALERT;
        e->arg[1] = alert_name((int)e->number[0]);
    } else if (error > BR_ERR_X509_OK && error <= BR_ERR_X509_NOT_TRUSTED) {
        return trust_error(&tls->trust, error, tls->host, notes);
    }
    for (size_t i = 0; i < COUNT(nothing_common); i++)
        if (error == nothing_common[i])
            e->message = M_TLS_NOTHING_COMMON;
    return e;
}
