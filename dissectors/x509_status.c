/* Stapled answers about certificates, read with libcrypto. */
#include "x509.h"

#include "x509_parts.h"

#include <openssl/err.h>
#include <openssl/ocsp.h>

enum {
	STATUS_ENTRIES_MOST = 16,
};

static void
read_entry(struct arena *arena, OCSP_SINGLERESP *entry, struct certificate_status *status_r)
{
	ASN1_GENERALIZEDTIME *revoked_at = NULL;
	ASN1_INTEGER *serial = NULL;
	int reason = -1;
	int word = OCSP_single_get0_status(entry, &reason, &revoked_at, NULL, NULL);

	*status_r = (struct certificate_status){ .revoked = word == V_OCSP_CERTSTATUS_REVOKED };
	if (OCSP_id_get0_info(NULL, NULL, NULL, &serial, (OCSP_CERTID *)OCSP_SINGLERESP_get0_id(entry)) == 1)
		status_r->serial = x509_serial(arena, serial);
	if (!status_r->revoked)
		return;
	x509_seconds(revoked_at, &status_r->revoked_at);
	if (reason >= 0)
		status_r->reason = OCSP_crl_reason_str(reason);
}

bool
x509_read_status(struct arena *arena, struct span der, struct certificate_status *status_r)
{
	const unsigned char *at = der.at;
	OCSP_RESPONSE *response = NULL;
	OCSP_BASICRESP *basic = NULL;
	int count;

	*status_r = (struct certificate_status){ 0 };
	if (der.len > 0 && der.len <= X509_SIZE_MOST)
		response = d2i_OCSP_RESPONSE(NULL, &at, (long)der.len);
	if (response != NULL)
		basic = OCSP_response_get1_basic(response);
	count = basic != NULL ? OCSP_resp_count(basic) : 0;
	for (int i = 0; i < count && i < STATUS_ENTRIES_MOST && !status_r->revoked; i++) {
		struct certificate_status entry;

		read_entry(arena, OCSP_resp_get0(basic, i), &entry);
		if (i == 0 || entry.revoked)
			*status_r = entry;
	}
	OCSP_BASICRESP_free(basic);
	OCSP_RESPONSE_free(response);
	ERR_clear_error();
	return count > 0;
}
