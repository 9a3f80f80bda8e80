/* Groups, signature schemes, alerts and handshake messages by name, as IANA registers them. */
#include "tls_names.h"

#include "base/table.h"

struct word {
	uint16_t    number;
	const char *name;
};

static const struct word groups[] = {
	{ 1, "sect163k1" }, { 2, "sect163r1" }, { 3, "sect163r2" }, { 4, "sect193r1" },
	{ 5, "sect193r2" }, { 6, "sect233k1" }, { 7, "sect233r1" }, { 8, "sect239k1" },
	{ 9, "sect283k1" }, { 10, "sect283r1" }, { 11, "sect409k1" }, { 12, "sect409r1" },
	{ 13, "sect571k1" }, { 14, "sect571r1" }, { 15, "secp160k1" }, { 16, "secp160r1" },
	{ 17, "secp160r2" }, { 18, "secp192k1" }, { 19, "secp192r1" }, { 20, "secp224k1" },
	{ 21, "secp224r1" }, { 22, "secp256k1" }, { 23, "secp256r1" }, { 24, "secp384r1" },
	{ 25, "secp521r1" }, { 26, "brainpoolP256r1" }, { 27, "brainpoolP384r1" },
	{ 28, "brainpoolP512r1" }, { 29, "x25519" }, { 30, "x448" },
	{ 31, "brainpoolP256r1tls13" }, { 32, "brainpoolP384r1tls13" },
	{ 33, "brainpoolP512r1tls13" }, { 34, "GC256A" }, { 35, "GC256B" }, { 36, "GC256C" },
	{ 37, "GC256D" }, { 38, "GC512A" }, { 39, "GC512B" }, { 40, "GC512C" },
	{ 41, "curveSM2" }, { 256, "ffdhe2048" }, { 257, "ffdhe3072" }, { 258, "ffdhe4096" },
	{ 259, "ffdhe6144" }, { 260, "ffdhe8192" }, { 512, "MLKEM512" }, { 513, "MLKEM768" },
	{ 514, "MLKEM1024" }, { 4587, "SecP256r1MLKEM768" }, { 4588, "X25519MLKEM768" },
	{ 4589, "SecP384r1MLKEM1024" }, { 4590, "curveSM2MLKEM768" },
	{ 25497, "X25519Kyber768Draft00" }, { 25498, "SecP256r1Kyber768Draft00" },
	{ 65281, "arbitrary_explicit_prime_curves" }, { 65282, "arbitrary_explicit_char2_curves" },
};

/* The pairs of hash and signature of RFC 5246, section 7.4.1.4.1 share the numbers of RFC 8446's
 * schemes. */
static const struct word schemes[] = {
	{ 0x0101, "rsa_pkcs1_md5" }, { 0x0102, "dsa_md5" }, { 0x0103, "ecdsa_md5" },
	{ 0x0201, "rsa_pkcs1_sha1" }, { 0x0202, "dsa_sha1" }, { 0x0203, "ecdsa_sha1" },
	{ 0x0301, "rsa_pkcs1_sha224" }, { 0x0302, "dsa_sha224" }, { 0x0303, "ecdsa_sha224" },
	{ 0x0401, "rsa_pkcs1_sha256" }, { 0x0402, "dsa_sha256" },
	{ 0x0403, "ecdsa_secp256r1_sha256" }, { 0x0420, "rsa_pkcs1_sha256_legacy" },
	{ 0x0501, "rsa_pkcs1_sha384" }, { 0x0502, "dsa_sha384" },
	{ 0x0503, "ecdsa_secp384r1_sha384" }, { 0x0520, "rsa_pkcs1_sha384_legacy" },
	{ 0x0601, "rsa_pkcs1_sha512" }, { 0x0602, "dsa_sha512" },
	{ 0x0603, "ecdsa_secp521r1_sha512" }, { 0x0620, "rsa_pkcs1_sha512_legacy" },
	{ 0x0704, "eccsi_sha256" }, { 0x0705, "iso_ibs1" }, { 0x0706, "iso_ibs2" },
	{ 0x0707, "iso_chinese_ibs" }, { 0x0708, "sm2sig_sm3" },
	{ 0x0709, "gostr34102012_256a" }, { 0x070A, "gostr34102012_256b" },
	{ 0x070B, "gostr34102012_256c" }, { 0x070C, "gostr34102012_256d" },
	{ 0x070D, "gostr34102012_512a" }, { 0x070E, "gostr34102012_512b" },
	{ 0x070F, "gostr34102012_512c" }, { 0x0804, "rsa_pss_rsae_sha256" },
	{ 0x0805, "rsa_pss_rsae_sha384" }, { 0x0806, "rsa_pss_rsae_sha512" },
	{ 0x0807, "ed25519" }, { 0x0808, "ed448" }, { 0x0809, "rsa_pss_pss_sha256" },
	{ 0x080A, "rsa_pss_pss_sha384" }, { 0x080B, "rsa_pss_pss_sha512" },
	{ 0x081A, "ecdsa_brainpoolP256r1tls13_sha256" },
	{ 0x081B, "ecdsa_brainpoolP384r1tls13_sha384" },
	{ 0x081C, "ecdsa_brainpoolP512r1tls13_sha512" },
	{ 0x0904, "mldsa44" }, { 0x0905, "mldsa65" }, { 0x0906, "mldsa87" },
};

