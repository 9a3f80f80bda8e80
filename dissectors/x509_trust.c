/* Where the path from a certificate ends, found by libcrypto. */
#include "x509.h"

#include "x509_parts.h"

#include "base/cursor.h"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

struct x509_trust {
	X509_STORE *store;
};

/* How many of the folder's files hold certificates. */
static size_t
load_folder(X509_STORE *store, DIR *folder, const char *path)
{
	const struct dirent *entry;
	size_t loaded = 0;

	while ((entry = readdir(folder)) != NULL) {
		char name[4096];
		struct stat facts;
		int len = snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);

		if (len > 0 && (size_t)len < sizeof(name) && stat(name, &facts) == 0 && S_ISREG(facts.st_mode) &&
		    X509_STORE_load_file(store, name) == 1)
			loaded++;
	}
	return loaded;
}

static bool
load(X509_STORE *store, const char *path)
{
	DIR *folder = opendir(path);
	bool loaded;

	if (folder == NULL)
		return X509_STORE_load_file(store, path) == 1;
	loaded = load_folder(store, folder, path) > 0;
	closedir(folder);
	return loaded;
}

struct status
x509_trust_open(const char *path, struct x509_trust **trust_r)
{
	struct x509_trust *trust = calloc(1, sizeof(*trust));
	struct status status = status_ok();

	if (trust == NULL || (trust->store = X509_STORE_new()) == NULL)
		status = status_of(STATUS_NO_MEMORY, "out of memory");
	else if (!load(trust->store, path))
		status = status_of(STATUS_USAGE, "%s: no certificate in PEM form is in there", path);
	ERR_clear_error();
	if (!status_is_ok(&status))
		x509_trust_free(&trust);
	*trust_r = trust;
	return status;
}

void
x509_trust_free(struct x509_trust **trust)
{
	if (*trust == NULL)
		return;
	X509_STORE_free((*trust)->store);
	free(*trust);
	*trust = NULL;
}

/* NULL when one of them is no certificate, or so large a key that checking it would cost too much. */
static STACK_OF(X509) *
parse_list(struct span list, const struct certificate_chain *chain)
{
	struct cursor rest = cursor_of(list);
	STACK_OF(X509) *stack = sk_X509_new_null();

	for (size_t i = 0; i < chain->count && stack != NULL; i++) {
		struct cursor der = cursor_block(&rest, 3);
		X509 *x509 = chain->certificates[i].key_bits <= VERIFY_BITS_MOST ? x509_parse(cursor_rest(&der)) : NULL;

		if (x509 != NULL && sk_X509_push(stack, x509) > 0)
			continue;
		X509_free(x509);
		sk_X509_pop_free(stack, X509_free);
		stack = NULL;
	}
	return stack;
}

/* The times in which all issuers on the path hold good; the leaf's own are judged apart. */
static void
read_path(X509_STORE_CTX *context, struct certificate_chain *chain)
{
	STACK_OF(X509) *path = X509_STORE_CTX_get0_chain(context);

	chain->trust = TRUST_REACHED;
	chain->path_from = INT64_MIN;
	chain->path_until = INT64_MAX;
	for (int i = 1; i < sk_X509_num(path); i++) {
		const X509 *issuer = sk_X509_value(path, i);
		int64_t from, until;

		if (x509_seconds(X509_get0_notBefore(issuer), &from) && from > chain->path_from)
			chain->path_from = from;
		if (x509_seconds(X509_get0_notAfter(issuer), &until) && until < chain->path_until)
			chain->path_until = until;
	}
}

/* A leaf alone lacks its issuer; what ends higher up, or at itself, ends at somebody whom the store does not know. */
static void
read_failure(X509_STORE_CTX *context, struct certificate_chain *chain)
{
	int error = X509_STORE_CTX_get_error(context);

	chain->trust_words = X509_verify_cert_error_string(error);
	switch (error) {
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN: chain->trust = TRUST_OUTSIDE; break;
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
		chain->trust = X509_STORE_CTX_get_error_depth(context) > 0 ? TRUST_OUTSIDE : TRUST_INCOMPLETE;
		break;
	case X509_V_ERR_INVALID_PURPOSE:        /* judged apart */
	case X509_V_ERR_OUT_OF_MEM: break;
	default: chain->trust = TRUST_INCOMPLETE; break;
	}
}

void
x509_trust_judge(const struct x509_trust *trust, struct span list, struct certificate_chain *chain)
{
	STACK_OF(X509) *sent = trust != NULL && chain->count > 0 ? parse_list(list, chain) : NULL;
	X509_STORE_CTX *context = sent != NULL ? X509_STORE_CTX_new() : NULL;

	if (context != NULL &&
	    X509_STORE_CTX_init(context, trust->store, sk_X509_value(sent, 0), sent) == 1) {
		X509_STORE_CTX_set_purpose(context, X509_PURPOSE_SSL_SERVER);
		X509_STORE_CTX_set_flags(context, X509_V_FLAG_NO_CHECK_TIME | X509_V_FLAG_PARTIAL_CHAIN);
		if (X509_verify_cert(context) == 1)
			read_path(context, chain);
		else
			read_failure(context, chain);
	}
	X509_STORE_CTX_free(context);
	sk_X509_pop_free(sent, X509_free);
	ERR_clear_error();
}