static const struct word alerts[] = {
	{ 0, "close_notify" }, { 10, "unexpected_message" }, { 20, "bad_record_mac" },
	{ 21, "decryption_failed" }, { 22, "record_overflow" }, { 30, "decompression_failure" },
	{ 40, "handshake_failure" }, { 41, "no_certificate" }, { 42, "bad_certificate" },
	{ 43, "unsupported_certificate" }, { 44, "certificate_revoked" },
	{ 45, "certificate_expired" }, { 46, "certificate_unknown" }, { 47, "illegal_parameter" },
	{ 48, "unknown_ca" }, { 49, "access_denied" }, { 50, "decode_error" },
	{ 51, "decrypt_error" }, { 60, "export_restriction" }, { 70, "protocol_version" },
	{ 71, "insufficient_security" }, { 80, "internal_error" },
	{ 86, "inappropriate_fallback" }, { 90, "user_canceled" }, { 100, "no_renegotiation" },
	{ 109, "missing_extension" }, { 110, "unsupported_extension" },
	{ 111, "certificate_unobtainable" }, { 112, "unrecognized_name" },
	{ 113, "bad_certificate_status_response" }, { 114, "bad_certificate_hash_value" },
	{ 115, "unknown_psk_identity" }, { 116, "certificate_required" },
	{ 117, "general_error" }, { 120, "no_application_protocol" }, { 121, "ech_required" },
};

static const struct word handshakes[] = {
	{ 0, "HelloRequest" }, { 1, "ClientHello" }, { 2, "ServerHello" },
	{ 3, "HelloVerifyRequest" }, { 4, "NewSessionTicket" }, { 5, "EndOfEarlyData" },
	{ 8, "EncryptedExtensions" }, { 11, "Certificate" }, { 12, "ServerKeyExchange" },
	{ 13, "CertificateRequest" }, { 14, "ServerHelloDone" }, { 15, "CertificateVerify" },
	{ 16, "ClientKeyExchange" }, { 20, "Finished" }, { 21, "CertificateUrl" },
	{ 22, "CertificateStatus" }, { 23, "SupplementalData" }, { 24, "KeyUpdate" },
	{ 25, "CompressedCertificate" }, { 67, "NextProtocol" }, { 254, "MessageHash" },
};

/* The tables are short; a look-up happens a few times a session. */
static const char *
find(const struct word *words, size_t count, uint16_t number)
{
	for (size_t i = 0; i < count; i++)
		if (words[i].number == number)
			return words[i].name;
	return NULL;
}

const char *
tls_group_name(uint16_t group)
{
	return find(groups, TABLE_LENGTH(groups), group);
}

const char *
tls_scheme_name(uint16_t scheme)
{
	return find(schemes, TABLE_LENGTH(schemes), scheme);
}

const char *
tls_alert_name(uint8_t description)
{
	return find(alerts, TABLE_LENGTH(alerts), description);
}

const char *
tls_handshake_name(uint8_t type)
{
	return find(handshakes, TABLE_LENGTH(handshakes), type);
}
