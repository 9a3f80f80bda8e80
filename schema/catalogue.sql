-- The finding catalogue: what each finding means, which clauses it touches and how to end it; what
-- each verdict says; which controls of which framework each group of findings touches.  It is data
-- for the tables finding_kind, finding_clause, finding_remedy, control_map and verdict_kind of
-- tables.sql and is loaded anew, as a whole, whenever it has changed: so it holds INSERT statements
-- and nothing else.
--
-- Its reader is somebody who knows standards, not packets:
--
--   severity      the usual one; where one finding may differ, its trigger or confidence says when
--   sentence      what the finding says
--   trigger       what on the wire makes it fire, for whoever runs the mail server
--   confidence    when it is proven, likely or possible, and which assumption remains
--   fix           what to do; finding_remedy names the settings of products
--   rule_version  goes up whenever the rule decides differently
--
-- Ids and severities are those of src/rules/rules.def and history.def, all of them and no others.  An id never
-- changes.  A clause has certain = 1 when it was compared with the text of the standard, or with a
-- copy or digest of it; a clause with 0 is from working knowledge and wants a look before it is
-- quoted to an auditor.  control_map goes by the beginning of the id; a finding without a row in it
-- breaks no control by itself: a diagnosis (diag-) explains, it does not accuse.

-- 1 Credentials and content that crossed in clear: cred-, data- -----------------------------------

INSERT INTO finding_kind
	(id, title, severity, sentence, trigger, confidence, fix, rule_version)
VALUES
('cred-plaintext-accepted',
	'Password sent in clear and accepted',
	'critical',
	'A working password crossed the network unencrypted, and anyone on the path could read it.',
	'Before any encryption was in place the client logged in with a method that carries '
		|| 'the password itself (such as AUTH PLAIN or AUTH LOGIN in SMTP, LOGIN in IMAP, USER '
		|| 'and PASS in POP3 or FTP, a simple bind in LDAP), and the server answered that the '
		|| 'login succeeded (in SMTP 235).',
	'Proven when both the login and the server''s answer were captured. Likely when the '
		|| 'answer was not captured and success is inferred from a recipient accepted '
		|| 'afterwards on a submission port; the assumption is that the server accepts '
		|| 'recipients there only after a login.',
	'Make the server refuse and stop offering password logins before TLS, change the '
		|| 'exposed password, and set the client to implicit TLS, where the service has a port '
		|| 'for it, or to mandatory STARTTLS.',
	1),

('cred-plaintext-rejected',
	'Password sent in clear although the server refused it',
	'critical',
	'The server refused the login, but by then the password had already crossed the network '
		|| 'unencrypted.',
	'Before any encryption was in place the client sent a password, and the login failed: '
		|| 'because the server wants TLS first (in SMTP 530 or 538), because the password was '
		|| 'wrong (in SMTP 535), or because the login was given up after the password had been '
		|| 'sent.',
	'Proven: the password line and the refusal were both captured. The severity is high when '
		|| 'the server did not refuse for want of TLS, since a wrong password may not be '
		|| 'in use.',
	'Stop offering password methods before TLS, so that well-behaved clients never send one, '
		|| 'and change the password of the accounts concerned.',
	1),

('cred-plaintext-outcome-unknown',
	'Password sent in clear, result not captured',
	'high',
	'A password was sent unencrypted; the capture does not show whether the server accepted '
		|| 'it.',
	'Before any encryption was in place the client sent a password, and no answer to it was '
		|| 'captured: the connection ended, a packet is missing, or only one direction '
		|| 'was recorded.',
	'Proven for the sending. Whether the password is valid stays open.',
	'Treat the password as exposed and change it, enforce TLS before login, and widen the '
		|| 'capture to both directions.',
	1),

('cred-before-available-tls',
	'Password sent in clear while TLS was on offer',
	'critical',
	'Encryption was available in this very session, and the client sent a password without '
		|| 'using it.',
	'The server''s complete feature list offered STARTTLS, the client never asked for it, and '
		|| 'then sent a password or token in clear.',
	'Proven: the offer and the unprotected login were both captured.',
	'Set the client to require STARTTLS or to use implicit TLS, check the result on the wire '
		|| 'rather than by successful delivery, and refuse logins before TLS on the '
		|| 'server.',
	1),

('cred-sent-after-strip-signs',
	'Password sent in clear after signs of stripping',
	'critical',
	'A password was sent unencrypted in a session that shows tampering with the offer of '
		|| 'encryption.',
	'The session carries signs that something on the path removed or spoiled the TLS offer, '
		|| 'and the client then sent a password or token in clear.',
	'As certain as the signs of tampering: proven when they are conclusive, otherwise likely '
		|| 'or possible. That the password crossed in clear is certain in any case.',
	'Treat both the account and the network path as compromised: change the password, find '
		|| 'the device that alters the dialogue, and make the client require TLS.',
	1),

('cred-weak-challenge-plaintext',
	'Challenge-response login without TLS',
	'medium',
	'The password itself was not readable, but what was captured lets an eavesdropper guess '
		|| 'it without contacting the server.',
	'Before any encryption was in place the client completed a challenge-response login such '
		|| 'as CRAM-MD5, DIGEST-MD5, NTLM or SCRAM. For SCRAM, which is salted and slow '
		|| 'to guess, the severity is low.',
	'Proven: the exchange was captured. Whether the password can be guessed depends on its '
		|| 'strength.',
	'Put TLS before every login and switch off CRAM-MD5, DIGEST-MD5 and NTLM.',
	1),

('cred-bearer-token-plaintext',
	'OAuth token sent in clear',
	'critical',
	'A token that grants access to the account crossed the network unencrypted.',
	'Before any encryption was in place the client logged in with XOAUTH2 or OAUTHBEARER and '
		|| 'sent the token.',
	'Proven: the line that carried the token was captured.',
	'Revoke the token, and enforce TLS before login on client and server.',
	1),

('cred-mech-offered-plaintext',
	'Server offers password login before TLS',
	'medium',
	'The server invites clients to send passwords unencrypted.',
	'The complete feature list that the server sent before encryption names a password '
		|| 'method (such as AUTH PLAIN or AUTH LOGIN in SMTP, AUTH=PLAIN or LOGIN in IMAP, USER '
		|| 'in POP3).',
	'Proven: the list was captured in full. It says nothing about other clients, since a '
		|| 'server may offer logins to trusted networks only.',
	'Offer login methods only after TLS has started.',
	1),

('cred-validity-oracle-plaintext',
	'Plaintext refusal reveals whether the password was right',
	'medium',
	'Without TLS the server still tells an eavesdropper or guesser which password '
		|| 'is right.',
	'On one port, with one login method, the server refused one password sent in clear as '
		|| 'wrong (in SMTP 535) and another for want of TLS (in SMTP 530 or 538), and accepted '
		|| 'no login in clear.',
	'Likely, assuming that the password made the difference and not the account or '
		|| 'a change of the server''s settings.',
	'Refuse every login before TLS in the same way, before the password is looked '
		|| 'at.',
	1),

('cred-repeated-failure-plaintext',
	'Repeated failed plaintext logins',
	'low',
	'Passwords were tried repeatedly without encryption, and each try was readable on the '
		|| 'path.',
	'Within ten minutes five or more logins of one client with a password in clear '
		|| 'failed at a service, in one connection or in several. The severity is '
		|| 'medium when they were for five or more accounts. A monitor that is known '
		|| 'by its name does not count where it takes several connections.',
	'Likely: the failures were captured; a device with an expired password looks the same as '
		|| 'someone guessing.',
	'Find the device behind the address, limit the rate of failed logins, and require TLS '
		|| 'before login.',
	2),

('cred-reuse-cross-protocol',
	'Same account protected in one protocol, exposed in another',
	'high',
	'One profile of the user is safe, the other leaks the same password.',
	'Within 24 hours a client used TLS for reading its mail (IMAP or POP3) and sent '
		|| 'a password in clear when sending mail, or the other way round, at servers '
		|| 'of one provider: the same address or the same domain.',
	'Likely, assuming that both profiles use one account: under TLS it cannot be '
		|| 'seen. Possible when one of the servers tells no name to compare. Where the '
		|| 'protected session came later, the finding stands with it and names the '
		|| 'exposed one.',
	'Set the exposed profile to implicit TLS or to mandatory STARTTLS, and change '
		|| 'the password.',
	1),

('cred-ftp-data-unprotected',
	'FTP login encrypted, files in clear',
	'high',
	'The user''s login was encrypted, but the files and listings crossed the network readable by anyone on the path.',
	'While an encrypted FTP connection was in use, another one between the same hosts, to a high port or from the '
		|| 'server''s port for data, began within two seconds of it and carried something without TLS in one direction. Or '
		|| 'client and server had agreed, before TLS, on leaving data unprotected (PROT C), or the server refused to protect '
		|| 'it (PROT P).',
	'Likely, assuming that the other connection carried data of this session, as is agreed on inside TLS; or that nothing '
		|| 'else than PROT C was agreed on there.',
	'Let the server refuse data connections without TLS, and set clients to protect them (PROT P).',
	1),

('cred-ldap-anonymous-or-unauthenticated-bind',
	'Directory login without a password',
	'info',
	'A client opened a session with a directory without proving who it is.',
	'A simple bind came with neither name nor password (anonymous), or with a name and an empty password '
		|| '(unauthenticated). With a name the severity is low: programs that check passwords by such a bind take '
		|| 'an empty one for right.',
	'Proven: the bind was captured. No secret crossed by it.',
	'Refuse unauthenticated binds, and anonymous ones where nothing in the directory is meant for everybody.',
	1),

('data-plaintext-content',
	'Message content crossed in clear',
	'high',
	'Message content crossed the network unencrypted and could be read or altered on the path.',
	'Without encryption a message crossed: the client sent it (by DATA or BDAT in SMTP, '
		|| 'APPEND in IMAP, POST in NNTP), or fetched it from a mailbox or a news server, or it '
		|| 'was handed on in a chat. The severity is medium inside a private network.',
	'Proven when the message was captured to its end; likely otherwise, assuming that it was '
		|| 'not empty. Its text is never kept.',
	'Require TLS where users send and read messages; between mail servers, require it for '
		|| 'the domains that matter by a policy map, MTA-STS or DANE.',
	1),

('data-plaintext-envelope',
	'Sender and recipients readable',
	'medium',
	'Who writes to whom was readable on the network, though no message text was sent.',
	'Without encryption the server accepted a sender (MAIL), and no message body followed.',
	'Proven: the commands and their answers were captured.',
	'Require TLS before the mail transaction, as for message content.',
	1),

('data-identity-before-tls',
	'Host name or private address disclosed before TLS',
	'info',
	'The client told its own name or address, or whom it wants to reach, in clear before encryption began.',
	'The client introduced itself with a name in EHLO, LHLO or HELO before TLS, as SMTP '
		|| 'and LMTP demand of every client that does not use implicit TLS, or named in XMPP the '
		|| 'host that it wants. The severity is low when an internal name or a private address '
		|| 'left the site.',
	'Proven: the line was captured.',
	'Use implicit TLS, which encrypts the greeting as well, or give the client a neutral EHLO '
		|| 'name.',
	1);

INSERT INTO finding_clause (kind, source, clause, certain) VALUES
('cred-plaintext-accepted', 'RFC 4954', 'section 9', 1),
('cred-plaintext-accepted', 'RFC 4616', 'section 6', 0),
('cred-plaintext-accepted', 'RFC 8314', 'section 3', 0),
('cred-plaintext-accepted', 'RFC 8314', 'section 4.1', 1),
('cred-plaintext-accepted', 'PCI DSS 4.0.1', '8.3.2', 1),
('cred-plaintext-accepted', 'NIST SP 800-53 Rev. 5', 'IA-5(1)(c)', 0),
('cred-plaintext-accepted', 'MITRE ATT&CK', 'T1040', 0),
('cred-plaintext-accepted', 'MITRE ATT&CK', 'T1078', 0),
('cred-plaintext-rejected', 'RFC 4954', 'section 6', 1),
('cred-plaintext-rejected', 'RFC 4954', 'section 9', 1),
('cred-plaintext-rejected', 'RFC 8314', 'section 4.1', 1),
('cred-plaintext-rejected', 'PCI DSS 4.0.1', '8.3.2', 1),
('cred-plaintext-rejected', 'MITRE ATT&CK', 'T1040', 0),
('cred-plaintext-outcome-unknown', 'RFC 4954', 'section 9', 1),
('cred-plaintext-outcome-unknown', 'RFC 8314', 'section 4.1', 1),
('cred-plaintext-outcome-unknown', 'PCI DSS 4.0.1', '8.3.2', 1),
('cred-plaintext-outcome-unknown', 'MITRE ATT&CK', 'T1040', 0),
('cred-before-available-tls', 'RFC 8314', 'section 5.2', 0),
('cred-before-available-tls', 'RFC 3207', 'section 4', 1),
('cred-before-available-tls', 'RFC 3207', 'section 6', 1),
('cred-before-available-tls', 'MITRE ATT&CK', 'T1040', 0),
('cred-before-available-tls', 'CVE', 'CVE-2020-15954', 0),
('cred-before-available-tls', 'CVE', 'CVE-2021-22946', 0),
('cred-before-available-tls', 'CVE', 'CVE-2021-38373', 0),
('cred-before-available-tls', 'CVE', 'CVE-2021-39272', 0),
('cred-sent-after-strip-signs', 'RFC 3207', 'section 6', 1),
('cred-sent-after-strip-signs', 'RFC 8314', 'section 4.1', 1),
('cred-sent-after-strip-signs', 'RFC 4954', 'section 9', 1),
('cred-sent-after-strip-signs', 'MITRE ATT&CK', 'T1557', 0),
('cred-sent-after-strip-signs', 'MITRE ATT&CK', 'T1040', 0),
('cred-weak-challenge-plaintext', 'RFC 8314', 'section 3', 0),
('cred-weak-challenge-plaintext', 'RFC 6331', 'whole document', 0),
('cred-weak-challenge-plaintext', 'RFC 5802', 'section 9', 0),
('cred-weak-challenge-plaintext', 'BSI TR-02102-1', 'whole document', 0),
('cred-weak-challenge-plaintext', 'MITRE ATT&CK', 'T1040', 0),
('cred-weak-challenge-plaintext', 'MITRE ATT&CK', 'T1110.002', 0),
('cred-bearer-token-plaintext', 'RFC 7628', 'section 4', 0),
('cred-bearer-token-plaintext', 'RFC 6750', 'section 5.3', 0),
('cred-bearer-token-plaintext', 'RFC 8314', 'section 4.1', 1),
('cred-bearer-token-plaintext', 'MITRE ATT&CK', 'T1528', 0),
('cred-bearer-token-plaintext', 'MITRE ATT&CK', 'T1040', 0),
('cred-mech-offered-plaintext', 'RFC 4954', 'section 6', 1),
('cred-mech-offered-plaintext', 'RFC 4954', 'section 9', 1),
('cred-mech-offered-plaintext', 'RFC 8314', 'section 4.1', 1),
('cred-mech-offered-plaintext', 'MITRE ATT&CK', 'T1040', 0),
('cred-validity-oracle-plaintext', 'RFC 8314', 'section 4.1', 1),
('cred-validity-oracle-plaintext', 'MITRE ATT&CK', 'T1110', 0),
('cred-repeated-failure-plaintext', 'RFC 8314', 'section 4.1', 1),
('cred-repeated-failure-plaintext', 'RFC 4954', 'section 9', 1),
('cred-repeated-failure-plaintext', 'MITRE ATT&CK', 'T1110.001', 0),
('cred-repeated-failure-plaintext', 'MITRE ATT&CK', 'T1110.003', 0),
('cred-repeated-failure-plaintext', 'MITRE ATT&CK', 'T1110.004', 0),
('cred-reuse-cross-protocol', 'RFC 8314', 'section 4.1', 1),
('cred-reuse-cross-protocol', 'RFC 4954', 'section 9', 1),
('cred-reuse-cross-protocol', 'MITRE ATT&CK', 'T1040', 0),
('cred-ldap-anonymous-or-unauthenticated-bind', 'RFC 4513', 'section 5.1', 0),
('cred-ldap-anonymous-or-unauthenticated-bind', 'RFC 4513', 'section 6.3.1', 1),
('data-plaintext-content', 'HIPAA', '45 CFR 164.312(e)(1)', 1),
('data-plaintext-content', 'HIPAA', '45 CFR 164.312(e)(2)(ii)', 1),
('data-plaintext-content', 'PCI DSS 4.0.1', '4.2.1', 1),
('data-plaintext-content', 'PCI DSS 4.0.1', '4.2.2', 0),
('cred-ftp-data-unprotected', 'RFC 4217', 'section 9', 0),
('cred-ftp-data-unprotected', 'RFC 2228', 'section 3', 0),
('cred-ftp-data-unprotected', 'MITRE ATT&CK', 'T1040', 0),
('data-plaintext-content', 'GDPR', 'Art. 32(1)(a)', 0),
('data-plaintext-content', 'BSI TR-03108', 'whole document', 0),
('data-plaintext-content', 'MITRE ATT&CK', 'T1040', 0),
('data-plaintext-envelope', 'RFC 3207', 'section 6', 1),
('data-plaintext-envelope', 'HIPAA', '45 CFR 164.312(e)(1)', 1),
('data-plaintext-envelope', 'GDPR', 'Art. 32(1)(a)', 0),
('data-plaintext-envelope', 'MITRE ATT&CK', 'T1040', 0),
('data-identity-before-tls', 'RFC 3207', 'section 6', 1),
('data-identity-before-tls', 'RFC 7672', 'section 1.3.1', 0),
('data-identity-before-tls', 'RFC 8314', 'section 3', 0);

INSERT INTO finding_remedy (kind, product, setting) VALUES
('cred-plaintext-accepted', 'Postfix', 'smtpd_tls_auth_only = yes'),
('cred-plaintext-accepted', 'Postfix',
	'smtpd_tls_security_level = encrypt (on the submission service in master.cf)'),
('cred-plaintext-accepted', 'Exim', 'auth_advertise_hosts = ${if def:tls_in_cipher {*}}'),
('cred-plaintext-accepted', 'Dovecot',
	'auth_allow_cleartext = no (2.4), disable_plaintext_auth = yes (2.3)'),
('cred-plaintext-accepted', 'Exchange',
	'Set-ReceiveConnector -AuthMechanism Tls,BasicAuth,BasicAuthRequireTLS'),
('cred-plaintext-rejected', 'Postfix', 'smtpd_tls_auth_only = yes'),
('cred-plaintext-rejected', 'Exim', 'auth_advertise_hosts = ${if def:tls_in_cipher {*}}'),
('cred-plaintext-rejected', 'Dovecot',
	'auth_allow_cleartext = no (2.4), disable_plaintext_auth = yes (2.3)'),
('cred-plaintext-rejected', 'Exchange',
	'Set-ReceiveConnector -AuthMechanism Tls,BasicAuth,BasicAuthRequireTLS'),
('cred-plaintext-outcome-unknown', 'Postfix', 'smtpd_tls_auth_only = yes'),
('cred-plaintext-outcome-unknown', 'Exim', 'auth_advertise_hosts = ${if def:tls_in_cipher {*}}'),
('cred-plaintext-outcome-unknown', 'Dovecot',
	'auth_allow_cleartext = no (2.4), disable_plaintext_auth = yes (2.3)'),
('cred-plaintext-outcome-unknown', 'Exchange',
	'Set-ReceiveConnector -AuthMechanism Tls,BasicAuth,BasicAuthRequireTLS'),
('cred-before-available-tls', 'Postfix', 'smtpd_tls_auth_only = yes'),
('cred-before-available-tls', 'Postfix',
	'smtp_tls_security_level = encrypt (when Postfix is the client of a relay host)'),
('cred-before-available-tls', 'Exim', 'auth_advertise_hosts = ${if def:tls_in_cipher {*}}'),
('cred-before-available-tls', 'Exim',
	'hosts_require_tls = * (in the smtp transport, when Exim is the client)'),
('cred-before-available-tls', 'Dovecot', 'ssl = required'),
('cred-before-available-tls', 'Exchange',
	'Set-ReceiveConnector -AuthMechanism Tls,BasicAuth,BasicAuthRequireTLS'),
('cred-before-available-tls', 'Exchange',
	'Set-SendConnector -RequireTLS $true (when Exchange is the client)'),
('cred-sent-after-strip-signs', 'Postfix', 'smtpd_tls_auth_only = yes'),
('cred-sent-after-strip-signs', 'Postfix',
	'smtp_tls_security_level = encrypt (when Postfix is the client)'),
('cred-sent-after-strip-signs', 'Exim',
	'hosts_require_tls = * (in the smtp transport, when Exim is the client)'),
('cred-sent-after-strip-signs', 'Dovecot',
	'auth_allow_cleartext = no (2.4), disable_plaintext_auth = yes (2.3)'),
('cred-sent-after-strip-signs', 'Exchange',
	'Set-SendConnector -RequireTLS $true (when Exchange is the client)'),
('cred-sent-after-strip-signs', 'Cisco ASA',
	'no inspect esmtp (or, under the inspection map''s parameters: allow-tls)'),
('cred-weak-challenge-plaintext', 'Postfix', 'smtpd_tls_auth_only = yes'),
('cred-weak-challenge-plaintext', 'Exim', 'auth_advertise_hosts = ${if def:tls_in_cipher {*}}'),
('cred-weak-challenge-plaintext', 'Dovecot', 'auth_mechanisms = plain login'),
('cred-weak-challenge-plaintext', 'Dovecot', 'ssl = required'),
('cred-weak-challenge-plaintext', 'Exchange',
	'Set-ReceiveConnector -AuthMechanism Tls,BasicAuth,BasicAuthRequireTLS (without '
		|| 'Integrated)'),
('cred-bearer-token-plaintext', 'Postfix', 'smtpd_tls_auth_only = yes'),
('cred-bearer-token-plaintext', 'Exim', 'auth_advertise_hosts = ${if def:tls_in_cipher {*}}'),
('cred-bearer-token-plaintext', 'Dovecot', 'ssl = required'),
('cred-mech-offered-plaintext', 'Postfix', 'smtpd_tls_auth_only = yes'),
('cred-mech-offered-plaintext', 'Postfix',
	'smtpd_sasl_security_options = noanonymous, noplaintext with '
		|| 'smtpd_sasl_tls_security_options = noanonymous'),
('cred-mech-offered-plaintext', 'Exim', 'auth_advertise_hosts = ${if def:tls_in_cipher {*}}'),
('cred-mech-offered-plaintext', 'Dovecot',
	'auth_allow_cleartext = no (2.4), disable_plaintext_auth = yes (2.3)'),
('cred-mech-offered-plaintext', 'Exchange',
	'Set-ReceiveConnector -AuthMechanism Tls,BasicAuth,BasicAuthRequireTLS'),
('cred-validity-oracle-plaintext', 'Postfix', 'smtpd_tls_auth_only = yes'),
('cred-validity-oracle-plaintext', 'Exim', 'auth_advertise_hosts = ${if def:tls_in_cipher {*}}'),
('cred-validity-oracle-plaintext', 'Dovecot',
	'auth_allow_cleartext = no (2.4), disable_plaintext_auth = yes (2.3)'),
('cred-validity-oracle-plaintext', 'Exchange',
	'Set-ReceiveConnector -AuthMechanism Tls,BasicAuth,BasicAuthRequireTLS'),
('cred-repeated-failure-plaintext', 'Postfix', 'smtpd_client_auth_rate_limit = 10'),
('cred-repeated-failure-plaintext', 'Postfix', 'smtpd_tls_auth_only = yes'),
('cred-repeated-failure-plaintext', 'Dovecot',
	'auth_allow_cleartext = no (2.4), disable_plaintext_auth = yes (2.3)'),
('cred-repeated-failure-plaintext', 'Exchange', 'Set-ReceiveConnector -MaxLogonFailures 3'),
('cred-reuse-cross-protocol', 'Postfix', 'smtpd_tls_auth_only = yes'),
('cred-reuse-cross-protocol', 'Exim', 'auth_advertise_hosts = ${if def:tls_in_cipher {*}}'),
('cred-reuse-cross-protocol', 'Dovecot',
	'auth_allow_cleartext = no (2.4), disable_plaintext_auth = yes (2.3)'),
('cred-reuse-cross-protocol', 'Exchange',
	'Set-ReceiveConnector -AuthMechanism Tls,BasicAuth,BasicAuthRequireTLS'),
('cred-ldap-anonymous-or-unauthenticated-bind', 'OpenLDAP', 'disallow bind_anon (olcDisallows)'),
('cred-ldap-anonymous-or-unauthenticated-bind', 'Active Directory', 'msDS-Other-Settings: DenyUnauthenticatedBind=1'),
('cred-ldap-anonymous-or-unauthenticated-bind', '389 Directory Server', 'nsslapd-allow-unauthenticated-binds: off'),
('data-plaintext-content', 'Postfix',
	'smtp_tls_security_level = may (default for all), smtp_tls_policy_maps (encrypt or dane '
		|| 'for named domains)'),
('data-plaintext-content', 'Postfix',
	'smtpd_tls_security_level = encrypt (on the submission service in master.cf)'),
('data-plaintext-content', 'Exim',
	'hosts_require_tls and hosts_require_dane (in the smtp transport)'),
('cred-ftp-data-unprotected', 'vsftpd', 'force_local_data_ssl = YES'),
('cred-ftp-data-unprotected', 'ProFTPD', 'TLSRequired on'),
('cred-ftp-data-unprotected', 'Pure-FTPd', 'TLS 3'),
('data-plaintext-content', 'Exchange', 'Set-SendConnector -RequireTLS $true'),
('data-plaintext-content', 'Exchange', 'Set-ReceiveConnector -RequireTLS $true'),
('data-plaintext-envelope', 'Postfix',
	'smtpd_tls_security_level = encrypt (on the submission service in master.cf)'),
('data-plaintext-envelope', 'Postfix',
	'smtp_tls_security_level = may (default for all), smtp_tls_policy_maps (encrypt or dane '
		|| 'for named domains)'),
('data-plaintext-envelope', 'Exim', 'hosts_require_tls (in the smtp transport)'),
('data-plaintext-envelope', 'Exchange', 'Set-SendConnector -RequireTLS $true'),
('data-identity-before-tls', 'Postfix', 'smtp_helo_name = mail.example.com'),
('data-identity-before-tls', 'Postfix',
	'smtp_tls_wrappermode = yes with smtp_tls_security_level = encrypt (to a relay host on '
		|| 'port 465)'),
('data-identity-before-tls', 'Exim', 'helo_data = mail.example.com (in the smtp transport)'),
('data-identity-before-tls', 'Exchange', 'Set-SendConnector -Fqdn mail.example.com');

-- 2 Downgrade and stripping: downgrade-, middlebox- -----------------------------------------------

INSERT INTO finding_kind
	(id, title, severity, sentence, trigger, confidence, fix, rule_version)
VALUES
('downgrade-capability-masked',
	'TLS offer overwritten by a middlebox',
	'high',
	'A device between client and server overwrote a line of the server''s feature list, so '
		|| 'that the offer of encryption did not arrive.',
	'The complete feature list does not offer STARTTLS, and one of its lines is visibly '
		|| 'overwritten: filled with the letter X, blanked out, or one or two characters '
		|| 'away from STARTTLS.',
	'Proven when the server agrees to TLS all the same, or when an eight-letter name is '
		|| 'overwritten and all other names of that length are intact, or when the same '
		|| 'server showed STARTTLS intact in an earlier session, or another vantage shows '
		|| 'the line intact (`starttrace compare`). Likely for any other '
		|| 'eight-letter name and for a near miss of STARTTLS; possible when the name has '
		|| 'another length. The severity is critical when a password or message '
		|| 'content followed in clear.',
	'Allow TLS in the firewall''s inspection of this protocol or switch that inspection '
		|| 'off, then require TLS towards known partners.',
	1),

('downgrade-offer-missing-vs-history',
	'Server that always offered TLS stopped, for this client',
	'high',
	'The server''s feature list lacks the offer of encryption that earlier sessions with the '
		|| 'same server had.',
	'The complete feature list does not offer STARTTLS. Earlier lists of the same backend, name '
		|| 'or address, at least ten within thirty days, nearly all did; or at least three '
		|| 'of the last day, with a list that is otherwise the same.',
	'Possible while there are few earlier sessions or several backends behind the address; likely '
		|| 'when they are many, over days, and a second sign agrees. Never proven by earlier '
		|| 'sessions alone.',
	'Look at the same server''s feature list from a second network, and at the changes made to the '
		|| 'server. Require TLS towards it.',
	1),

('downgrade-offer-path-split',
	'Some networks see the TLS offer, others do not, at the same time',
	'high',
	'At the same time the same server offers encryption to some networks and not to others.',
	'Within six hours one network or VLAN found no offer of STARTTLS where others found it, at '
		|| 'least five sessions on either side, and the difference has less than one chance '
		|| 'in a thousand to be an accident.',
	'Likely, never more: a server can hide the offer from some clients on purpose.',
	'Look at the devices on the path of the affected network, and whether the server is told to hide '
		|| 'STARTTLS from it.',
	1),
('downgrade-conflicting-retransmission',
	'Two different versions of the same bytes',
	'critical',
	'The same piece of the dialogue was seen in two versions with different content, as '
		|| 'happens when somebody injects packets.',
	'Two packets carry the same place of the data stream with different bytes, and that place '
		|| 'belongs to the greeting, the feature list, the request for TLS or the answer '
		|| 'to it. Elsewhere before TLS the severity is high.',
	'Proven that two versions exist. Interference is the likely cause; a broken network stack '
		|| 'is the other one.',
	'Capture on both sides of the path at the same time and look for the device that sends '
		|| 'the second version.',
	1),

('downgrade-inflight-tcp-anomaly',
	'Negotiation packets look like they came from another machine',
	'high',
	'The packets that decided about encryption differ technically from all others of the same '
		|| 'side of the connection.',
	'The packets with the greeting, the feature list, the request for TLS, its answer or the first '
		|| 'TLS message of the server differ from the others in hop limit, IP '
		|| 'identification, timestamp, window, options, class, link address, length or '
		|| 'checksum, came faster than the network allows, or were followed by a reset '
		|| 'that the named side did not send; the signs add up to 30 points or more. What '
		|| 'differs to the end of the connection, as after a change of route, does not count.',
	'Possible below 60 points, likely from there on; proven only where another sign leaves no other '
		|| 'reading. A device that answers or forwards in the name of a host looks the same as '
		|| 'an attacker.',
	'Capture behind the next device on the path as well, and compare.',
	1),

('downgrade-starttls-blanked-command',
	'The client''s STARTTLS was replaced by X''s',
	'high',
	'The client asked for encryption, and a device on the path overwrote the request so that '
		|| 'the server could not understand it.',
	'The server received a row of the letter X instead of a command, or its refusal quotes '
		|| 'such a row although the client had sent STARTTLS.',
	'Proven when the server''s answer quotes the overwritten request, or when it arrived '
		|| 'overwritten at a server that had offered TLS; likely otherwise, assuming that '
		|| 'no person typed the line. The severity is critical when the session went on '
		|| 'in clear.',
	'Switch off the mail inspection on the firewall or allow TLS in it, and make the client '
		|| 'fail instead of going on in clear.',
	1),

('downgrade-starttls-refused-after-offer',
	'TLS offered, then refused',
	'high',
	'The server announced encryption and then declined it when the client asked.',
	'The feature list offered STARTTLS, the client asked for it, and the server answered '
		|| 'with an error instead of the go-ahead.',
	'The refusal is proven. That something on the path caused it is only possible; an '
		|| 'answer that calls the offered command unknown (in SMTP 500 or 502) is the stronger '
		|| 'hint, and makes it likely when the same backend upgraded ten earlier sessions and '
		|| 'refused none. The severity is medium when the client left instead of going on in '
		|| 'clear.',
	'Read the server''s TLS log for that time; check certificate, key file permissions and '
		|| 'rate limits. If the server never saw the request, suspect the path.',
	1),

('downgrade-fallback-after-handshake-failure',
	'Client retried without TLS after a failed handshake',
	'high',
	'A TLS handshake failed, and shortly afterwards the same client came back and '
		|| 'went on without encryption.',
	'A session in which TLS was begun and never established was followed by one of '
		|| 'the same client with the same service, or with another server of its '
		|| 'domain, that carried mail or a login in clear: within 15 minutes between '
		|| 'mail servers, within 60 seconds where users log in. A client that told the '
		|| 'same name from another address counts as the same; one that told another '
		|| 'name does not.',
	'Proven when sender and recipients are the same in both sessions. Otherwise '
		|| 'likely, assuming that the same program opened both connections.',
	'Find out why the handshake failed, and let the client fail rather than fall '
		|| 'back: always where users log in; between servers by MTA-STS, DANE or a '
		|| 'rule for the partner.',
	1),

('downgrade-plaintext-after-agree',
	'Both sides agreed on TLS and then carried on in clear',
	'critical',
	'Client and server agreed to encrypt the connection, and then continued without '
		|| 'encryption.',
	'The client asked for TLS, the server agreed, and the next thing the client sent was '
		|| 'an ordinary command in clear, which the server answered in clear too.',
	'Proven when nothing is missing from the capture before that command; likely otherwise.',
	'Find out whether client, server or a proxy between them is faulty, and replace it. Treat '
		|| 'everything sent afterwards as exposed.',
	1),

('downgrade-ehlo-to-helo',
	'Client dropped to basic SMTP and lost the TLS option',
	'medium',
	'The client was pushed back to the basic form of SMTP, which has no encryption.',
	'The server refused the client''s EHLO, the client went on with HELO, and mail or a login '
		|| 'followed in clear.',
	'The event is proven. That somebody caused it on purpose is only possible, as very old '
		|| 'servers behave the same way; likely, and the severity high, when the server '
		|| 'accepted EHLO in at least ten earlier sessions.',
	'Switch off SMTP inspection on the firewall, and see to it that the server accepts EHLO.',
	1),

('downgrade-capability-list-cut',
	'Capability reply malformed where the TLS line would be',
	'high',
	'The server''s feature list arrived damaged, as if a line had been cut out of it.',
	'The feature list breaks the rules of the protocol: it has no last line although the '
		|| 'client went on, it has two last lines, one line ends differently from all '
		|| 'others, or a line stands in it twice.',
	'Likely: a list damaged in this way fits a crude removal of the TLS line; a faulty server '
		|| 'is the other explanation. Proven when the list is exactly that of earlier '
		|| 'sessions without the TLS line.',
	'Capture behind each device on the path and find out where the list changes.',
	1),

('downgrade-auth-mech-narrowed',
	'Stronger login methods vanished from the list',
	'medium',
	'Only the weaker login methods were shown to this client.',
	'Earlier feature lists of the same backend, at least ten, had login methods that do not give the '
		|| 'password away; this one lacks one of them, has none in its place, and still '
		|| 'has PLAIN or LOGIN.',
	'Possible; likely when at least 48 earlier sessions had the stronger methods. The assumption is '
		|| 'that nobody changed the server''s configuration.',
	'Let the client use one login method only, and over TLS only.',
	1),

('downgrade-logindisabled-removed',
	'The "no login before TLS" marker vanished',
	'high',
	'The server used to tell clients that passwords are not taken before encryption; this client was not '
		|| 'told so, and was not offered encryption either.',
	'At least twenty earlier feature lists of the same backend contained LOGINDISABLED; this complete '
		|| 'list contains neither it nor STARTTLS.',
	'Likely. The assumption is that nobody changed the server''s configuration.',
	'Let the client require TLS, best on the port for implicit TLS (993), and look at the server from a '
		|| 'second network.',
	1),

('downgrade-imap-preauth',
	'Server claims "already logged in" before TLS',
	'high',
	'The server said that the client was logged in already, which rules encryption out, and the client '
		|| 'went on unencrypted.',
	'The greeting was PREAUTH, on a connection without TLS between two machines, and the client '
		|| 'went on with commands that need a login. After such a greeting a client must not ask '
		|| 'for STARTTLS any more.',
	'Proven for the greeting and what followed. Whether the server itself said so, or somebody on the '
		|| 'path, stays open; machines that trust each other, by policy, are left out.',
	'Let the client treat such a greeting as a failure unless it expects it, or use implicit TLS on port '
		|| '993.',
	1),

('downgrade-xmpp-required-ignored',
	'TLS was mandatory, and a login went by in clear',
	'high',
	'The server declared encryption mandatory and still accepted a login without it.',
	'The stream features offered starttls with <required/>; a login began in clear behind them, and '
		|| 'the server accepted it.',
	'Proven: offer, login and answer were captured.',
	'Let the server refuse logins before TLS, and the client insist on it.',
	1),

('downgrade-xmpp-features-altered',
	'The mandatory TLS offer vanished from the features',
	'high',
	'The server used to tell clients that encryption is mandatory; this client was not even offered it.',
	'At least twenty earlier feature lists of the same backend contained starttls with <required/>; this '
		|| 'complete list contains neither.',
	'Likely. The assumption is that nobody changed the server''s configuration.',
	'Let the client require TLS, best on the port for implicit TLS (5223), and look at the server from a '
		|| 'second network.',
	1),

('downgrade-client-asked-without-offer',
	'Client demanded TLS that was not on offer',
	'info',
	'The client asked for encryption although the server''s feature list did not offer it, so '
		|| 'it seems to know that this server can encrypt.',
	'The complete feature list does not contain STARTTLS, and the client sent STARTTLS all '
		|| 'the same.',
	'The event is proven. It hints at a removed offer, but some clients always try.',
	'Compare the feature list with what the same server sends to a client on another network.',
	1),

('downgrade-reset-at-tls',
	'Connection killed exactly when TLS starts',
	'medium',
	'Connections of this client to this server die exactly when encryption begins, '
		|| 'while those without it live.',
	'Within a day three or more connections of one client to one service ended by a '
		|| 'reset, or met silence to their end, within three seconds after the '
		|| 'server''s go-ahead or the client''s first TLS message, and none came to a '
		|| 'TLS connection between them; a connection in clear of the two ended well '
		|| 'and none broke off. Silence after a first TLS message that fills more than '
		|| 'one packet does not count: a path that takes only smaller packets looks '
		|| 'the same.',
	'Possible: a server that crashes when TLS begins looks the same. Likely, and of '
		|| 'high severity, when the packets that ended the connection differ from the '
		|| 'server''s.',
	'Read the server''s log for that time, test from another network and with a '
		|| 'small first TLS message, and look for a filter on the path.',
	1),

('starttls-offer-withdrawn',
	'Service stopped offering TLS for everybody',
	'high',
	'The service itself lost its encryption: since some moment nobody is offered it.',
	'Earlier feature lists offered STARTTLS; then at least ten in a row, to at least three clients '
		|| 'over at least two hours, did not, and none in between did.',
	'Proven for what was captured. Sessions after the change are no longer taken for tampering.',
	'Restore certificate, key and TLS settings of the server.',
	1),

('starttls-offer-flapping',
	'TLS offer comes and goes',
	'medium',
	'One and the same server offers encryption at some times and not at others.',
	'The feature list of one backend changed between offering STARTTLS and not at least three times '
		|| 'in a day, for the same clients.',
	'Proven: the lists were captured.',
	'Bring all servers behind the address to the same configuration, and look for overload or expiry '
		|| 'that switches TLS off.',
	1),

('lb-backend-without-tls',
	'One of several backends has no TLS',
	'medium',
	'Behind one service stand several servers, and some of them have no encryption.',
	'Under one address or name the feature lists changed between offering STARTTLS and not at least '
		|| 'three times in a day, and each server behind it, told apart by greeting and '
		|| 'list, either always offers it or never does.',
	'Proven: the lists were captured.',
	'Give every backend the same certificate and TLS settings, or take it out of the pool.',
	1),

('downgrade-two-vantage-diff',
	'The offer left the server but did not reach the client',
	'critical',
	'The same connection was captured in two places, and what one end said is not what arrived '
		|| 'at the other.',
	'`starttrace compare` found the session at both vantages, and before TLS a command or reply '
		|| 'line is missing, changed, added or moved at one of them, or the same TLS handshake says '
		|| 'something else there in a hello or a certificate, as far as both captures are whole.',
	'Proven: both versions are stored. The severity is high when neither the offer of TLS, the '
		|| 'request, its answer, the command that gets the feature list nor the handshake '
		|| 'differs. When the two sessions were matched by things that only agree, the reasons say '
		|| 'how many.',
	'The device that rewrites sits between the two places: find it on that path, let it pass TLS '
		|| 'or take it out, and require TLS towards known partners.',
	1),

('middlebox-rewrites',
	'A device on the path rewrites harmless parts',
	'info',
	'The same connection was captured in two places, and only parts that mail relays and firewalls '
		|| 'are known to rewrite differ.',
	'`starttrace compare` found the session at both vantages, and the greeting is masked at one of '
		|| 'them, the client''s name differs, or the message has another length.',
	'Proven: both versions are stored.',
	'None is needed; know which device it is, since one that rewrites this can rewrite more.',
	1),

('middlebox-esmtp-inspection',
	'A mail-inspecting firewall sits on the path',
	'low',
	'A firewall between client and server edits the mail dialogue.',
	'The server''s greeting is filled with asterisks, names in the feature list are '
		|| 'overwritten with the letter X, or the server quotes a command as a row of X.',
	'Proven when more than one part of the dialogue is overwritten; likely when only one is, '
		|| 'assuming that the server does not write it so itself. The severity is info '
		|| 'when the TLS offer arrived intact.',
	'Allow TLS in the firewall''s mail inspection or switch the inspection off.',
	1),

('downgrade-server-substituted',
	'Another server answered some clients',
	'high',
	'Some clients reached a different server under the same address.',
	'Certificate key, issuer and greeting all differ from those of at least ten earlier '
		|| 'sessions with this address and port, while clients of other networks still get the '
		|| 'earlier ones.',
	'Likely when many clients on both sides show it, as for different certificates on '
		|| 'different paths; otherwise possible, since a second server behind the address looks the '
		|| 'same.',
	'Check DNS, ARP or neighbour discovery, and routing on the path of the clients concerned.',
	1);

INSERT INTO finding_clause (kind, source, clause, certain) VALUES
('downgrade-capability-masked', 'RFC 3207', 'section 6', 1),
('downgrade-capability-masked', 'RFC 7672', 'section 1.3.1', 0),
('downgrade-capability-masked', 'MITRE ATT&CK', 'T1557', 0),
('downgrade-capability-masked', 'MITRE ATT&CK', 'T1562.010', 0),
('downgrade-capability-masked', 'Durumeric et al. 2015', 'Neither Snow Nor Rain Nor MITM', 0),
('downgrade-offer-missing-vs-history', 'RFC 3207', 'section 6', 1),
('downgrade-offer-missing-vs-history', 'RFC 7672', 'section 1.3.1', 0),
('downgrade-offer-missing-vs-history', 'MITRE ATT&CK', 'T1557', 0),
('downgrade-offer-path-split', 'RFC 3207', 'section 6', 1),
('downgrade-offer-path-split', 'RFC 7672', 'section 1.3.1', 0),
('downgrade-offer-path-split', 'MITRE ATT&CK', 'T1557', 0),
('downgrade-conflicting-retransmission', 'RFC 3207', 'section 6', 1),
('downgrade-conflicting-retransmission', 'RFC 7672', 'section 1.3.1', 0),
('downgrade-conflicting-retransmission', 'MITRE ATT&CK', 'T1557', 0),
('downgrade-conflicting-retransmission', 'MITRE ATT&CK', 'T1565.002', 0),
('downgrade-inflight-tcp-anomaly', 'RFC 3207', 'section 6', 1),
('downgrade-inflight-tcp-anomaly', 'RFC 7672', 'section 1.3.1', 0),
('downgrade-inflight-tcp-anomaly', 'MITRE ATT&CK', 'T1557', 0),
('downgrade-starttls-blanked-command', 'RFC 3207', 'section 6', 1),
('downgrade-starttls-blanked-command', 'RFC 7672', 'section 1.3.1', 0),
('downgrade-starttls-blanked-command', 'MITRE ATT&CK', 'T1557', 0),
('downgrade-starttls-blanked-command', 'MITRE ATT&CK', 'T1562.010', 0),
('downgrade-starttls-refused-after-offer', 'RFC 3207', 'section 4', 1),
('downgrade-starttls-refused-after-offer', 'RFC 3207', 'section 6', 1),
('downgrade-starttls-refused-after-offer', 'MITRE ATT&CK', 'T1557', 0),
('downgrade-fallback-after-handshake-failure', 'RFC 3207', 'section 6', 1),
('downgrade-fallback-after-handshake-failure', 'RFC 7435', 'section 3', 0),
('downgrade-fallback-after-handshake-failure', 'RFC 8314', 'section 5.2', 0),
('downgrade-fallback-after-handshake-failure', 'RFC 9325', 'section 5.2', 0),
('downgrade-fallback-after-handshake-failure', 'MITRE ATT&CK', 'T1562.010', 0),
('downgrade-plaintext-after-agree', 'RFC 3207', 'section 4', 1),
('downgrade-plaintext-after-agree', 'RFC 7672', 'section 1.3.1', 0),
('downgrade-plaintext-after-agree', 'MITRE ATT&CK', 'T1557', 0),
('downgrade-ehlo-to-helo', 'RFC 5321', 'section 3.2', 0),
('downgrade-ehlo-to-helo', 'RFC 5321', 'section 4.1.1.1', 0),
('downgrade-ehlo-to-helo', 'RFC 5321', 'section 4.1.4', 0),
('downgrade-ehlo-to-helo', 'RFC 3207', 'section 6', 1),
('downgrade-ehlo-to-helo', 'MITRE ATT&CK', 'T1557', 0),
('downgrade-capability-list-cut', 'RFC 3207', 'section 6', 1),
('downgrade-capability-list-cut', 'RFC 7672', 'section 1.3.1', 0),
('downgrade-capability-list-cut', 'MITRE ATT&CK', 'T1557', 0),
('downgrade-auth-mech-narrowed', 'RFC 4422', 'section 6.1.2', 0),
('downgrade-auth-mech-narrowed', 'MITRE ATT&CK', 'T1557', 0),
('downgrade-logindisabled-removed', 'RFC 9051', 'section 6.2.3', 0),
('downgrade-logindisabled-removed', 'RFC 2595', 'section 3.2', 0),
('downgrade-logindisabled-removed', 'MITRE ATT&CK', 'T1557', 0),
('downgrade-imap-preauth', 'RFC 9051', 'section 7.1.4', 0),
('downgrade-imap-preauth', 'RFC 9051', 'section 11.1', 0),
('downgrade-imap-preauth', 'CVE', 'CVE-2020-12398', 0),
('downgrade-imap-preauth', 'CVE', 'CVE-2020-14093', 0),
('downgrade-imap-preauth', 'MITRE ATT&CK', 'T1557', 0),
('downgrade-xmpp-required-ignored', 'RFC 6120', 'section 5.3.1', 0),
('downgrade-xmpp-required-ignored', 'RFC 7590', 'section 3.1', 0),
('downgrade-xmpp-required-ignored', 'MITRE ATT&CK', 'T1557', 0),
('downgrade-xmpp-features-altered', 'RFC 6120', 'section 5.4', 0),
('downgrade-xmpp-features-altered', 'RFC 7590', 'section 3.1', 0),
('downgrade-xmpp-features-altered', 'MITRE ATT&CK', 'T1557', 0),
('downgrade-client-asked-without-offer', 'RFC 7672', 'section 2.2', 0),
('downgrade-client-asked-without-offer', 'RFC 8461', 'section 5', 0),
('downgrade-client-asked-without-offer', 'RFC 3207', 'section 6', 1),
('downgrade-reset-at-tls', 'RFC 3207', 'section 6', 1),
('downgrade-reset-at-tls', 'RFC 7672', 'section 1.3.1', 0),
('downgrade-reset-at-tls', 'MITRE ATT&CK', 'T1557', 0),
('starttls-offer-withdrawn', 'RFC 3207', 'section 6', 1),
('starttls-offer-withdrawn', 'RFC 7672', 'section 1.3.1', 0),
('starttls-offer-flapping', 'RFC 3207', 'section 6', 1),
('lb-backend-without-tls', 'RFC 3207', 'section 6', 1),
('downgrade-two-vantage-diff', 'RFC 3207', 'section 6', 1),
('downgrade-two-vantage-diff', 'RFC 7672', 'section 1.3.1', 0),
('downgrade-two-vantage-diff', 'MITRE ATT&CK', 'T1557', 0),
('downgrade-two-vantage-diff', 'MITRE ATT&CK', 'T1565.002', 0),
('middlebox-rewrites', 'Vendor documentation', 'ESMTP inspection defaults', 1),
('middlebox-esmtp-inspection', 'RFC 3207', 'section 6', 1),
('middlebox-esmtp-inspection', 'Vendor documentation', 'ESMTP inspection defaults', 1),
('downgrade-server-substituted', 'RFC 9325', 'section 7.1', 1),
('downgrade-server-substituted', 'MITRE ATT&CK', 'T1557', 0);

INSERT INTO finding_remedy (kind, product, setting) VALUES
('downgrade-capability-masked', 'Cisco ASA',
	'no inspect esmtp (or, under the inspection map''s parameters: allow-tls)'),
('downgrade-capability-masked', 'Postfix',
	'smtp_tls_policy_maps (encrypt or dane for known partners)'),
('downgrade-capability-masked', 'Exim', 'hosts_require_tls (in the smtp transport)'),
('downgrade-capability-masked', 'Exchange', 'Set-SendConnector -RequireTLS $true'),
('downgrade-offer-missing-vs-history', 'Cisco ASA',
	'no inspect esmtp (or, under the inspection map''s parameters: allow-tls)'),
('downgrade-offer-missing-vs-history', 'Postfix',
	'smtp_tls_policy_maps (encrypt or dane for known partners)'),
('downgrade-offer-missing-vs-history', 'Exim', 'hosts_require_tls (in the smtp transport)'),
('downgrade-offer-missing-vs-history', 'Exchange', 'Set-SendConnector -RequireTLS $true'),
('downgrade-offer-path-split', 'Postfix',
	'smtpd_discard_ehlo_keyword_address_maps (must not list starttls for this network)'),
('downgrade-offer-path-split', 'Exim', 'tls_advertise_hosts = *'),
('downgrade-inflight-tcp-anomaly', 'Postfix',
	'smtp_tls_policy_maps with level verify, secure or dane (no answer on the way can take it back)'),
('downgrade-inflight-tcp-anomaly', 'Exim', 'hosts_require_tls (in the smtp transport)'),
('downgrade-inflight-tcp-anomaly', 'Exchange', 'Set-SendConnector -RequireTLS $true'),
('downgrade-conflicting-retransmission', 'Postfix',
	'smtp_tls_policy_maps (encrypt or dane for known partners)'),
('downgrade-conflicting-retransmission', 'Exim', 'hosts_require_tls (in the smtp transport)'),
('downgrade-conflicting-retransmission', 'Exchange', 'Set-SendConnector -RequireTLS $true'),
('downgrade-starttls-blanked-command', 'Cisco ASA',
	'no inspect esmtp (or, under the inspection map''s parameters: allow-tls)'),
('downgrade-starttls-blanked-command', 'Postfix',
	'smtp_tls_security_level = encrypt (when Postfix is the client)'),
('downgrade-starttls-blanked-command', 'Exim',
	'hosts_require_tls (in the smtp transport, when Exim is the client)'),
('downgrade-starttls-blanked-command', 'Exchange',
	'Set-SendConnector -RequireTLS $true (when Exchange is the client)'),
('downgrade-starttls-refused-after-offer', 'Postfix',
	'smtpd_tls_chain_files, or smtpd_tls_cert_file and smtpd_tls_key_file (must be readable '
		|| 'and match)'),
('downgrade-starttls-refused-after-offer', 'Postfix', 'smtpd_tls_loglevel = 1'),
('downgrade-starttls-refused-after-offer', 'Exim',
	'tls_certificate and tls_privatekey (must be readable by the Exim user and match)'),
('downgrade-starttls-refused-after-offer', 'Dovecot',
	'ssl_server_cert_file and ssl_server_key_file (2.4), ssl_cert and ssl_key (2.3)'),
('downgrade-starttls-refused-after-offer', 'Exchange', 'Enable-ExchangeCertificate -Services SMTP'),
('downgrade-fallback-after-handshake-failure', 'Postfix',
	'smtp_tls_policy_maps (encrypt, dane or secure for the partner''s domain)'),
('downgrade-fallback-after-handshake-failure', 'Exim',
	'hosts_require_tls, tls_tempfail_tryclear = false (in the smtp transport)'),
('downgrade-fallback-after-handshake-failure', 'Exchange',
	'Set-SendConnector -RequireTLS $true'),
('downgrade-ehlo-to-helo', 'Cisco ASA',
	'no inspect esmtp (or, under the inspection map''s parameters: allow-tls)'),
('downgrade-ehlo-to-helo', 'Exchange',
	'Set-SendConnector -ForceHELO $false (when Exchange is the client)'),
('downgrade-capability-list-cut', 'Cisco ASA',
	'no inspect esmtp (or, under the inspection map''s parameters: allow-tls)'),
('downgrade-logindisabled-removed', 'Dovecot',
	'auth_allow_cleartext = no (2.4), disable_plaintext_auth = yes (2.3)'),
('downgrade-xmpp-required-ignored', 'Prosody', 'c2s_require_encryption = true, allow_unencrypted_plain_auth = false'),
('downgrade-xmpp-required-ignored', 'ejabberd', 'starttls_required: true on the listener ejabberd_c2s'),
('downgrade-xmpp-features-altered', 'Prosody', 'c2s_direct_tls_ports = { 5223 }'),
('downgrade-xmpp-features-altered', 'ejabberd', 'tls: true on a listener for port 5223'),
('downgrade-imap-preauth', 'Mutt', 'set ssl_force_tls = yes, version 1.14.3 or later'),
('downgrade-auth-mech-narrowed', 'Postfix', 'smtpd_sasl_security_options, smtpd_tls_auth_only = yes'),
('downgrade-auth-mech-narrowed', 'Dovecot',
	'auth_mechanisms (2.4: auth_allow_cleartext = no; 2.3: disable_plaintext_auth = yes)'),
('downgrade-client-asked-without-offer', 'Postfix',
	'smtpd_discard_ehlo_keywords and smtpd_discard_ehlo_keyword_address_maps (must '
		|| 'not list starttls)'),
('downgrade-client-asked-without-offer', 'Exim', 'tls_advertise_hosts = *'),
('downgrade-client-asked-without-offer', 'Exchange',
	'Set-ReceiveConnector -AuthMechanism Tls'),
('downgrade-client-asked-without-offer', 'Cisco ASA',
	'no inspect esmtp (or, under the inspection map''s parameters: allow-tls)'),
('downgrade-reset-at-tls', 'Cisco ASA',
	'no inspect esmtp (or, under the inspection map''s parameters: allow-tls)'),
('downgrade-reset-at-tls', 'Postfix', 'smtp_tls_loglevel = 1, smtpd_tls_loglevel = 1'),
('downgrade-reset-at-tls', 'Exim', 'log_selector = +tls_cipher +tls_peerdn +smtp_connection'),
('starttls-offer-withdrawn', 'Postfix',
	'smtpd_tls_security_level = may, smtpd_tls_chain_files (must be readable)'),
('starttls-offer-withdrawn', 'Exim', 'tls_advertise_hosts = *, tls_certificate, tls_privatekey'),
('starttls-offer-withdrawn', 'Dovecot',
	'ssl = yes with ssl_server_cert_file and ssl_server_key_file (2.4), ssl_cert and ssl_key (2.3)'),
('starttls-offer-withdrawn', 'Exchange', 'Enable-ExchangeCertificate -Services SMTP'),
('starttls-offer-flapping', 'Postfix', 'smtpd_tls_security_level = may (on every host)'),
('starttls-offer-flapping', 'Exim', 'tls_advertise_hosts = * (on every host)'),
('starttls-offer-flapping', 'Exchange',
	'Set-ReceiveConnector -AuthMechanism Tls (on every server)'),
('lb-backend-without-tls', 'Postfix', 'smtpd_tls_security_level = may (on every host)'),
('lb-backend-without-tls', 'Exim', 'tls_advertise_hosts = * (on every host)'),
('lb-backend-without-tls', 'Exchange',
	'Set-ReceiveConnector -AuthMechanism Tls (on every server)'),
('downgrade-two-vantage-diff', 'Cisco ASA',
	'no inspect esmtp (or, under the inspection map''s parameters: allow-tls)'),
('downgrade-two-vantage-diff', 'Postfix',
	'smtp_tls_policy_maps (encrypt or dane for known partners)'),
('downgrade-two-vantage-diff', 'Exim', 'hosts_require_tls (in the smtp transport)'),
('downgrade-two-vantage-diff', 'Exchange', 'Set-SendConnector -RequireTLS $true'),
('middlebox-rewrites', 'Cisco ASA', 'no mask-banner (under the inspection map''s parameters)'),
('middlebox-rewrites', 'Postfix',
	'smtp_helo_name, smtpd_banner (what the host itself says)'),
('middlebox-esmtp-inspection', 'Cisco ASA',
	'no inspect esmtp (or, under the inspection map''s parameters: allow-tls and no '
		|| 'mask-banner)'),
('downgrade-server-substituted', 'Postfix',
	'smtp_tls_policy_maps (secure, dane-only or fingerprint for known partners)'),
('downgrade-server-substituted', 'Exim',
	'tls_verify_hosts, tls_verify_cert_hostnames, hosts_require_dane (in the smtp '
		|| 'transport)'),
('downgrade-server-substituted', 'Exchange',
	'Set-SendConnector -RequireTLS $true -TlsAuthLevel DomainValidation -TlsDomain '
		|| 'example.com');

-- 3 Injection and session confusion: inject-, session- and their neighbours -----------------------

INSERT INTO finding_kind
	(id, title, severity, sentence, trigger, confidence, fix, rule_version)
VALUES
('inject-pipelined-after-starttls',
	'Commands glued behind STARTTLS in clear',
	'high',
	'Unencrypted text was placed behind the request for TLS, where a faulty server would '
		|| 'later treat it as if it had come encrypted.',
	'Between STARTTLS and the TLS handshake, to which the server agreed, the client''s side '
		|| 'of the connection carried further bytes that do not belong to TLS.',
	'Proven for the bytes. Their origin stays open: an attack, a vulnerability scan or a '
		|| 'faulty client.',
	'Update the server to a version that discards such text, and prefer implicit TLS.',
	1),

('inject-command-executed-plain',
	'Injected commands answered in clear',
	'medium',
	'The server answered, in clear, commands that were sent between the request for TLS and '
		|| 'the handshake.',
	'Commands stood between STARTTLS and the TLS handshake, and the server replied to them '
		|| 'before the handshake began.',
	'Proven: the commands and the answers were captured. This is not a successful attack on '
		|| 'the encrypted session.',
	'Update the server so that it discards what follows STARTTLS, and correct the client that '
		|| 'does not wait.',
	1),

('inject-command-executed-in-tls',
	'Injected text was answered under TLS',
	'critical',
	'The server appears to have executed, as if it were protected, a command that was slipped '
		|| 'in before the encryption began.',
	'Text from the client side arrived before the TLS handshake, and after the handshake (TLS '
		|| '1.2 and before) the server sent data within ten seconds although the client had not sent '
		|| 'any yet. In TLS 1.3 the server''s tickets look the same from outside, so nothing is said '
		|| 'there.',
	'Likely: the assumption is that what the server said answers the text sent in clear.',
	'Update the server at once to a version that discards what was sent before TLS, or use '
		|| 'implicit TLS.',
	1),

('inject-response-after-agree',
	'Server-side text glued behind the TLS go-ahead',
	'high',
	'Unencrypted text was placed behind the server''s go-ahead for TLS, where a faulty client '
		|| 'would read it as if it had come encrypted.',
	'After the server had agreed to STARTTLS and before the TLS handshake the server''s '
		|| 'side of the connection carried further bytes that do not belong to TLS.',
	'Proven for the bytes. Their origin stays open.',
	'Update the client or its library, and prefer implicit TLS.',
	1),

('inject-early-client-data-before-greeting',
	'Client spoke before the server''s greeting',
	'medium',
	'The client did not wait for the server''s greeting before it began to talk.',
	'The first text of the connection came from the client, and it was neither TLS, nor a '
		|| 'proxy header, nor a web request.',
	'Proven: the order was captured. Spam programs do this; so do attempts to smuggle '
		|| 'commands through a proxy. The severity is info when no message was accepted.',
	'Let the server reject clients that talk too early.',
	1),

('inject-untagged-before-tls',
	'Mailbox data sent before TLS and login',
	'medium',
	'The server''s side told of mailboxes, or showed an alert, before encryption and before any login; a '
		|| 'faulty client keeps it as if it had come encrypted.',
	'Before TLS, and before the client tried to log in, untagged lines came that tell of mailboxes or '
		|| 'messages (LIST, EXISTS, FETCH, FLAGS, SEARCH and so on), or an alert.',
	'Proven for the lines. Their origin stays open: a server has no reason to send them.',
	'Update the mail client, and prefer implicit TLS on port 993.',
	1),

('inject-login-referral-before-tls',
	'Server redirected the login in clear',
	'high',
	'An unencrypted answer sent the client to another server to log in, and nobody vouches for that '
		|| 'answer.',
	'Without TLS the server answered with a referral ([REFERRAL imap://...] or its like in another '
		|| 'protocol).',
	'Proven: the line was captured. Whether the server itself sent it stays open.',
	'Let the client follow referrals under TLS only, or not at all, and use implicit TLS on port 993.',
	1),

('inject-fragment-overlap',
	'Two fragments say different things about the same bytes',
	'high',
	'Parts of the session exist in two versions, so that what a guard on the way reads need '
		|| 'not be what the server reads.',
	'Two IP fragments of one packet overlapped, and the bytes that both carried differed.',
	'Proven for the bytes: no sender writes such fragments. Which version counted, the receiver '
		|| 'alone knows.',
	'Let the firewall drop overlapping fragments or put fragments together itself, and search '
		|| 'the sender of the second one.',
	1),

('session-fixation-prelogin',
	'Login happened in clear, then TLS started',
	'high',
	'The session was logged in unencrypted and encrypted only afterwards, so an attacker '
		|| 'could have logged it in to an account of his own.',
	'The server accepted a login in clear, and on the same connection the client then asked '
		|| 'for TLS and the handshake was completed.',
	'Proven: both events were captured.',
	'Let the server refuse STARTTLS after a login and forget everything it learned before TLS.',
	1),

('state-kept-across-starttls',
	'Mail transaction opened before TLS and continued after',
	'medium',
	'Mail commands were given before encryption began, and may still have counted afterwards.',
	'The client asked for STARTTLS in the middle of a mail transaction that had begun in '
		|| 'clear, and the server agreed.',
	'Possible: what happened after the handshake is encrypted; the server may well have '
		|| 'started over as it must.',
	'Check that the server forgets the transaction when TLS starts and that the client begins '
		|| 'anew.',
	1),

('starttls-with-argument',
	'STARTTLS sent with an argument',
	'low',
	'The client''s request for encryption was malformed.',
	'The client added something behind the word STARTTLS; a server must answer that with '
		|| 'an error (in SMTP 501).',
	'Proven: the line was captured.',
	'Update or correct the client.',
	1),

('starttls-twice',
	'STARTTLS asked again after it was agreed',
	'low',
	'The client asked for encryption a second time although the server had already agreed.',
	'After the server''s go-ahead the client sent STARTTLS again in clear.',
	'Proven: both requests were captured.',
	'Update or correct the client.',
	1),

('pipelining-violation',
	'Client did not wait',
	'low',
	'The client sent commands ahead although it had to wait for the server''s answer first.',
	'Commands followed a command that must be the last before an answer (such as '
		|| 'STARTTLS, in SMTP EHLO and DATA as well), or were sent ahead although the server had '
		|| 'not offered PIPELINING.',
	'Proven: commands and answers were captured in order.',
	'Update or correct the client; let the server disconnect clients that talk ahead.',
	1),

('smuggling-bare-newline',
	'Message end marker in a non-standard form',
	'medium',
	'A message contains a second, hidden end marker with mail commands behind it, which some '
		|| 'servers would take as a new message.',
	'Inside a message body stands a lone dot between line ends that are not the prescribed CR '
		|| 'LF, followed by text that reads as mail commands.',
	'Proven for the pattern. When the server accepted more messages than the client had '
		|| 'properly ended, a second message was smuggled and the severity is high.',
	'Let the server reject or normalise line ends other than CR LF, and update it.',
	1),

('cross-protocol-http',
	'Web request spoken to a server of another protocol',
	'medium',
	'A web browser or web client was steered to a server that speaks another protocol.',
	'Where a command was due the client sent a web request line (such as GET, POST or '
		|| 'CONNECT) or a web header.',
	'Proven: the line was captured. Scans are the most common cause.',
	'Let the server close the connection after the first such line.',
	1),

('cross-protocol-alpn-mismatch',
	'TLS ClientHello for another protocol reached this service',
	'medium',
	'A TLS client that wanted another service, such as a web server, reached this service and '
		|| 'was not turned away.',
	'In its first TLS message the client named only protocols of other services, and the '
		|| 'server did not reject it.',
	'Proven: the message and the absence of the rejection were captured.',
	'Let the server check the protocol name and the host name strictly, and use separate '
		|| 'certificates for web and mail.',
	1),

('cross-protocol-shared-cert',
	'One certificate key for several services',
	'low',
	'The same certificate key serves different protocols or hosts, so an attacker could send '
		|| 'a client to the wrong one unnoticed.',
	'A certificate captured in clear has the same key as one shown by a server of another '
		|| 'protocol, or by a host that greets with another name. It is said once of each.',
	'Proven: the certificates were captured. TLS 1.3 hides them.',
	'Use a certificate of its own for each service, and check the protocol name (ALPN) and '
		|| 'the host name strictly.',
	1);

INSERT INTO finding_clause (kind, source, clause, certain) VALUES
('inject-pipelined-after-starttls', 'RFC 3207', 'section 4', 1),
('inject-pipelined-after-starttls', 'RFC 3207', 'section 4.2', 1),
('inject-pipelined-after-starttls', 'CVE', 'CVE-2011-0411', 1),
('inject-pipelined-after-starttls', 'CVE', 'CVE-2011-1430', 0),
('inject-pipelined-after-starttls', 'CVE', 'CVE-2011-1431', 1),
('inject-pipelined-after-starttls', 'CVE', 'CVE-2011-1432', 0),
('inject-pipelined-after-starttls', 'CVE', 'CVE-2011-1926', 1),
('inject-pipelined-after-starttls', 'CVE', 'CVE-2014-3556', 0),
('inject-pipelined-after-starttls', 'CVE', 'CVE-2021-33515', 0),
('inject-pipelined-after-starttls', 'MITRE ATT&CK', 'T1557', 0),
('inject-pipelined-after-starttls', 'Poddebniak et al. 2021',
	'Why TLS Is Better Without STARTTLS', 0),
('inject-command-executed-plain', 'RFC 3207', 'section 4', 1),
('inject-command-executed-plain', 'RFC 3207', 'section 4.2', 1),
('inject-command-executed-plain', 'CVE', 'CVE-2011-0411', 1),
('inject-command-executed-plain', 'MITRE ATT&CK', 'T1557', 0),
('inject-command-executed-in-tls', 'RFC 3207', 'section 4.2', 1),
('inject-command-executed-in-tls', 'RFC 2595', 'section 3.1', 0),
('inject-command-executed-in-tls', 'CVE', 'CVE-2011-0411 and its family', 0),
('inject-command-executed-in-tls', 'MITRE ATT&CK', 'T1557', 0),
('inject-response-after-agree', 'RFC 3207', 'section 4.2', 1),
('inject-response-after-agree', 'CVE', 'CVE-2020-14928', 0),
('inject-response-after-agree', 'CVE', 'CVE-2020-14954', 0),
('inject-response-after-agree', 'CVE', 'CVE-2020-15917', 0),
('inject-response-after-agree', 'CVE', 'CVE-2020-15953', 0),
('inject-response-after-agree', 'CVE', 'CVE-2021-22947', 1),
('inject-response-after-agree', 'CVE', 'CVE-2021-29969', 1),
('inject-response-after-agree', 'CVE', 'CVE-2021-38370', 0),
('inject-response-after-agree', 'CVE', 'CVE-2021-38371', 1),
('inject-response-after-agree', 'MITRE ATT&CK', 'T1557', 0),
('inject-response-after-agree', 'MITRE ATT&CK', 'T1565.002', 0),
('inject-response-after-agree', 'Poddebniak et al. 2021', 'Why TLS Is Better Without STARTTLS', 0),
('inject-early-client-data-before-greeting', 'RFC 5321', 'section 3.1', 0),
('inject-early-client-data-before-greeting', 'RFC 5321', 'section 4.3.1', 0),
('inject-untagged-before-tls', 'RFC 9051', 'section 11.1', 0),
('inject-untagged-before-tls', 'Poddebniak et al. 2021', 'Why TLS Is Better Without STARTTLS', 0),
('inject-login-referral-before-tls', 'RFC 2221', 'section 4', 0),
('inject-login-referral-before-tls', 'RFC 4511', 'section 4.1.10', 0),
('inject-login-referral-before-tls', 'MITRE ATT&CK', 'T1557', 0),
('inject-fragment-overlap', 'RFC 5722', 'section 4', 1),
('inject-fragment-overlap', 'RFC 1858', 'section 4', 0),
('inject-fragment-overlap', 'MITRE ATT&CK', 'T1565.002', 0),
('session-fixation-prelogin', 'RFC 3207', 'section 4.2', 1),
('session-fixation-prelogin', 'MITRE ATT&CK', 'T1557', 0),
('session-fixation-prelogin', 'Poddebniak et al. 2021', 'Why TLS Is Better Without STARTTLS', 0),
('state-kept-across-starttls', 'RFC 3207', 'section 4.2', 1),
('starttls-with-argument', 'RFC 3207', 'section 4', 1),
('starttls-twice', 'RFC 3207', 'section 4', 1),
('starttls-twice', 'RFC 3207', 'section 4.2', 1),
('pipelining-violation', 'RFC 2920', 'section 3.1', 0),
('pipelining-violation', 'RFC 3207', 'section 4', 1),
('smuggling-bare-newline', 'RFC 5321', 'section 2.3.8', 0),
('smuggling-bare-newline', 'RFC 5321', 'section 4.1.1.4', 0),
('smuggling-bare-newline', 'CVE', 'CVE-2023-51764', 0),
('smuggling-bare-newline', 'CVE', 'CVE-2023-51765', 0),
('smuggling-bare-newline', 'CVE', 'CVE-2023-51766', 0),
('smuggling-bare-newline', 'MITRE ATT&CK', 'T1190', 0),
('cross-protocol-http', 'MITRE ATT&CK', 'T1557', 0),
('cross-protocol-http', 'MITRE ATT&CK', 'T1190', 0),
('cross-protocol-http', 'Brinkmann et al. 2021', 'ALPACA: Application Layer Protocol Confusion', 0),
('cross-protocol-alpn-mismatch', 'RFC 7301', 'section 3.2', 0),
('cross-protocol-alpn-mismatch', 'RFC 9325', 'section 3.8', 1),
('cross-protocol-alpn-mismatch', 'MITRE ATT&CK', 'T1557', 0),
('cross-protocol-alpn-mismatch', 'Brinkmann et al. 2021',
	'ALPACA: Application Layer Protocol Confusion', 0),
('cross-protocol-shared-cert', 'RFC 9325', 'section 3.8', 1),
('cross-protocol-shared-cert', 'RFC 9325', 'section 3.9', 1),
('cross-protocol-shared-cert', 'Brinkmann et al. 2021', 'ALPACA: Application Layer Protocol Confusion', 0);

INSERT INTO finding_remedy (kind, product, setting) VALUES
('inject-pipelined-after-starttls', 'Postfix',
	'version 2.8 or later; smtpd_forbid_unauth_pipelining = yes'),
('inject-pipelined-after-starttls', 'Exim', 'smtp_enforce_sync = true (the default)'),
('inject-command-executed-plain', 'Postfix', 'smtpd_forbid_unauth_pipelining = yes'),
('inject-command-executed-plain', 'Exim', 'smtp_enforce_sync = true (the default)'),
('inject-command-executed-in-tls', 'Postfix', 'Postfix 2.8.2, 2.7.3, 2.6.9, 2.5.12 or later'),
('inject-command-executed-in-tls', 'Exim', 'smtp_enforce_sync = true (the default)'),
('inject-response-after-agree', 'Exim', 'version 4.95 or later (when Exim is the client)'),
('inject-early-client-data-before-greeting', 'Postfix', 'postscreen_greet_action = enforce'),
('inject-early-client-data-before-greeting', 'Postfix', 'smtpd_forbid_unauth_pipelining = yes'),
('inject-early-client-data-before-greeting', 'Exim', 'smtp_enforce_sync = true (the default)'),
('inject-untagged-before-tls', 'Thunderbird', 'connection security SSL/TLS (port 993), version 91 or later'),
('inject-login-referral-before-tls', 'Dovecot',
	'a proxy (proxy=y) in place of a referral (host without proxy)'),
('inject-fragment-overlap', 'Linux', 'nf_conntrack loaded: it puts fragments together before the rules'),
('session-fixation-prelogin', 'Postfix', 'smtpd_tls_auth_only = yes'),
('session-fixation-prelogin', 'Exim', 'auth_advertise_hosts = ${if def:tls_in_cipher {*}}'),
('session-fixation-prelogin', 'Dovecot',
	'auth_allow_cleartext = no (2.4), disable_plaintext_auth = yes (2.3)'),
('session-fixation-prelogin', 'Exchange',
	'Set-ReceiveConnector -AuthMechanism Tls,BasicAuth,BasicAuthRequireTLS'),
('pipelining-violation', 'Postfix', 'smtpd_forbid_unauth_pipelining = yes'),
('pipelining-violation', 'Exim', 'smtp_enforce_sync = true (the default)'),
('smuggling-bare-newline', 'Postfix',
	'smtpd_forbid_bare_newline = normalize (3.9 and patched older versions; "yes" where that '
		|| 'value is unknown)'),
('smuggling-bare-newline', 'Exim', 'version 4.97.1 or later'),
('smuggling-bare-newline', 'Exchange', 'Set-ReceiveConnector -BareLinefeedRejectionEnabled $true'),
('cross-protocol-http', 'Postfix', 'smtpd_forbidden_commands = CONNECT GET POST (the default)'),
('cross-protocol-http', 'Exim', 'smtp_max_synprot_errors = 1'),
('cross-protocol-alpn-mismatch', 'Exim',
	'tls_alpn = smtp : esmtp (4.96 and later, the default), hosts_require_alpn'),
('cross-protocol-shared-cert', 'Postfix',
	'smtpd_tls_chain_files (3.4 and later) with a certificate of its own'),
('cross-protocol-shared-cert', 'Exim', 'tls_certificate with a certificate of its own'),
('cross-protocol-shared-cert', 'Dovecot',
	'ssl_server_cert_file (2.4), ssl_cert (2.3) with a certificate of its own');

-- 4 TLS versions, ciphers and handshake: tls- -----------------------------------------------------

INSERT INTO finding_kind
	(id, title, severity, sentence, trigger, confidence, fix, rule_version)
VALUES
('tls-version-ssl2',
	'SSL 2 negotiated',
	'critical',
	'The connection used SSL 2, which has been broken for decades and protects nothing.',
	'The client opened with an SSL 2 hello and the server answered in SSL 2. The severity is '
		|| 'high between mail servers, and low when only the client''s hello has that '
		|| 'form and the server chose better.',
	'Proven: the messages were captured.',
	'Remove SSL 2 from client and server.',
	1),

('tls-version-ssl3',
	'SSL 3 negotiated',
	'critical',
	'The connection used SSL 3, which can be broken with known means.',
	'The server chose SSL 3. The severity is high between mail servers, where the alternative '
		|| 'is no encryption.',
	'Proven: the server''s choice was captured.',
	'Remove SSL 3 and allow TLS 1.2 and later only.',
	1),

('tls-version-1-0',
	'TLS 1.0 negotiated',
	'high',
	'The connection used TLS 1.0, which has been withdrawn from the standards.',
	'The server chose TLS 1.0. The severity is medium between mail servers, where the '
		|| 'alternative is no encryption.',
	'Proven: the server''s choice was captured.',
	'Allow TLS 1.2 and later only, and update the side that cannot do better.',
	1),

('tls-version-1-1',
	'TLS 1.1 negotiated',
	'high',
	'The connection used TLS 1.1, which has been withdrawn from the standards.',
	'The server chose TLS 1.1. The severity is medium between mail servers, where the '
		|| 'alternative is no encryption.',
	'Proven: the server''s choice was captured.',
	'Allow TLS 1.2 and later only, and update the side that cannot do better.',
	1),

('tls-client-max-old',
	'Client cannot do better than TLS 1.1',
	'medium',
	'The client supports only outdated versions of TLS and will be locked out when the server '
		|| 'requires TLS 1.2.',
	'The highest version that the client offered in its first TLS message is below TLS 1.2. '
		|| 'The severity is low between mail servers.',
	'Proven: the client''s offer was captured.',
	'Update the client, or enable TLS 1.2 and later in it.',
	1),

('tls-server-no-13',
	'Server never chose TLS 1.3',
	'info',
	'The server does not support TLS 1.3, the current version, although clients offer it.',
	'In ten sessions with the same server the client offered TLS 1.3 and the server chose TLS '
		|| '1.2; it chose TLS 1.3 in none before. It is said once, at the tenth. Sessions of '
		|| 'scanners and resumed ones do not count.',
	'Proven: offers and choices were captured.',
	'Enable TLS 1.3 on the server.',
	1),

('tls-version-below-mutual',
	'TLS version lower than both sides can do',
	'high',
	'The connection used an older version of TLS than both sides have shown that they '
		|| 'support.',
	'The client offers a version that this server, told apart from others behind its address '
		|| 'by greeting, feature list and packets, chose in a session of the last 30 days, and the '
		|| 'server chose a lower one now. Resumed sessions do not count.',
	'Likely: the assumption is that the same machine answered, with the same settings.',
	'Find out what stands between the two, and whether the server''s settings were changed.',
	1),

('tls-downgrade-sentinel',
	'Server''s downgrade mark present',
	'critical',
	'The server marked this handshake as downgraded: client and server both support a better '
		|| 'version of TLS than the one in use.',
	'The client offered a higher version than the server chose, and the random value in the '
		|| 'server''s first TLS message ends in the mark that servers set when they could '
		|| 'have done better. The severity is medium when the client noticed it and broke '
		|| 'off.',
	'Proven when the client ignored the mark and completed the handshake. A proxy that copies '
		|| 'the server''s random value can cause it without ill intent.',
	'Find the device that ends or alters TLS on the path, and update the client so that it '
		|| 'checks the mark.',
	1),

('tls-sentinel-expected',
	'Server''s version mark, as expected',
	'info',
	'The server supports a newer version of TLS than this client offered; this is normal.',
	'The server''s random value carries the version mark, and the client did not offer the '
		|| 'newer version.',
	'Proven: both messages were captured.',
	'Nothing needs to be done; updating the client would give it the newer version.',
	1),

('tls-fallback-scsv',
	'Client says it is retrying with a lower version',
	'info',
	'The client stated that this is a second try with a lower version of TLS, after a first '
		|| 'one failed.',
	'The client''s first TLS message carries the fallback signal. The severity is medium when '
		|| 'the server answered that the fallback is not appropriate, or took it although it '
		|| 'chose a higher version in an earlier session.',
	'Proven: the signal was captured.',
	'Find out why the first try failed, and remove the retry with lower versions from the '
		|| 'client.',
	2),

('tls-fallback-dance',
	'Client retried with lower versions',
	'medium',
	'After a failed handshake the client came back and offered only lower versions '
		|| 'of TLS, which somebody on the path can bring about.',
	'A handshake of a client with a service failed, and within five minutes the '
		|| 'client began another one on a new connection whose highest version is '
		|| 'lower.',
	'Likely, assuming that the same program opened both connections; one that told '
		|| 'another name does not count.',
	'Remove the retry with lower versions from the client, and find out why the '
		|| 'first handshake failed.',
	1),

('tls-cipher-null',
	'TLS without encryption',
	'critical',
	'The TLS connection was set up without encryption, so everything in it was readable.',
	'The server chose a cipher suite that does not encrypt (NULL). The severity is high '
		|| 'between mail servers.',
	'Proven: the server''s choice was captured.',
	'Remove NULL cipher suites from client and server.',
	1),

('tls-cipher-anon',
	'TLS without server identity',
	'critical',
	'The TLS connection was set up without any proof of who the server is, so anyone on the '
		|| 'path could have taken its place.',
	'The server chose an anonymous cipher suite. Between mail servers, which often do not '
		|| 'check identities, the severity is info.',
	'Proven: the server''s choice was captured.',
	'Remove anonymous cipher suites where users log in.',
	1),

('tls-cipher-export',
	'Export-grade cipher negotiated',
	'critical',
	'The connection used encryption that was weakened on purpose and can be broken with '
		|| 'little effort.',
	'The server chose a cipher suite of the EXPORT class. The severity is high between mail '
		|| 'servers.',
	'Proven: the server''s choice was captured.',
	'Remove EXPORT cipher suites from client and server.',
	1),

('tls-cipher-rc4',
	'RC4 negotiated',
	'high',
	'The connection used the RC4 cipher, which is forbidden because it leaks the text it '
		|| 'should hide.',
	'The server chose a cipher suite with RC4. The severity is medium between mail servers.',
	'Proven: the server''s choice was captured.',
	'Remove RC4 from client and server.',
	1),

('tls-cipher-des',
	'DES negotiated',
	'high',
	'The connection used the DES cipher, whose keys can be found by trying them all.',
	'The server chose a cipher suite with single DES. The severity is medium between mail '
		|| 'servers.',
	'Proven: the server''s choice was captured.',
	'Remove DES from client and server.',
	1),

('tls-cipher-3des',
	'Triple DES negotiated',
	'medium',
	'The connection used triple DES, an outdated cipher that leaks text when much data is '
		|| 'sent.',
	'The server chose a cipher suite with triple DES. The severity is low between mail '
		|| 'servers.',
	'Proven: the server''s choice was captured.',
	'Remove triple DES from client and server.',
	1),

('tls-cipher-rc2-idea-seed',
	'RC2, IDEA or SEED negotiated',
	'high',
	'The connection used an outdated cipher that is no longer recommended anywhere.',
	'The server chose a cipher suite with RC2, IDEA or SEED. The severity is medium between '
		|| 'mail servers.',
	'Proven: the server''s choice was captured.',
	'Remove these ciphers from client and server.',
	1),

('tls-cipher-no-forward-secrecy',
	'No forward secrecy',
	'medium',
	'Whoever records this connection today can decrypt it later if the server''s key ever '
		|| 'leaks.',
	'The server chose a key exchange without ephemeral keys (static RSA or static '
		|| 'Diffie-Hellman). The severity is low between mail servers.',
	'Proven: the server''s choice was captured.',
	'Use cipher suites with ECDHE, or TLS 1.3, which has no others.',
	1),

('tls-cipher-cbc-sha1',
	'CBC mode cipher negotiated',
	'low',
	'The connection used an older way of encrypting that is acceptable but no longer '
		|| 'recommended.',
	'The server chose a cipher suite in CBC mode. The severity is info between mail servers.',
	'Proven: the server''s choice was captured.',
	'Prefer authenticated ciphers (AES-GCM or ChaCha20-Poly1305) on client and server.',
	1),

('tls-cipher-weak-offered',
	'Client still offers weak ciphers',
	'low',
	'The client still offers encryption methods that are known to be weak, so a bad server '
		|| 'could choose one.',
	'The client''s first TLS message lists cipher suites with NULL, EXPORT, RC4, DES or '
		|| 'anonymous key exchange. The severity is info between mail servers, some of '
		|| 'which offer anonymous suites by design.',
	'Proven: the client''s offer was captured.',
	'Trim the client''s cipher list.',
	1),

('tls-server-prefers-weak',
	'Server chose weak encryption though better was offered',
	'medium',
	'The server picked a weak cipher suite although it and the client both support a strong '
		|| 'one.',
	'The client offers authenticated encryption with forward secrecy, the server chose that '
		|| 'in another session of the last 30 days (up to TLS 1.2), and now chose a suite that is '
		|| 'broken or lacks forward secrecy. Between mail servers a suite without server identity is '
		|| 'not counted.',
	'Likely: the assumption is that both suites fit the same certificate and key exchange '
		|| 'group.',
	'Let the server choose by its own order of preference, and remove weak suites.',
	1),

('tls-dh-group-small',
	'Key exchange too small',
	'high',
	'The key exchange used numbers so small that a well-equipped attacker can break it.',
	'The server sent a Diffie-Hellman prime of fewer than 2048 bits. The severity is critical '
		|| 'below 1024 bits, and one step lower between mail servers.',
	'Proven: the prime was captured.',
	'Use primes of at least 2048 bits, or elliptic curves (ECDHE).',
	1),

('tls-dh-group-common',
	'Well-known 1024-bit prime',
	'high',
	'The key exchange used a widely shared number for which the costly part of an attack may '
		|| 'already have been done.',
	'The server sent a Diffie-Hellman prime that is one of the well-known 1024-bit primes. '
		|| 'The severity is medium between mail servers.',
	'Proven: the prime was captured and is in the list.',
	'Replace it by a 2048-bit group of RFC 7919, or use elliptic curves (ECDHE).',
	1),

('tls-dh-param-reuse',
	'Server uses one key share again and again',
	'medium',
	'The server used the same short-lived key in several connections, so breaking or stealing '
		|| 'one key opens them all.',
	'Three or more handshakes with one service (TLS 1.2 and before) carry the same '
		|| 'Diffie-Hellman or elliptic curve public value. One handshake that was captured twice '
		|| 'counts once.',
	'Proven: the values were captured.',
	'Let the server make a new key for each connection.',
	1),

('tls-ec-curve-weak',
	'Small or odd elliptic curve',
	'high',
	'The key exchange used an elliptic curve that is too small or not one of the standard '
		|| 'ones.',
	'The server chose a curve of fewer than 224 bits, or sent curve parameters of its own. '
		|| 'The severity is medium between mail servers.',
	'Proven: the curve was captured.',
	'Use X25519 or P-256.',
	1),

('tls-group-pq-hybrid',
	'Post-quantum key exchange used',
	'info',
	'The key exchange also resists future quantum computers; this is good.',
	'The server chose a key exchange that combines an elliptic curve with a post-quantum '
		|| 'method.',
	'Proven: the server''s choice was captured.',
	'Nothing needs to be done.',
	1),

('tls-sig-sha1-md5',
	'Weak signature in the handshake',
	'medium',
	'The server proved its identity with a signature method that can be forged with enough '
		|| 'effort.',
	'The server signed its key exchange with MD5 or SHA-1. The severity is low between mail '
		|| 'servers.',
	'Proven: the signature method was captured.',
	'Use SHA-256 or better, and update the side that cannot.',
	1),

('tls-no-ems',
	'Session keys not bound to the handshake',
	'low',
	'The session lacks a protection that ties its keys to this very handshake.',
	'TLS 1.2 or older was chosen and the server did not confirm the extended master secret. '
		|| 'The severity is one step higher when the client sent a certificate, and one '
		|| 'step lower between mail servers.',
	'Proven when both first TLS messages are complete in the capture.',
	'Update the side that does not support it.',
	1),

('tls-no-secure-renegotiation',
	'Old renegotiation flaw',
	'medium',
	'One side does not support the repair of a flaw that lets an attacker put text in front '
		|| 'of a session.',
	'TLS 1.2 or older was chosen, and the client or the server did not signal secure '
		|| 'renegotiation. The severity is low between mail servers.',
	'Proven when both first TLS messages are complete in the capture.',
	'Update the side that does not support it.',
	1),

('tls-renegotiation-observed',
	'Second handshake inside TLS',
	'info',
	'Client and server negotiated a second time inside the encrypted session.',
	'Inside a session of TLS 1.2 or older another handshake message was seen. The severity is '
		|| 'medium when secure renegotiation is missing.',
	'Proven that a second handshake began: the message is encrypted, but its type shows. '
		|| 'Where secure renegotiation is missing the finding is likely, assuming that '
		|| 'the handshake was completed.',
	'Switch renegotiation off.',
	1),

('tls-compression',
	'TLS compression in use',
	'high',
	'The session compresses before it encrypts, which lets an attacker guess parts of the '
		|| 'text.',
	'The server chose a compression method. The severity is medium between mail servers, and '
		|| 'low when only the client offered it.',
	'Proven: the choice was captured.',
	'Switch TLS compression off.',
	1),

('tls-heartbeat',
	'TLS heartbeat enabled',
	'low',
	'The server supports a rarely needed TLS feature that once let attackers read its memory.',
	'The server confirmed the heartbeat extension. The severity is critical when a heartbeat '
		|| 'message with a false length was sent (Heartbleed), and info when only the '
		|| 'client offered it.',
	'Proven: the message was captured.',
	'Switch the feature off or update the TLS library; after a Heartbleed attack replace keys '
		|| 'and passwords.',
	1),

('tls-truncated-hmac',
	'Weakened integrity check',
	'low',
	'The session uses a shortened check against tampering.',
	'The server confirmed the truncated HMAC extension.',
	'Proven: the server''s choice was captured.',
	'Switch the feature off or update the TLS library.',
	1),

('tls-no-sni',
	'Client did not say which server it wants',
	'low',
	'The client did not name the server it wants to reach, so a host with several names may '
		|| 'present the wrong certificate.',
	'The client''s first TLS message carries no server name. The severity is info between '
		|| 'mail servers.',
	'Proven when the message is complete in the capture.',
	'Update the client, or give it the server''s name instead of an address.',
	1),

('tls-sni-ip-literal',
	'Address in place of a server name',
	'low',
	'The client named an IP address where the standard wants a host name.',
	'The server name in the client''s first TLS message is an IP address.',
	'Proven: the message was captured.',
	'Configure the client with the server''s host name.',
	1),

('tls-sni-unrecognised',
	'Server rejects the name',
	'low',
	'The server does not know the name that the client asked for.',
	'The server answered with the TLS alert for an unknown name (unrecognized_name). The '
		|| 'severity is medium when this ended the handshake.',
	'Proven: the alert was captured.',
	'Correct the name in the client, or add it to the server and its certificate.',
	1),

('tls-no-alpn',
	'Protocol not pinned',
	'info',
	'The client did not state in the handshake that it wants to speak mail, which would '
		|| 'protect against being steered to another service.',
	'Where users log in, the client''s first TLS message carries no protocol name.',
	'Proven when the message is complete in the capture.',
	'Optional: use a client that sends it.',
	1),

('tls-ech',
	'Encrypted client hello present',
	'info',
	'The client encrypts the name of the server it wants, so the name visible here is only an '
		|| 'outer one.',
	'The client''s first TLS message carries the encrypted client hello extension.',
	'Proven: the message was captured.',
	'Nothing needs to be done; statements about the server name are left out for this session.',
	1),

('tls-0rtt-offered',
	'Replayable early data offered',
	'low',
	'The client offered to send data that an attacker could send again.',
	'The client''s first TLS message offers early data (0-RTT) on a mail connection.',
	'Proven: the message was captured.',
	'Switch early data off in the client.',
	1),

('tls-resumption-no-ticket-rotation',
	'Ticket key not changed for long',
	'low',
	'The key that protects resumed sessions seems to stay the same for more than a week; who '
		|| 'steals it can read them.',
	'The session tickets that a service gives out in clear (TLS 1.2 and before) begin with '
		|| 'the same 16 bytes, which usually name the key, for more than seven days. It is said once '
		|| 'of each key.',
	'Possible: servers may write their tickets in another form.',
	'Change the ticket keys at least once a day.',
	1),

('tls-client-cert-requested',
	'Server asks for a client certificate',
	'info',
	'The server asked the client to identify itself by a certificate.',
	'The server sent a certificate request during the handshake. The severity is low where '
		|| 'users log in and the client had no certificate.',
	'Proven: the request was captured.',
	'If client certificates are not in use, switch the request off; it confuses some mail '
		|| 'programs.',
	1),

('tls-client-cert-sent',
	'Client identity visible in clear',
	'info',
	'The client sent its certificate, and with it its identity, readable for everyone on the '
		|| 'path.',
	'In a handshake of TLS 1.2 or older the client sent a certificate. The severity is low '
		|| 'between mail servers.',
	'Proven: the certificate was captured.',
	'Use TLS 1.3, which encrypts client certificates.',
	1),

('tls-intolerance',
	'Server fails on modern handshakes',
	'low',
	'The server does not answer a modern first message, and clients get through only by '
		|| 'leaving something out.',
	'Three times a client began a handshake that got no answer, and within an hour the same '
		|| 'client got one after leaving out the same feature (TLS 1.3, new groups, a server name '
		|| 'and so on). The server answered no message with that feature in the last 30 days. It is '
		|| 'said once of each feature.',
	'Likely: the assumption is that the server, and nothing on the way, cannot stand the '
		|| 'feature.',
	'Update the server, or the device before it.',
	1),

('tls-interception-suspected',
	'TLS ends at another box',
	'medium',
	'The encryption appears to end at a device between client and server that reads along.',
	'The server''s certificate was issued by a product that inspects traffic. Or: a server that '
		|| 'answered the same first message with the same fingerprint and issuer in ten or '
		|| 'more sessions now differs in both. The severity is info when the policy lists the '
		|| 'issuer as a device that is in order.',
	'Likely, assuming that the issuer is what its name says, or when the usual answer is still '
		|| 'given to other sessions; possible when the server may have been set up anew.',
	'Confirm with the owner of the network whether this device is wanted, and list it in the policy '
		|| 'if it is.',
	2),

('tls-handshake-failed',
	'TLS handshake failed',
	'medium',
	'Client and server tried to set up encryption and did not succeed.',
	'The client began a TLS handshake, and the connection ended or fell silent for thirty '
		|| 'seconds before the handshake was complete. The severity is low between mail '
		|| 'servers.',
	'Proven when nothing is missing from the capture; possible otherwise.',
	'See the diagnosis that accompanies this finding; otherwise read the TLS logs of both '
		|| 'sides for that time.',
	1);

INSERT INTO finding_clause (kind, source, clause, certain) VALUES
('tls-version-ssl2', 'RFC 6176', 'section 3', 0),
('tls-version-ssl2', 'RFC 9325', 'section 3.1.1', 1),
('tls-version-ssl3', 'RFC 7568', 'section 3', 0),
('tls-version-ssl3', 'RFC 9325', 'section 3.1.1', 1),
('tls-version-ssl3', 'NIST SP 800-52 Rev. 2', 'section 3.1', 0),
('tls-version-1-0', 'RFC 8996', 'section 4', 0),
('tls-version-1-0', 'RFC 8997', 'whole document', 1),
('tls-version-1-0', 'RFC 9325', 'section 3.1.1', 1),
('tls-version-1-0', 'PCI DSS 4.0.1', '4.2.1', 1),
('tls-version-1-0', 'NIST SP 800-52 Rev. 2', 'section 3.1', 0),
('tls-version-1-0', 'BSI TR-02102-2', 'whole document', 0),
('tls-version-1-1', 'RFC 8996', 'section 5', 0),
('tls-version-1-1', 'RFC 8997', 'whole document', 1),
('tls-version-1-1', 'RFC 9325', 'section 3.1.1', 1),
('tls-version-1-1', 'PCI DSS 4.0.1', '4.2.1', 1),
('tls-version-1-1', 'NIST SP 800-52 Rev. 2', 'section 3.1', 0),
('tls-version-1-1', 'BSI TR-02102-2', 'whole document', 0),
('tls-client-max-old', 'RFC 8996', 'section 4', 0),
('tls-client-max-old', 'RFC 8996', 'section 5', 0),
('tls-client-max-old', 'RFC 9325', 'section 3.1.1', 1),
('tls-server-no-13', 'NIST SP 800-52 Rev. 2', 'section 3.1', 0),
('tls-server-no-13', 'RFC 9325', 'section 3.1.1', 1),
('tls-version-below-mutual', 'RFC 8446', 'section 4.1.3', 0),
('tls-version-below-mutual', 'RFC 8446', 'appendix D', 0),
('tls-downgrade-sentinel', 'RFC 8446', 'section 4.1.3', 0),
('tls-downgrade-sentinel', 'MITRE ATT&CK', 'T1562.010', 0),
('tls-sentinel-expected', 'RFC 8446', 'section 4.1.3', 0),
('tls-fallback-scsv', 'RFC 7507', 'section 3', 0),
('tls-fallback-scsv', 'RFC 7507', 'section 4', 0),
('tls-fallback-scsv', 'RFC 9325', 'section 3.1.3', 1),
('tls-fallback-dance', 'RFC 9325', 'section 3.1.3', 1),
('tls-fallback-dance', 'MITRE ATT&CK', 'T1562.010', 0),
('tls-cipher-null', 'RFC 9325', 'section 4.1', 1),
('tls-cipher-anon', 'RFC 9325', 'section 4.1', 1),
('tls-cipher-anon', 'RFC 7672', 'section 8.2', 0),
('tls-cipher-export', 'RFC 9325', 'section 4.1', 1),
('tls-cipher-export', 'CVE', 'CVE-2015-4000', 0),
('tls-cipher-rc4', 'RFC 7465', 'section 2', 0),
('tls-cipher-rc4', 'RFC 9325', 'section 4.1', 1),
('tls-cipher-des', 'RFC 9325', 'section 4.1', 1),
('tls-cipher-3des', 'RFC 9325', 'section 4.1', 1),
('tls-cipher-3des', 'CVE', 'CVE-2016-2183', 0),
('tls-cipher-rc2-idea-seed', 'RFC 9325', 'section 4.1', 1),
('tls-cipher-rc2-idea-seed', 'RFC 5469', 'whole document', 0),
('tls-cipher-no-forward-secrecy', 'RFC 9325', 'section 4.1', 1),
('tls-cipher-no-forward-secrecy', 'RFC 9325', 'section 7.3', 1),
('tls-cipher-no-forward-secrecy', 'NIST SP 800-52 Rev. 2', 'section 3.3.1', 0),
('tls-cipher-cbc-sha1', 'RFC 7366', 'whole document', 0),
('tls-cipher-cbc-sha1', 'RFC 9325', 'section 4.2', 1),
('tls-cipher-weak-offered', 'RFC 9325', 'section 4.1', 1),
('tls-server-prefers-weak', 'NIST SP 800-52 Rev. 2', 'section 3.3.1', 0),
('tls-dh-group-small', 'RFC 9325', 'section 4.1', 1),
('tls-dh-group-small', 'RFC 9325', 'section 4.2', 1),
('tls-dh-group-small', 'RFC 9325', 'section 4.5', 1),
('tls-dh-group-small', 'RFC 7919', 'whole document', 0),
('tls-dh-group-small', 'CVE', 'CVE-2015-4000', 0),
('tls-dh-group-common', 'RFC 7919', 'whole document', 0),
('tls-dh-group-common', 'RFC 9325', 'section 4.2', 1),
('tls-dh-group-common', 'CVE', 'CVE-2015-4000', 0),
('tls-dh-param-reuse', 'RFC 9325', 'section 7.4', 1),
('tls-ec-curve-weak', 'RFC 8422', 'section 5.1.1', 0),
('tls-ec-curve-weak', 'BSI TR-02102-2', 'whole document', 0),
('tls-group-pq-hybrid', 'BSI TR-02102-2', 'whole document', 0),
('tls-sig-sha1-md5', 'RFC 9155', 'section 2', 0),
('tls-sig-sha1-md5', 'RFC 9155', 'section 3', 0),
('tls-sig-sha1-md5', 'RFC 9155', 'section 4', 0),
('tls-no-ems', 'RFC 7627', 'section 5', 0),
('tls-no-ems', 'RFC 9325', 'section 3.5', 1),
('tls-no-ems', 'NIST SP 800-52 Rev. 2', 'section 3.4.1', 0),
('tls-no-secure-renegotiation', 'RFC 5746', 'section 3.4', 0),
('tls-no-secure-renegotiation', 'RFC 5746', 'section 4.4', 0),
('tls-no-secure-renegotiation', 'RFC 9325', 'section 3.5', 1),
('tls-renegotiation-observed', 'RFC 5746', 'section 3.4', 0),
('tls-renegotiation-observed', 'RFC 9325', 'section 3.5', 1),
('tls-compression', 'RFC 9325', 'section 3.3', 1),
('tls-compression', 'RFC 7457', 'section 2.6', 0),
('tls-compression', 'CVE', 'CVE-2012-4929', 0),
('tls-heartbeat', 'RFC 6520', 'section 4', 0),
('tls-heartbeat', 'CVE', 'CVE-2014-0160', 0),
('tls-truncated-hmac', 'RFC 9325', 'section 4.6', 1),
('tls-no-sni', 'RFC 6066', 'section 3', 0),
('tls-no-sni', 'RFC 9325', 'section 3.7', 1),
('tls-no-sni', 'RFC 8461', 'section 7.1', 0),
('tls-no-sni', 'RFC 7672', 'section 8.1', 0),
('tls-sni-ip-literal', 'RFC 6066', 'section 3', 0),
('tls-sni-unrecognised', 'RFC 6066', 'section 3', 0),
('tls-no-alpn', 'RFC 9325', 'section 3.8', 1),
('tls-no-alpn', 'RFC 7301', 'section 3.2', 0),
('tls-ech', 'Internet-Draft draft-ietf-tls-esni', 'whole document', 0),
('tls-0rtt-offered', 'RFC 9325', 'section 3.10', 1),
('tls-0rtt-offered', 'NIST SP 800-52 Rev. 2', 'section 3.6', 0),
('tls-resumption-no-ticket-rotation', 'RFC 9325', 'section 3.4', 1),
('tls-resumption-no-ticket-rotation', 'RFC 5077', 'section 4', 0),
('tls-client-cert-requested', 'RFC 8314', 'section 4.2', 1),
('tls-client-cert-sent', 'RFC 8446', 'section 4.4.2', 0),
('tls-intolerance', 'RFC 8446', 'appendix D', 0),
('tls-interception-suspected', 'RFC 9325', 'section 7.1', 1),
('tls-interception-suspected', 'MITRE ATT&CK', 'T1557', 0),
('tls-handshake-failed', 'RFC 3207', 'section 4.1', 1),
('tls-handshake-failed', 'RFC 9325', 'section 3.1.1', 1);

INSERT INTO finding_remedy (kind, product, setting) VALUES
('tls-version-ssl2', 'Postfix',
	'smtpd_tls_protocols = >=TLSv1.2, smtpd_tls_mandatory_protocols = >=TLSv1.2 (3.6 and '
		|| 'later)'),
('tls-version-ssl2', 'Exim',
	'openssl_options = +no_sslv2 +no_sslv3 +no_tlsv1 +no_tlsv1_1 (OpenSSL builds)'),
('tls-version-ssl2', 'Exim',
	'tls_require_ciphers = NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2 (GnuTLS builds)'),
('tls-version-ssl2', 'Dovecot', 'ssl_min_protocol = TLSv1.2'),
('tls-version-ssl2', 'Exchange',
	'Schannel registry key SCHANNEL\Protocols\SSL 2.0\Server: Enabled = 0'),
('tls-version-ssl3', 'Postfix',
	'smtpd_tls_protocols = >=TLSv1.2, smtpd_tls_mandatory_protocols = >=TLSv1.2 (3.6 and '
		|| 'later)'),
('tls-version-ssl3', 'Exim',
	'openssl_options = +no_sslv2 +no_sslv3 +no_tlsv1 +no_tlsv1_1 (OpenSSL builds)'),
('tls-version-ssl3', 'Exim',
	'tls_require_ciphers = NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2 (GnuTLS builds)'),
('tls-version-ssl3', 'Dovecot', 'ssl_min_protocol = TLSv1.2'),
('tls-version-ssl3', 'Exchange',
	'Schannel registry key SCHANNEL\Protocols\SSL 3.0\Server: Enabled = 0'),
('tls-version-1-0', 'Postfix',
	'smtpd_tls_protocols = >=TLSv1.2, smtpd_tls_mandatory_protocols = >=TLSv1.2 (3.6 and '
		|| 'later)'),
('tls-version-1-0', 'Postfix',
	'smtp_tls_protocols = >=TLSv1.2, smtp_tls_mandatory_protocols = >=TLSv1.2 (3.6 and later; '
		|| 'as client)'),
('tls-version-1-0', 'Exim',
	'openssl_options = +no_sslv2 +no_sslv3 +no_tlsv1 +no_tlsv1_1 (OpenSSL builds)'),
('tls-version-1-0', 'Exim',
	'tls_require_ciphers = NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2 (GnuTLS builds)'),
('tls-version-1-0', 'Dovecot', 'ssl_min_protocol = TLSv1.2'),
('tls-version-1-0', 'Exchange',
	'Schannel registry key SCHANNEL\Protocols\TLS 1.0\Server: Enabled = 0'),
('tls-version-1-1', 'Postfix',
	'smtpd_tls_protocols = >=TLSv1.2, smtpd_tls_mandatory_protocols = >=TLSv1.2 (3.6 and '
		|| 'later)'),
('tls-version-1-1', 'Postfix',
	'smtp_tls_protocols = >=TLSv1.2, smtp_tls_mandatory_protocols = >=TLSv1.2 (3.6 and later; '
		|| 'as client)'),
('tls-version-1-1', 'Exim',
	'openssl_options = +no_sslv2 +no_sslv3 +no_tlsv1 +no_tlsv1_1 (OpenSSL builds)'),
('tls-version-1-1', 'Exim',
	'tls_require_ciphers = NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2 (GnuTLS builds)'),
('tls-version-1-1', 'Dovecot', 'ssl_min_protocol = TLSv1.2'),
('tls-version-1-1', 'Exchange',
	'Schannel registry key SCHANNEL\Protocols\TLS 1.1\Server: Enabled = 0'),
('tls-client-max-old', 'Postfix',
	'smtp_tls_protocols = >=TLSv1.2, smtp_tls_mandatory_protocols = >=TLSv1.2 (3.6 and later; '
		|| 'when Postfix is the client)'),
('tls-client-max-old', 'Exchange',
	'Schannel registry key SCHANNEL\Protocols\TLS 1.2\Client: Enabled = 1, DisabledByDefault '
		|| '= 0'),
('tls-server-no-13', 'Postfix',
	'smtpd_tls_protocols = >=TLSv1.2 (3.6 and later), built with OpenSSL 1.1.1 or later'),
('tls-server-no-13', 'Exim',
	'openssl_options without +no_tlsv1_3, built with OpenSSL 1.1.1 or later'),
('tls-server-no-13', 'Dovecot', 'ssl_min_protocol = TLSv1.2, built with OpenSSL 1.1.1 or later'),
('tls-server-no-13', 'Exchange', 'Exchange Server 2019 CU15 and later, on Windows Server 2022'),
('tls-version-below-mutual', 'Postfix',
	'smtpd_tls_protocols = >=TLSv1.2 (3.6 and later), the same on every server of the name'),
('tls-version-below-mutual', 'Dovecot',
	'ssl_min_protocol = TLSv1.2, the same on every server of the name'),
('tls-cipher-null', 'Postfix', 'smtpd_tls_exclude_ciphers = eNULL'),
('tls-cipher-null', 'Exim', 'tls_require_ciphers = HIGH:!aNULL:!eNULL (OpenSSL builds)'),
('tls-cipher-null', 'Dovecot', 'ssl_cipher_list = HIGH:!aNULL:!eNULL'),
('tls-cipher-null', 'Exchange', 'Schannel registry key SCHANNEL\Ciphers\NULL: Enabled = 0'),
('tls-cipher-anon', 'Postfix', 'smtpd_tls_mandatory_exclude_ciphers = aNULL'),
('tls-cipher-anon', 'Exim', 'tls_require_ciphers = HIGH:!aNULL:!eNULL (OpenSSL builds)'),
('tls-cipher-anon', 'Dovecot', 'ssl_cipher_list = HIGH:!aNULL:!eNULL'),
('tls-cipher-export', 'Postfix',
	'smtpd_tls_ciphers = medium, smtpd_tls_mandatory_ciphers = medium'),
('tls-cipher-export', 'Exim', 'tls_require_ciphers = HIGH:!aNULL:!eNULL (OpenSSL builds)'),
('tls-cipher-export', 'Dovecot', 'ssl_cipher_list = HIGH:!aNULL:!eNULL'),
('tls-cipher-rc4', 'Postfix', 'smtpd_tls_exclude_ciphers = RC4'),
('tls-cipher-rc4', 'Exim', 'tls_require_ciphers = HIGH:!aNULL:!eNULL:!RC4 (OpenSSL builds)'),
('tls-cipher-rc4', 'Dovecot', 'ssl_cipher_list = HIGH:!aNULL:!eNULL:!RC4'),
('tls-cipher-rc4', 'Exchange',
	'Schannel registry key SCHANNEL\Ciphers\RC4 128/128 (and 40/128, 56/128): Enabled = 0'),
('tls-cipher-des', 'Postfix', 'smtpd_tls_exclude_ciphers = DES'),
('tls-cipher-des', 'Exim', 'tls_require_ciphers = HIGH:!aNULL:!eNULL:!DES (OpenSSL builds)'),
('tls-cipher-des', 'Dovecot', 'ssl_cipher_list = HIGH:!aNULL:!eNULL:!DES'),
('tls-cipher-des', 'Exchange', 'Schannel registry key SCHANNEL\Ciphers\DES 56/56: Enabled = 0'),
('tls-cipher-3des', 'Postfix', 'smtpd_tls_exclude_ciphers = 3DES'),
('tls-cipher-3des', 'Exim', 'tls_require_ciphers = HIGH:!aNULL:!eNULL:!3DES (OpenSSL builds)'),
('tls-cipher-3des', 'Dovecot', 'ssl_cipher_list = HIGH:!aNULL:!eNULL:!3DES'),
('tls-cipher-3des', 'Exchange',
	'Schannel registry key SCHANNEL\Ciphers\Triple DES 168: Enabled = 0'),
('tls-cipher-rc2-idea-seed', 'Postfix', 'smtpd_tls_exclude_ciphers = RC2, IDEA, SEED'),
('tls-cipher-rc2-idea-seed', 'Exim',
	'tls_require_ciphers = HIGH:!aNULL:!eNULL:!RC2:!IDEA:!SEED (OpenSSL builds)'),
('tls-cipher-rc2-idea-seed', 'Dovecot', 'ssl_cipher_list = HIGH:!aNULL:!eNULL:!RC2:!IDEA:!SEED'),
('tls-cipher-rc2-idea-seed', 'Exchange',
	'Schannel registry key SCHANNEL\Ciphers\RC2 128/128 (and 40/128, 56/128): Enabled = 0'),
('tls-cipher-no-forward-secrecy', 'Postfix', 'smtpd_tls_exclude_ciphers = kRSA'),
('tls-cipher-no-forward-secrecy', 'Exim',
	'tls_require_ciphers = HIGH:!aNULL:!eNULL:!kRSA (OpenSSL builds)'),
('tls-cipher-no-forward-secrecy', 'Dovecot', 'ssl_cipher_list = HIGH:!aNULL:!eNULL:!kRSA'),
('tls-cipher-no-forward-secrecy', 'Exchange',
	'Disable-TlsCipherSuite for every suite that begins with TLS_RSA_'),
('tls-cipher-cbc-sha1', 'Postfix', 'tls_preempt_cipherlist = yes'),
('tls-cipher-cbc-sha1', 'Exim', 'openssl_options = +cipher_server_preference (OpenSSL builds)'),
('tls-cipher-cbc-sha1', 'Dovecot',
	'ssl_server_prefer_ciphers = server (2.4), ssl_prefer_server_ciphers = yes (2.3)'),
('tls-cipher-cbc-sha1', 'Exchange',
	'cipher suite order of Windows: Enable-TlsCipherSuite -Position, Disable-TlsCipherSuite'),
('tls-cipher-weak-offered', 'Postfix',
	'smtp_tls_exclude_ciphers = EXPORT, LOW, RC4, DES, eNULL (when Postfix is the client)'),
('tls-cipher-weak-offered', 'Exim',
	'tls_require_ciphers = HIGH:!aNULL:!eNULL (in the smtp transport, OpenSSL builds)'),
('tls-server-prefers-weak', 'Postfix',
	'tls_preempt_cipherlist = yes, smtpd_tls_mandatory_ciphers = high'),
('tls-server-prefers-weak', 'Exim',
	'openssl_options = +cipher_server_preference, tls_require_ciphers'),
('tls-server-prefers-weak', 'Dovecot',
	'ssl_server_prefer_ciphers = server (2.4), ssl_prefer_server_ciphers = yes (2.3)'),
('tls-server-prefers-weak', 'Exchange',
	'cipher suite order of Windows: Enable-TlsCipherSuite -Position, Disable-TlsCipherSuite'),
('tls-dh-group-small', 'Postfix',
	'smtpd_tls_dh1024_param_file = auto (3.7 and later), or a file with 2048-bit parameters'),
('tls-dh-group-small', 'Exim', 'tls_dhparam = ffdhe2048'),
('tls-dh-group-small', 'Dovecot',
	'ssl_server_dh_file (2.4) or ssl_dh (2.3) with 2048-bit parameters'),
('tls-dh-group-small', 'Exchange',
	'Schannel registry key SCHANNEL\KeyExchangeAlgorithms\Diffie-Hellman: '
		|| 'ServerMinKeyBitLength = 2048'),
('tls-dh-group-common', 'Postfix',
	'smtpd_tls_dh1024_param_file = auto (3.7 and later), or a file with 2048-bit parameters'),
('tls-dh-group-common', 'Exim', 'tls_dhparam = ffdhe2048'),
('tls-dh-group-common', 'Dovecot',
	'ssl_server_dh_file (2.4) or ssl_dh (2.3) with 2048-bit parameters'),
('tls-dh-param-reuse', 'Postfix',
	'build with OpenSSL 1.1.0 or later, which makes a new key each time'),
('tls-dh-param-reuse', 'Exim', 'openssl_options = +single_dh_use'),
('tls-ec-curve-weak', 'Postfix', 'tls_eecdh_auto_curves = X25519, prime256v1, secp384r1'),
('tls-ec-curve-weak', 'Dovecot', 'ssl_curve_list = X25519:prime256v1:secp384r1'),
('tls-sig-sha1-md5', 'OpenSSL',
	'CipherString = DEFAULT@SECLEVEL=2 in openssl.cnf (3.0 rejects SHA-1 '
		|| 'signatures from level 1 on)'),
('tls-sig-sha1-md5', 'Exim',
	'tls_require_ciphers = NORMAL:-SIGN-RSA-SHA1:-SIGN-ECDSA-SHA1 (GnuTLS builds)'),
('tls-no-ems', 'OpenSSL', '1.1.0 or later, which always offers and confirms it'),
('tls-no-ems', 'Exchange',
	'Schannel registry key SCHANNEL: DisableServerExtendedMasterSecret and '
		|| 'DisableClientExtendedMasterSecret = 0'),
('tls-no-secure-renegotiation', 'Exim',
	'tls_require_ciphers = NORMAL:%SAFE_RENEGOTIATION (GnuTLS builds)'),
('tls-no-secure-renegotiation', 'OpenSSL',
	'0.9.8m or later, without the option UnsafeLegacyRenegotiation'),
('tls-no-secure-renegotiation', 'Exchange',
	'Schannel registry key SCHANNEL: AllowInsecureRenegoClients and '
		|| 'AllowInsecureRenegoServers = 0'),
('tls-renegotiation-observed', 'Postfix', 'tls_ssl_options = NO_RENEGOTIATION'),
('tls-compression', 'Postfix', 'tls_ssl_options = NO_COMPRESSION'),
('tls-compression', 'Exim', 'openssl_options = +no_compression'),
('tls-heartbeat', 'OpenSSL',
	'1.1.1 or later, which has it no more; before that a build with -DOPENSSL_NO_HEARTBEATS'),
('tls-no-sni', 'Postfix',
	'smtp_tls_servername = hostname (3.4 and later, when Postfix is the client)'),
('tls-no-sni', 'Exim', 'tls_sni = $host (in the smtp transport)'),
('tls-sni-ip-literal', 'Postfix',
	'smtp_tls_servername = hostname (3.4 and later), relayhost by name (when '
		|| 'Postfix is the client)'),
('tls-sni-ip-literal', 'Exim',
	'tls_sni = mail.example.com (in the smtp transport, when Exim is the client)'),
('tls-sni-ip-literal', 'Exchange',
	'Set-SendConnector -SmartHosts mail.example.com (when Exchange is the client)'),
('tls-sni-unrecognised', 'Postfix', 'tls_server_sni_maps'),
('tls-sni-unrecognised', 'Exim', 'tls_certificate (may depend on $tls_in_sni)'),
('tls-sni-unrecognised', 'Dovecot', 'local_name blocks with their own certificate'),
('tls-no-alpn', 'Exim',
	'tls_alpn = smtp (4.96 and later, in the smtp transport, when Exim is the client)'),
('tls-resumption-no-ticket-rotation', 'Postfix', 'tls_ssl_options = no_ticket'),
('tls-resumption-no-ticket-rotation', 'Exim', 'openssl_options = +no_ticket'),
('tls-resumption-no-ticket-rotation', 'Dovecot', 'ssl_options = no_ticket'),
('tls-client-cert-requested', 'Postfix', 'smtpd_tls_ask_ccert = no'),
('tls-client-cert-requested', 'Exim', 'tls_try_verify_hosts left empty'),
('tls-client-cert-sent', 'Postfix',
	'smtp_tls_chain_files, smtp_tls_cert_file left empty (when Postfix is the client)'),
('tls-client-cert-sent', 'Exim',
	'tls_certificate left unset (in the smtp transport, when Exim is the client)'),
('tls-interception-suspected', 'Postfix',
	'smtp_tls_policy_maps (secure, dane-only or fingerprint for known partners)'),
('tls-interception-suspected', 'Exim',
	'tls_verify_hosts, tls_verify_cert_hostnames, hosts_require_dane (in the smtp '
		|| 'transport)'),
('tls-interception-suspected', 'Exchange',
	'Set-SendConnector -RequireTLS $true -TlsAuthLevel DomainValidation -TlsDomain '
		|| 'example.com'),
('tls-interception-suspected', 'starttrace',
	'interception_issuers in the policy file (when the device is wanted)'),
('tls-handshake-failed', 'Postfix', 'smtpd_tls_loglevel = 1, smtp_tls_loglevel = 1'),
('tls-handshake-failed', 'Exim', 'log_selector = +tls_cipher +tls_peerdn'),
('tls-handshake-failed', 'Exchange', 'Set-ReceiveConnector -ProtocolLoggingLevel Verbose');

-- 5 Certificates: cert- ---------------------------------------------------------------------------

INSERT INTO finding_kind
	(id, title, severity, sentence, trigger, confidence, fix, rule_version)
VALUES
('cert-expired',
	'Certificate expired',
	'high',
	'The server''s certificate was out of date when it was used.',
	'The end of the certificate''s validity lies before the time of the capture. The severity '
		|| 'is low between mail servers.',
	'Proven, provided the clock of the capturing machine is right.',
	'Renew the certificate and automate the renewal.',
	1),

('cert-not-yet-valid',
	'Certificate not yet valid',
	'medium',
	'The server''s certificate was used before its validity began.',
	'The beginning of the certificate''s validity lies after the time of the capture. The '
		|| 'severity is low between mail servers.',
	'Likely: the assumption is that the clock of the capturing machine is right.',
	'Check the clocks; otherwise reissue the certificate.',
	1),

('cert-expiring-soon',
	'Certificate expires soon',
	'low',
	'The server''s certificate is about to expire.',
	'At the time of the capture less than 14 days of the certificate''s validity were left.',
	'Proven, provided the clock of the capturing machine is right.',
	'Renew the certificate now and automate the renewal.',
	1),

('cert-lifetime-excessive',
	'Certificate valid for too long',
	'low',
	'The certificate''s validity is longer than public authorities may grant.',
	'The server''s certificate leads to an authority of the trust store that was given, and '
		|| 'lasts longer than was allowed when it was issued: 825 days from March 2018, 398 from '
		|| 'September 2020, 200 from 15 March 2026, 100 from 15 March 2027, 47 from 15 March 2029. '
		|| 'The limits bind public authorities: a trust store with authorities of your own gives the '
		|| 'finding for their certificates too.',
	'Proven: the certificate was captured, and its chain leads to the trust store. Without a '
		|| 'trust store nothing is said.',
	'Have certificates issued for a shorter time and automate the renewal.',
	1),

('cert-self-signed',
	'Certificate self-signed',
	'medium',
	'The server issued its certificate to itself, so a client has no means to verify it.',
	'Issuer and subject of the server''s certificate are the same, and its own key verifies '
		|| 'its signature. The severity is info between mail servers.',
	'Proven: the certificate was captured.',
	'Install a certificate from an authority that the clients trust, or publish it by DANE.',
	1),

('cert-chain-incomplete',
	'Certificate chain incomplete',
	'medium',
	'The server did not send all certificates that a client needs to verify its own.',
	'With a trust store given, no path can be built from the server''s certificate through '
		|| 'those it sent to the trust store: the issuer of the first is not among them, a signature '
		|| 'does not fit, or an issuer on the path did not hold good when it was captured. The '
		|| 'severity is low between mail servers. A certificate that signs itself is told of apart.',
	'Likely: the assumption is that the clients trust what the trust store holds. Without a '
		|| 'trust store nothing is said.',
	'Put the certificates of all intermediate authorities behind the server''s own.',
	1),

('cert-chain-disordered',
	'Certificate chain out of order',
	'low',
	'The server sent its certificates in the wrong order, which some clients cannot handle.',
	'A certificate in the chain does not certify the one before it.',
	'Proven: the chain was captured.',
	'Put the server''s own certificate first, then each issuer in turn.',
	1),

('cert-untrusted-root',
	'Issuer not trusted',
	'medium',
	'The server''s certificate was issued by an authority that is not among the trusted ones.',
	'With a trust store given, the path from the server''s certificate ends at an authority '
		|| 'that the store does not hold. The severity is info between mail servers. A certificate '
		|| 'that signs itself is told of apart.',
	'Likely: the assumption is that the clients trust what the trust store holds. Without a '
		|| 'trust store nothing is said.',
	'Install a certificate from an authority that the clients trust, or publish it by DANE.',
	1),

('cert-name-mismatch-sni',
	'Certificate is for another name',
	'high',
	'The server''s certificate was issued for a name other than the one the client asked for.',
	'The server name that the client gave in the handshake is not among the names in the '
		|| 'certificate. The severity is low between mail servers.',
	'Proven: name and certificate were captured.',
	'Reissue the certificate with all names that clients use, or correct the name in the '
		|| 'client.',
	1),

('cert-name-mismatch-banner',
	'Certificate does not bear the server''s own name',
	'info',
	'The name in the server''s greeting is not among the names in its certificate.',
	'The host name with which the greeting begins is not covered by the certificate. The '
		|| 'severity is low between mail servers.',
	'Possible: the two names need not match.',
	'Optional: reissue the certificate with that name, or let the server greet with the name '
		|| 'it is reached by.',
	1),

('cert-name-mismatch-mx',
	'Certificate does not bear the mail server''s name',
	'high',
	'The server''s certificate was issued for a name other than the one under which mail is sent '
		|| 'to it.',
	'The policy lists the server under a name, or a published MTA-STS policy in it lists the host '
		|| 'that the client asked for, and that name is not among the alternative names of the '
		|| 'certificate. Silent where TLSA records that are of use decide instead. The severity is '
		|| 'info unless the published policy is in mode enforce.',
	'Proven when the client named the host or the policy lists the server; likely when only the '
		|| 'server''s greeting names it.',
	'Reissue the certificate with all names that MX records give the server, before the published '
		|| 'policy goes to mode enforce.',
	1),

('cert-dane-mismatch',
	'Certificate does not match the TLSA records',
	'high',
	'The domain published which certificate or key its mail server has, and the server showed '
		|| 'another one.',
	'None of the TLSA records that the policy holds for this host and port, at that time and with '
		|| 'usage 2 or 3, matches a certificate or key that the server sent. Silent with a record by '
		|| 'SHA-512, which cannot be compared.',
	'Proven, if the records in the policy were valid then; likely when only the server''s greeting '
		|| 'names the host.',
	'Publish the record of a new key before the server uses it, and remove the old one afterwards; '
		|| 'if nobody changed the key, find out who answers in place of the server.',
	1),

('cert-cn-only',
	'Certificate without alternative names',
	'low',
	'The certificate gives its name in an outdated place that current clients ignore.',
	'The certificate has no list of alternative names.',
	'Proven: the certificate was captured.',
	'Reissue the certificate with the server''s names as alternative names.',
	1),

('cert-wildcard-broad',
	'Wildcard certificate',
	'info',
	'The certificate is valid for every host of a domain, so its key is worth more to a thief '
		|| 'and other services share it.',
	'One of the names in the certificate is a wildcard.',
	'Proven: the certificate was captured.',
	'Use a certificate of its own for the mail service.',
	1),

('cert-rsa-small',
	'RSA key too small',
	'high',
	'The key in the certificate is so small that it can be computed with known means.',
	'The server''s certificate, or another one that it sent, carries an RSA key of fewer than '
		|| '2048 bits. The severity is critical below 1024 bits, and one step lower '
		|| 'between mail servers.',
	'Proven: the certificate was captured.',
	'Make a new key of at least 2048 bits and have a new certificate issued.',
	1),

('cert-ec-small',
	'Elliptic curve key too small',
	'high',
	'The key in the certificate is too small to withstand an attack with known means.',
	'The server''s certificate, or another one that it sent, carries an elliptic curve key of '
		|| 'fewer than 224 bits. From 224 to 255 bits the severity is medium.',
	'Proven: the certificate was captured.',
	'Make a new key on P-256 or larger and have a new certificate issued.',
	1),

('cert-sig-md5',
	'Certificate signed with MD5',
	'high',
	'The certificate''s signature can be forged with known means.',
	'The server''s certificate, or another one that it sent, is signed with MD5. Certificates '
		|| 'that sign themselves do not count.',
	'Proven: the certificate was captured.',
	'Have a new certificate issued.',
	1),

('cert-sig-sha1',
	'Certificate signed with SHA-1',
	'medium',
	'The certificate''s signature can be forged with known, though costly, means.',
	'The server''s certificate, or another one that it sent, is signed with SHA-1. '
		|| 'Certificates that sign themselves do not count. The severity is low between '
		|| 'mail servers.',
	'Proven: the certificate was captured.',
	'Have a new certificate issued.',
	1),

('cert-rsa-exponent-small',
	'Odd RSA exponent',
	'medium',
	'The key in the certificate was made with an unsafe parameter.',
	'The public exponent of the RSA key is smaller than 65537, or even.',
	'Proven: the certificate was captured.',
	'Make a new key with the usual exponent 65537 and have a new certificate issued.',
	1),

('cert-weak-key-known',
	'Key is known to be weak',
	'critical',
	'The certificate''s key belongs to a family of keys that can be broken at known cost.',
	'The modulus of an RSA key in the chain has the mark of keys made by a faulty library '
		|| '(ROCA). Keys that leaked or were made with too little chance (Debian 2006 to 2008, '
		|| 'defaults of appliances) are known by lists only; no such list is searched.',
	'Proven: the certificate was captured. Less than one ordinary key in a hundred million '
		|| 'has that mark by chance.',
	'Make a new key with other software or hardware, have a new certificate issued, and '
		|| 'revoke the old one.',
	1),

('cert-no-serverauth-eku',
	'Certificate not meant for servers',
	'medium',
	'The certificate was not issued for use by a server, and careful clients reject it.',
	'The certificate limits its use, and authentication of servers is not among the uses.',
	'Proven: the certificate was captured.',
	'Have a certificate issued that allows server authentication.',
	1),

('cert-is-ca',
	'Server uses an authority''s certificate',
	'low',
	'The server identifies itself with a certificate that may itself issue certificates.',
	'The server''s own certificate is marked as that of a certification authority.',
	'Proven: the certificate was captured.',
	'Install an ordinary server certificate.',
	1),

('cert-default-vendor',
	'Factory default certificate',
	'medium',
	'The server uses the certificate that its vendor delivered, whose key others may have as '
		|| 'well.',
	'The name in the certificate is one that vendors put into their factory defaults.',
	'Likely: the name points to a factory default.',
	'Make a new key and have a certificate issued for the server''s own name.',
	1),

('cert-revoked-stapled',
	'Certificate was revoked',
	'high',
	'The server itself passed on the proof that its certificate was withdrawn, and used it '
		|| 'all the same.',
	'The status answer (OCSP) that the server sent with its certificate, in TLS 1.2 and '
		|| 'before, says that this certificate is revoked. The signature of the answer is not '
		|| 'verified.',
	'Proven: certificate and status were captured.',
	'Find out why it was revoked, make a new key and have a new certificate issued.',
	1),

('cert-must-staple-missing',
	'Required certificate status missing',
	'medium',
	'The certificate demands a proof of its validity with every handshake, and the server did '
		|| 'not send one.',
	'The certificate is marked as requiring a stapled status, the client asked for the '
		|| 'status, and the server sent none.',
	'Proven: request, certificate and the rest of the handshake were captured.',
	'Switch on OCSP stapling, or have a certificate issued without that mark.',
	1),

('cert-changed',
	'Certificate key changed',
	'info',
	'The server showed a certificate with another key than before.',
	'A machine that is known by its address, greeting, feature list and packets shows a '
		|| 'certificate key that it did not show before for the same name. The reasons say whether '
		|| 'it looks like a renewal: issued by the same organisation, within 45 days of the end of '
		|| 'the old certificate.',
	'Proven: both certificates were captured. A server with two certificates for different '
		|| 'key types looks the same at first.',
	'Confirm with the owner of the server that the certificate was renewed.',
	1),

('cert-changed-path-split',
	'Some clients are shown another certificate',
	'high',
	'At the same time, clients of some networks were shown one certificate for this server, '
		|| 'and clients of others another one from another issuer.',
	'Within six hours two certificate keys were shown for one address, port and name, by '
		|| 'issuers of different organisations; no client network saw both, and chance parts them so '
		|| 'less than once in a thousand times (at least five sightings each, at most one a network '
		|| 'and hour). The finding is of the sessions that were shown the newer key.',
	'Likely: the assumption is that no load balancer sends networks to servers with '
		|| 'certificates of different issuers.',
	'Ask the owner which certificate is right, and look for interception on the path of the '
		|| 'other clients.',
	1),

('cert-hidden',
	'Certificate not visible',
	'info',
	'The server''s certificate cannot be judged from this capture.',
	'TLS 1.3 encrypts the certificate, and a resumed session does not send one.',
	'Proven: the handshake was captured.',
	'Nothing needs to be done; check the certificate on the server itself.',
	1);

INSERT INTO finding_clause (kind, source, clause, certain) VALUES
('cert-expired', 'RFC 5280', 'section 4.1.2.5', 0),
('cert-expired', 'RFC 8314', 'section 4.4', 1),
('cert-expired', 'PCI DSS 4.0.1', '4.2.1', 1),
('cert-not-yet-valid', 'RFC 5280', 'section 4.1.2.5', 0),
('cert-expiring-soon', 'RFC 8314', 'section 4.4', 1),
('cert-lifetime-excessive', 'CA/Browser Forum Baseline Requirements', 'section 6.3.2', 0),
('cert-self-signed', 'RFC 8314', 'section 5.3', 0),
('cert-self-signed', 'RFC 9325', 'section 7.1', 1),
('cert-self-signed', 'MITRE ATT&CK', 'T1557', 0),
('cert-chain-incomplete', 'RFC 5246', 'section 7.4.2', 0),
('cert-chain-disordered', 'RFC 5246', 'section 7.4.2', 0),
('cert-untrusted-root', 'RFC 5280', 'section 6', 0),
('cert-untrusted-root', 'MITRE ATT&CK', 'T1557', 0),
('cert-name-mismatch-sni', 'RFC 9525', 'section 6.3', 0),
('cert-name-mismatch-sni', 'RFC 6125', 'section 6', 0),
('cert-name-mismatch-sni', 'RFC 7817', 'section 3', 0),
('cert-name-mismatch-sni', 'MITRE ATT&CK', 'T1557', 0),
('cert-name-mismatch-banner', 'RFC 7817', 'section 3', 0),
('cert-name-mismatch-mx', 'RFC 8461', 'section 4.1', 0),
('cert-name-mismatch-mx', 'RFC 8461', 'section 4.2', 0),
('cert-name-mismatch-mx', 'RFC 7672', 'section 3.2.3', 0),
('cert-name-mismatch-mx', 'MITRE ATT&CK', 'T1557', 0),
('cert-dane-mismatch', 'RFC 7672', 'section 3', 0),
('cert-dane-mismatch', 'RFC 7671', 'section 5', 0),
('cert-dane-mismatch', 'MITRE ATT&CK', 'T1557', 0),
('cert-cn-only', 'RFC 9525', 'section 2', 0),
('cert-wildcard-broad', 'RFC 9525', 'section 7.1', 0),
('cert-wildcard-broad', 'Brinkmann et al. 2021', 'ALPACA: Application Layer Protocol Confusion', 0),
('cert-rsa-small', 'RFC 9325', 'section 4.5', 1),
('cert-rsa-small', 'NIST SP 800-52 Rev. 2', 'section 3.2', 0),
('cert-rsa-small', 'CA/Browser Forum Baseline Requirements', 'section 6.1.5', 0),
('cert-ec-small', 'RFC 9325', 'section 4.5', 1),
('cert-sig-md5', 'RFC 9155', 'section 2', 0),
('cert-sig-md5', 'CA/Browser Forum Baseline Requirements', 'section 7.1.3', 0),
('cert-sig-md5', 'NIST SP 800-131A', 'whole document', 0),
('cert-sig-sha1', 'RFC 9155', 'section 2', 0),
('cert-sig-sha1', 'CA/Browser Forum Baseline Requirements', 'section 7.1.3', 0),
('cert-sig-sha1', 'NIST SP 800-131A', 'whole document', 0),
('cert-rsa-exponent-small', 'NIST SP 800-56B', 'whole document', 0),
('cert-rsa-exponent-small', 'CA/Browser Forum Baseline Requirements', 'section 6.1.6', 0),
('cert-weak-key-known', 'CVE', 'CVE-2017-15361', 0),
('cert-no-serverauth-eku', 'RFC 5280', 'section 4.2.1.12', 0),
('cert-is-ca', 'RFC 5280', 'section 4.2.1.9', 0),
('cert-default-vendor', 'RFC 9325', 'section 7.1', 1),
('cert-revoked-stapled', 'RFC 6066', 'section 8', 0),
('cert-revoked-stapled', 'RFC 6960', 'section 2.2', 0),
('cert-must-staple-missing', 'RFC 7633', 'section 4', 0),
('cert-changed-path-split', 'RFC 9325', 'section 7.1', 1),
('cert-changed-path-split', 'MITRE ATT&CK', 'T1557', 0),
('cert-changed-path-split', 'MITRE ATT&CK', 'T1588.004', 0),
('cert-hidden', 'RFC 8446', 'section 4.4.2', 0);

INSERT INTO finding_remedy (kind, product, setting) VALUES
('cert-expired', 'Postfix', 'smtpd_tls_chain_files (3.4 and later), smtpd_tls_cert_file'),
('cert-expired', 'Exim', 'tls_certificate'),
('cert-expired', 'Dovecot', 'ssl_server_cert_file (2.4), ssl_cert (2.3)'),
('cert-expired', 'Exchange', 'Enable-ExchangeCertificate -Services SMTP'),
('cert-not-yet-valid', 'Postfix', 'smtpd_tls_chain_files (3.4 and later), smtpd_tls_cert_file'),
('cert-not-yet-valid', 'Exim', 'tls_certificate'),
('cert-not-yet-valid', 'Dovecot', 'ssl_server_cert_file (2.4), ssl_cert (2.3)'),
('cert-not-yet-valid', 'Exchange', 'Enable-ExchangeCertificate -Services SMTP'),
('cert-expiring-soon', 'Postfix', 'smtpd_tls_chain_files (3.4 and later), smtpd_tls_cert_file'),
('cert-expiring-soon', 'Exim', 'tls_certificate'),
('cert-expiring-soon', 'Dovecot', 'ssl_server_cert_file (2.4), ssl_cert (2.3)'),
('cert-expiring-soon', 'Exchange', 'Enable-ExchangeCertificate -Services SMTP'),
('cert-lifetime-excessive', 'Postfix',
	'smtpd_tls_chain_files (3.4 and later), smtpd_tls_cert_file'),
('cert-lifetime-excessive', 'Exim', 'tls_certificate'),
('cert-lifetime-excessive', 'Dovecot', 'ssl_server_cert_file (2.4), ssl_cert (2.3)'),
('cert-lifetime-excessive', 'Exchange', 'Enable-ExchangeCertificate -Services SMTP'),
('cert-self-signed', 'Postfix', 'smtpd_tls_chain_files (3.4 and later), smtpd_tls_cert_file'),
('cert-self-signed', 'Exim', 'tls_certificate'),
('cert-self-signed', 'Dovecot', 'ssl_server_cert_file (2.4), ssl_cert (2.3)'),
('cert-self-signed', 'Exchange', 'Enable-ExchangeCertificate -Services SMTP'),
('cert-chain-incomplete', 'Postfix', 'smtpd_tls_chain_files (3.4 and later) with the full chain'),
('cert-chain-incomplete', 'Exim', 'tls_certificate with the full chain'),
('cert-chain-incomplete', 'Dovecot',
	'ssl_server_cert_file (2.4), ssl_cert (2.3) with the full chain'),
('cert-chain-incomplete', 'Exchange',
	'import the intermediate certificates into the Intermediate Certification Authorities '
		|| 'store'),
('cert-chain-disordered', 'Postfix',
	'smtpd_tls_chain_files (3.4 and later): key, certificate, then intermediate certificates'),
('cert-chain-disordered', 'Exim', 'tls_certificate: certificate, then intermediate certificates'),
('cert-chain-disordered', 'Dovecot',
	'ssl_server_cert_file (2.4), ssl_cert (2.3): certificate, then intermediate certificates'),
('cert-untrusted-root', 'Postfix', 'smtpd_tls_chain_files (3.4 and later), smtpd_tls_cert_file'),
('cert-untrusted-root', 'Exim', 'tls_certificate'),
('cert-untrusted-root', 'Dovecot', 'ssl_server_cert_file (2.4), ssl_cert (2.3)'),
('cert-untrusted-root', 'Exchange', 'Enable-ExchangeCertificate -Services SMTP'),
('cert-name-mismatch-sni', 'Postfix', 'tls_server_sni_maps'),
('cert-name-mismatch-sni', 'Exim', 'tls_certificate (may depend on $tls_in_sni)'),
('cert-name-mismatch-sni', 'Dovecot', 'local_name blocks with their own certificate'),
('cert-name-mismatch-sni', 'Exchange', 'Set-ReceiveConnector -TlsCertificateName'),
('cert-name-mismatch-banner', 'Postfix', 'myhostname, smtpd_banner = $myhostname ESMTP'),
('cert-name-mismatch-banner', 'Exim',
	'primary_hostname, smtp_banner = $smtp_active_hostname ESMTP'),
('cert-name-mismatch-banner', 'Exchange', 'Set-ReceiveConnector -Fqdn mail.example.com'),
('cert-name-mismatch-mx', 'Postfix', 'smtpd_tls_chain_files, tls_server_sni_maps'),
('cert-name-mismatch-mx', 'Exim', 'tls_certificate (may depend on $tls_in_sni)'),
('cert-name-mismatch-mx', 'Exchange', 'Set-ReceiveConnector -TlsCertificateName'),
('cert-dane-mismatch', 'DNS', 'the new record and the old one side by side while the key changes'),
('cert-dane-mismatch', 'Postfix', 'smtpd_tls_chain_files; "posttls-finger -l dane" tests the records'),
('cert-dane-mismatch', 'Exim', 'tls_certificate, tls_privatekey'),
('cert-cn-only', 'Postfix', 'smtpd_tls_chain_files (3.4 and later), smtpd_tls_cert_file'),
('cert-cn-only', 'Exim', 'tls_certificate'),
('cert-cn-only', 'Dovecot', 'ssl_server_cert_file (2.4), ssl_cert (2.3)'),
('cert-cn-only', 'Exchange',
	'New-ExchangeCertificate -DomainName mail.example.com, '
		|| 'Enable-ExchangeCertificate -Services SMTP'),
('cert-wildcard-broad', 'Postfix', 'smtpd_tls_chain_files (3.4 and later), smtpd_tls_cert_file'),
('cert-wildcard-broad', 'Exim', 'tls_certificate'),
('cert-wildcard-broad', 'Dovecot', 'ssl_server_cert_file (2.4), ssl_cert (2.3)'),
('cert-wildcard-broad', 'Exchange',
	'New-ExchangeCertificate -DomainName mail.example.com, '
		|| 'Enable-ExchangeCertificate -Services SMTP'),
('cert-rsa-small', 'Postfix',
	'smtpd_tls_chain_files (3.4 and later), smtpd_tls_cert_file and smtpd_tls_key_file'),
('cert-rsa-small', 'Exim', 'tls_certificate, tls_privatekey'),
('cert-rsa-small', 'Dovecot',
	'ssl_server_cert_file and ssl_server_key_file (2.4), ssl_cert and ssl_key (2.3)'),
('cert-rsa-small', 'Exchange',
	'New-ExchangeCertificate -KeySize 2048, Enable-ExchangeCertificate -Services SMTP'),
('cert-ec-small', 'Postfix',
	'smtpd_tls_chain_files (3.4 and later), smtpd_tls_cert_file and smtpd_tls_key_file'),
('cert-ec-small', 'Exim', 'tls_certificate, tls_privatekey'),
('cert-ec-small', 'Dovecot',
	'ssl_server_cert_file and ssl_server_key_file (2.4), ssl_cert and ssl_key (2.3)'),
('cert-ec-small', 'Exchange',
	'New-ExchangeCertificate, Enable-ExchangeCertificate -Services SMTP'),
('cert-sig-md5', 'Postfix', 'smtpd_tls_chain_files (3.4 and later), smtpd_tls_cert_file'),
('cert-sig-md5', 'Exim', 'tls_certificate'),
('cert-sig-md5', 'Dovecot', 'ssl_server_cert_file (2.4), ssl_cert (2.3)'),
('cert-sig-md5', 'Exchange', 'Enable-ExchangeCertificate -Services SMTP'),
('cert-sig-sha1', 'Postfix', 'smtpd_tls_chain_files (3.4 and later), smtpd_tls_cert_file'),
('cert-sig-sha1', 'Exim', 'tls_certificate'),
('cert-sig-sha1', 'Dovecot', 'ssl_server_cert_file (2.4), ssl_cert (2.3)'),
('cert-sig-sha1', 'Exchange', 'Enable-ExchangeCertificate -Services SMTP'),
('cert-rsa-exponent-small', 'Postfix',
	'smtpd_tls_chain_files (3.4 and later), smtpd_tls_cert_file and smtpd_tls_key_file'),
('cert-rsa-exponent-small', 'Exim', 'tls_certificate, tls_privatekey'),
('cert-rsa-exponent-small', 'Dovecot',
	'ssl_server_cert_file and ssl_server_key_file (2.4), ssl_cert and ssl_key (2.3)'),
('cert-rsa-exponent-small', 'Exchange',
	'New-ExchangeCertificate -KeySize 2048, Enable-ExchangeCertificate -Services SMTP'),
('cert-weak-key-known', 'Postfix', 'smtpd_tls_chain_files (3.4 and later), smtpd_tls_key_file'),
('cert-weak-key-known', 'Exim', 'tls_privatekey'),
('cert-weak-key-known', 'Dovecot', 'ssl_server_key_file (2.4), ssl_key (2.3)'),
('cert-weak-key-known', 'Exchange',
	'New-ExchangeCertificate, Enable-ExchangeCertificate -Services SMTP'),
('cert-no-serverauth-eku', 'Postfix',
	'smtpd_tls_chain_files (3.4 and later), smtpd_tls_cert_file'),
('cert-no-serverauth-eku', 'Exim', 'tls_certificate'),
('cert-no-serverauth-eku', 'Dovecot', 'ssl_server_cert_file (2.4), ssl_cert (2.3)'),
('cert-no-serverauth-eku', 'Exchange', 'Enable-ExchangeCertificate -Services SMTP'),
('cert-is-ca', 'Postfix', 'smtpd_tls_chain_files (3.4 and later), smtpd_tls_cert_file'),
('cert-is-ca', 'Exim', 'tls_certificate'),
('cert-is-ca', 'Dovecot', 'ssl_server_cert_file (2.4), ssl_cert (2.3)'),
('cert-is-ca', 'Exchange', 'Enable-ExchangeCertificate -Services SMTP'),
('cert-default-vendor', 'Postfix',
	'smtpd_tls_chain_files (3.4 and later), smtpd_tls_cert_file and smtpd_tls_key_file'),
('cert-default-vendor', 'Exim', 'tls_certificate, tls_privatekey'),
('cert-default-vendor', 'Dovecot',
	'ssl_server_cert_file and ssl_server_key_file (2.4), ssl_cert and ssl_key (2.3)'),
('cert-default-vendor', 'Exchange',
	'New-ExchangeCertificate, Enable-ExchangeCertificate -Services SMTP'),
('cert-revoked-stapled', 'Postfix', 'smtpd_tls_chain_files (3.4 and later), smtpd_tls_cert_file'),
('cert-revoked-stapled', 'Exim', 'tls_certificate, tls_ocsp_file'),
('cert-revoked-stapled', 'Dovecot', 'ssl_server_cert_file (2.4), ssl_cert (2.3)'),
('cert-revoked-stapled', 'Exchange', 'Enable-ExchangeCertificate -Services SMTP'),
('cert-must-staple-missing', 'Exim', 'tls_ocsp_file'),
('cert-changed-path-split', 'Postfix',
	'smtp_tls_policy_maps (secure, dane-only or fingerprint for known partners)'),
('cert-changed-path-split', 'Exim',
	'tls_verify_hosts, tls_verify_cert_hostnames, hosts_require_dane (in the smtp '
		|| 'transport)'),
('cert-changed-path-split', 'Exchange',
	'Set-SendConnector -RequireTLS $true -TlsAuthLevel DomainValidation -TlsDomain '
		|| 'example.com');

-- 6 Policy and posture: posture- ------------------------------------------------------------------

INSERT INTO finding_kind
	(id, title, severity, sentence, trigger, confidence, fix, rule_version)
VALUES
('posture-no-starttls-offer',
	'Server has no encryption to offer',
	'high',
	'The service offers no encryption at all: whatever its clients do, everything is readable.',
	'At least five complete feature lists, to two clients or over an hour, and none of them, nor any '
		|| 'other list of this service, offers STARTTLS. The severity is high where users log '
		|| 'in, medium between mail servers, low inside one network.',
	'Proven for the sessions that were captured.',
	'Install a certificate and switch TLS on.',
	1),

('posture-starttls-declined',
	'Client never used the available TLS',
	'high',
	'The server offered encryption, and the client did its business without it.',
	'The complete feature list offered STARTTLS, the client never asked for it, and a '
		|| 'login, mail or other work followed in clear. The severity is medium between mail '
		|| 'servers.',
	'Proven: the offer and the unprotected traffic were captured.',
	'Set the client to require TLS, or between mail servers at least to use it when offered.',
	1),

('posture-tls-not-enforced',
	'Server works in clear although it has TLS',
	'high',
	'The server has encryption but accepts logins or mail without it.',
	'The server offered STARTTLS and, in the same session, accepted a login or mail in clear. '
		|| 'The severity is info between mail servers, where a public server must not '
		|| 'insist on TLS.',
	'Proven: the offer and the acceptance were captured.',
	'Require TLS before login and before mail on the submission service.',
	1),

('posture-mx-requires-tls',
	'Public mail server refuses unencrypted mail',
	'info',
	'A mail server on the public port 25 accepts mail over encryption only; senders without '
		|| 'it cannot reach it.',
	'On port 25 the server answered a client from outside with the demand to use TLS first '
		|| '(530).',
	'Proven: the answer was captured.',
	'Keep it if it is intended; otherwise let port 25 accept mail without TLS and offer TLS.',
	1),

('posture-auth-on-port-25',
	'Users submit mail on the relay port',
	'medium',
	'Users log in on the port that is meant for mail between servers.',
	'On port 25 the client began a login in clear, or the server offered logins before TLS.',
	'Proven: the login or the offer was captured.',
	'Move users to port 465 or 587 and switch logins off on port 25.',
	1),

('posture-open-submission',
	'Mail accepted on the submission port without login',
	'medium',
	'The server accepts mail on its submission port from clients that did not log in.',
	'On a submission port the server accepted a recipient in clear, and no login had '
		|| 'succeeded before.',
	'Proven: the commands and the answers were captured. The server may trust the client''s '
		|| 'address.',
	'Require a login on the submission port.',
	1),

('posture-cleartext-access-enabled',
	'Mailboxes are still read in clear',
	'high',
	'The server lets users read their mail over a connection that is not encrypted.',
	'A POP3 or IMAP server accepted the login of a user before TLS.',
	'Proven: the accepted login was captured.',
	'Switch logins before TLS off, and move users to ports 993 and 995.',
	1),

('posture-implicit-unused',
	'Implicit TLS is there and clients use STARTTLS',
	'info',
	'The server offers encryption from the first byte, which cannot be stripped, '
		|| 'and clients still begin in clear and upgrade.',
	'A client upgraded by STARTTLS where users log in (port 587, 143 or 110), and '
		|| 'on the same host a TLS connection from the first byte was established on '
		|| 'the port that belongs to it (465, 993 or 995).',
	'Proven: both were captured.',
	'Set clients to implicit TLS.',
	1),

('posture-implicit-nonstandard-port',
	'Implicit TLS on an unusual port',
	'low',
	'The server expects encryption from the first byte on a port where other programs expect '
		|| 'plain text first.',
	'The client began with TLS at once on a port other than the usual one for it, and the '
		|| 'handshake succeeded.',
	'Proven: the handshake was captured.',
	'Use the port that is assigned to it: 465 for submission, 993 for IMAP, 995 for POP3.',
	1),

('posture-starttls-nonstandard-port',
	'Plain text on a port for implicit TLS',
	'medium',
	'The server greets in plain text on a port where programs expect encryption from the '
		|| 'first byte; they cannot connect.',
	'On a port for implicit TLS, such as 465, 993 or 995, the server sent its greeting in clear.',
	'Proven: the greeting was captured.',
	'Switch the port to implicit TLS, and use another one for STARTTLS: 587 for '
		|| 'submission, 143 for IMAP, 110 for POP3.',
	1),

('posture-ftps-implicit',
	'FTP with TLS from the first byte',
	'low',
	'The server uses a form of encrypted FTP that was never standardised and that current programs give up.',
	'On port 990, or where the client said that TLS is to carry FTP, TLS began with the first byte and was established. '
		|| 'The severity is info where both ends are in private networks.',
	'Proven: the handshake was captured.',
	'Use AUTH TLS on port 21, and let the server refuse logins before it.',
	1),

('posture-requiretls-in-clear',
	'Message demanded TLS but was sent without',
	'high',
	'The sender asked that the message travel encrypted only, and it was sent unencrypted.',
	'Without encryption the client used the REQUIRETLS option with MAIL. The severity is low '
		|| 'when the server merely offered the option in clear.',
	'Proven: the line was captured.',
	'Correct or update the program that ignored the demand.',
	1),

('posture-mtasts-violation',
	'Mail sent in clear against a published policy',
	'high',
	'The recipient''s domain published that mail for it must be encrypted, and the sender ignored '
		|| 'it.',
	'A recipient of the domain was accepted in clear, while the MTA-STS policy of the domain, as the '
		|| 'policy file holds it, was in mode enforce. Submission by users and hops between trusted '
		|| 'hosts do not count. The severity is info when the sender is outside the internal '
		|| 'networks.',
	'Proven when the server is one that the published policy lists; likely when it is another one '
		|| 'outside, assuming that it is no relay of the sender''s own. Possible inside a tunnel.',
	'Let the sending server honour MTA-STS.',
	1),

('posture-dane-violation',
	'Mail sent in clear although DANE demands TLS',
	'high',
	'The mail server has TLSA records, which demand encryption, and the sender ignored them.',
	'Mail crossed in clear to a host and port for which the policy holds TLSA records, or for a '
		|| 'domain whose mail server has them.',
	'Proven when the server is the host of the records; likely when only the recipient''s domain '
		|| 'tells, assuming that the server is no relay of the sender''s own. Possible inside a '
		|| 'tunnel.',
	'Let the sending server honour DANE, with a resolver that validates DNSSEC.',
	1),

('posture-partner-policy-violation',
	'Mail of a partner in clear against an agreement',
	'high',
	'TLS was agreed on with this partner, and mail crossed without it or with less than was agreed '
		|| 'on.',
	'The policy lists a network and mail or a password crossed in clear to or from it, or TLS was '
		|| 'older than agreed; or it lists a domain and mail for it, or from it and outside, '
		|| 'crossed in clear.',
	'Proven for networks and for what is sent to the domain; likely for what claims to come from it, '
		|| 'and where internal networks are not given. Possible inside a tunnel.',
	'Demand TLS for this partner in both directions.',
	1),

('posture-shadow-mail-server',
	'Mail server that nobody listed',
	'medium',
	'A host inside offers a mail service that is not among those the owner knows of.',
	'An internal address answered as a mail server, and neither address nor port is among the '
		|| 'servers of the policy.',
	'Proven: the greeting or the TLS answer was captured.',
	'Find out who runs it and why; list it in the policy, or switch it off.',
	1),

('posture-unexpected-egress',
	'Host inside sends mail to the Internet by itself',
	'medium',
	'A host that is no mail server talks to a mail server outside; malicious programs send mail and '
		|| 'carry off data like this.',
	'An internal address that is not among the mail servers of the policy spoke to port 25 of an '
		|| 'outside address.',
	'Proven: the session was captured.',
	'Let only mail servers reach port 25 outside, and find out what sends from this host.',
	1),

('posture-no-esmtp',
	'Basic SMTP only',
	'low',
	'The client speaks only the basic form of SMTP, which has no encryption.',
	'The client said HELO without ever trying EHLO.',
	'Proven: the lines were captured.',
	'Update the client, or let it use EHLO.',
	1),

('posture-8bit-or-size-loss',
	'Mail extensions lost with HELO',
	'info',
	'The client used the basic form of SMTP and lost what the server can do beyond it.',
	'A message was sent after HELO to a server that lists SIZE or CHUNKING to those who say EHLO, as '
		|| 'at least ten earlier sessions did.',
	'Likely: the assumption is that the server would have listed them here, too.',
	'Let the client begin with EHLO; see that nothing on the path refuses it.',
	1),

('posture-software-disclosed',
	'Banner shows product and version',
	'info',
	'The server tells everyone which software and version it runs.',
	'The greeting names a product together with a version number.',
	'Proven: the greeting was captured.',
	'Shorten the greeting.',
	1),

('posture-legacy-port-fallback',
	'Client tries the secure port, then a plain one',
	'high',
	'When the encrypted port failed, the client turned to a plain one and went on '
		|| 'without encryption.',
	'A session of a client with port 465, 587, 2525, 993 or 995 of a host came to nothing '
		|| '(no handshake, the wrong mode, no offer, no answer), and within 60 seconds '
		|| 'one with a plain port of the same service and host (25 or 587, 143, 110) '
		|| 'carried mail or a login in clear.',
	'Likely, assuming that the same program tried both ports; one that told another '
		|| 'name does not count.',
	'Set the client to one port and to mandatory TLS, and find out why the secure '
		|| 'port failed.',
	1),

('posture-vrfy-expn',
	'Address probing answered',
	'low',
	'The server tells strangers which mailboxes exist.',
	'The server answered VRFY or EXPN with a name or address.',
	'Proven: the question and the answer were captured.',
	'Switch VRFY and EXPN off.',
	1),

('posture-xmpp-s2s-plaintext',
	'Servers exchange their users'' data in clear',
	'high',
	'Two chat servers hand each other messages of their users without encryption.',
	'A stanza (message, presence or iq) crossed in clear on a stream between servers.',
	'Proven: the stanza was captured.',
	'Let both servers require TLS between servers, with certificates that are checked.',
	1),

('posture-xmpp-dialback-only',
	'Servers prove who they are by name alone',
	'medium',
	'A chat server said who it is without encryption, and its name is all that the other one can check.',
	'A dialback key (db:result or db:verify) crossed in clear on a stream between servers.',
	'Proven: the key was captured.',
	'Let both servers require TLS and check certificates; dialback then is not needed.',
	1),

('posture-weak-tls-fleet',
	'Much of a service''s traffic under weak TLS',
	'low',
	'More than a tenth of the sessions with this service used an outdated version of TLS or '
		|| 'had no forward secrecy.',
	'Of at least ten sessions under TLS with one address and port, more than 10 % were below '
		|| 'TLS 1.2 or used a cipher suite without forward secrecy. It is said once, of the session '
		|| 'that crosses the line. The severity is medium above 25 % and high above 50 %.',
	'Proven: the choices were captured. Sessions of scanners do not count.',
	'Find the clients with old software, update them, then switch off old versions and suites '
		|| 'on the server.',
	1),

('posture-ldap-plaintext-search',
	'Directory data crossed in clear',
	'medium',
	'Entries of a directory, with what they tell of people and systems, were readable for everybody on the path.',
	'Before any encryption was in place, and without a SASL layer that protects the connection, the server sent '
		|| 'entries in answer to a search; the entry that tells what the server can do does not count.',
	'Proven: the entries were captured. Their names and values are not stored; the count says how many they were.',
	'Use LDAPS or StartTLS, and have the server demand it before it answers a search.',
	1),

('posture-protected-ok',
	'Session was protected',
	'info',
	'The session was encrypted from the start of the dialogue, or at once on request, '
		|| 'with good or acceptable parameters.',
	'The TLS handshake was completed, nothing worth protecting crossed before it, and version '
		|| 'and cipher are current.',
	'Proven when the capture shows the handshake in full; likely when its last part is '
		|| 'missing.',
	'Nothing needs to be done; this is evidence for the audit.',
	1);

INSERT INTO finding_clause (kind, source, clause, certain) VALUES
('posture-no-starttls-offer', 'RFC 8314', 'section 3', 1),
('posture-no-starttls-offer', 'BSI TR-03108', 'whole document', 0),
('posture-no-starttls-offer', 'NIST SP 800-177 Rev. 1', 'section 5.2', 0),
('posture-starttls-declined', 'RFC 3207', 'section 6', 1),
('posture-starttls-declined', 'RFC 7435', 'section 3', 0),
('posture-starttls-declined', 'RFC 8314', 'section 4.1', 1),
('posture-starttls-declined', 'MITRE ATT&CK', 'T1040', 0),
('posture-tls-not-enforced', 'RFC 8314', 'section 4.1', 1),
('posture-tls-not-enforced', 'RFC 3207', 'section 4', 1),
('posture-tls-not-enforced', 'MITRE ATT&CK', 'T1040', 0),
('posture-mx-requires-tls', 'RFC 3207', 'section 4', 1),
('posture-auth-on-port-25', 'RFC 6409', 'section 3.1', 0),
('posture-auth-on-port-25', 'RFC 8314', 'section 3.3', 0),
('posture-open-submission', 'RFC 6409', 'section 4.3', 0),
('posture-cleartext-access-enabled', 'RFC 8314', 'section 3.1', 0),
('posture-cleartext-access-enabled', 'RFC 8314', 'section 3.2', 0),
('posture-implicit-unused', 'RFC 8314', 'section 3', 0),
('posture-implicit-unused', 'RFC 8314', 'section 3.3', 0),
('posture-implicit-nonstandard-port', 'RFC 8314', 'section 7', 0),
('posture-implicit-nonstandard-port', 'RFC 8314', 'section 3.3', 0),
('posture-starttls-nonstandard-port', 'RFC 8314', 'section 3.3', 0),
('posture-ftps-implicit', 'RFC 4217', 'appendix A', 0),
('posture-requiretls-in-clear', 'RFC 8689', 'section 2', 1),
('posture-requiretls-in-clear', 'RFC 8689', 'section 4.2.1', 1),
('posture-mtasts-violation', 'RFC 8461', 'section 5', 0),
('posture-mtasts-violation', 'RFC 8461', 'section 4.1', 0),
('posture-mtasts-violation', 'MITRE ATT&CK', 'T1040', 0),
('posture-dane-violation', 'RFC 7672', 'section 2.2', 0),
('posture-dane-violation', 'RFC 7672', 'section 3', 0),
('posture-dane-violation', 'MITRE ATT&CK', 'T1040', 0),
('posture-partner-policy-violation', 'NCSC', 'Email security and anti-spoofing', 0),
('posture-partner-policy-violation', 'MITRE ATT&CK', 'T1040', 0),
('posture-shadow-mail-server', 'CIS Controls v8', '1', 0),
('posture-shadow-mail-server', 'CIS Controls v8', '2', 0),
('posture-shadow-mail-server', 'CIS Controls v8', '4.8', 0),
('posture-unexpected-egress', 'M3AAWG', 'Managing port 25', 0),
('posture-unexpected-egress', 'MITRE ATT&CK', 'T1071.003', 0),
('posture-unexpected-egress', 'MITRE ATT&CK', 'T1048.003', 0),
('posture-no-esmtp', 'RFC 5321', 'section 3.2', 0),
('posture-8bit-or-size-loss', 'RFC 5321', 'section 2.2', 0),
('posture-software-disclosed', 'CIS Controls v8', '4.8', 0),
('posture-legacy-port-fallback', 'RFC 8314', 'section 5.2', 0),
('posture-legacy-port-fallback', 'RFC 8314', 'section 4.1', 1),
('posture-legacy-port-fallback', 'MITRE ATT&CK', 'T1040', 0),
('posture-vrfy-expn', 'RFC 5321', 'section 7.3', 0),
('posture-vrfy-expn', 'MITRE ATT&CK', 'T1589.002', 0),
('posture-xmpp-s2s-plaintext', 'RFC 7590', 'section 3.1', 0),
('posture-xmpp-s2s-plaintext', 'MITRE ATT&CK', 'T1040', 0),
('posture-xmpp-dialback-only', 'RFC 7590', 'section 3.4', 0),
('posture-weak-tls-fleet', 'RFC 9325', 'section 3.1.1', 1),
('posture-weak-tls-fleet', 'RFC 9325', 'section 4.1', 1),
('posture-weak-tls-fleet', 'PCI DSS 4.0.1', '4.2.1', 1),
('posture-ldap-plaintext-search', 'RFC 4513', 'section 6.1', 0),
('posture-ldap-plaintext-search', 'RFC 4513', 'section 6.2', 0),
('posture-ldap-plaintext-search', 'MITRE ATT&CK', 'T1040', 0),
('posture-protected-ok', 'RFC 8314', 'section 3', 0),
('posture-protected-ok', 'RFC 3207', 'section 4', 1);

INSERT INTO finding_remedy (kind, product, setting) VALUES
('posture-no-starttls-offer', 'Postfix',
	'smtpd_tls_security_level = may, smtpd_tls_chain_files'),
('posture-no-starttls-offer', 'Exim', 'tls_advertise_hosts = *, tls_certificate, tls_privatekey'),
('posture-no-starttls-offer', 'Dovecot',
	'ssl = yes with ssl_server_cert_file and ssl_server_key_file (2.4), ssl_cert and ssl_key (2.3)'),
('posture-no-starttls-offer', 'Exchange', 'Enable-ExchangeCertificate -Services SMTP'),
('posture-starttls-declined', 'Postfix',
	'smtp_tls_security_level = may (encrypt towards a relay host)'),
('posture-starttls-declined', 'Exim',
	'hosts_avoid_tls left empty, hosts_require_tls (in the smtp transport)'),
('posture-starttls-declined', 'Exchange',
	'Set-SendConnector -IgnoreSTARTTLS $false -RequireTLS $true'),
('posture-tls-not-enforced', 'Postfix',
	'smtpd_tls_security_level = encrypt, smtpd_tls_auth_only = yes (on the submission service '
		|| 'in master.cf)'),
('posture-tls-not-enforced', 'Exim', 'auth_advertise_hosts = ${if def:tls_in_cipher {*}}'),
('posture-tls-not-enforced', 'Exim',
	'"require encrypted = *" in the ACL named by acl_smtp_mail, for the submission port'),
('posture-tls-not-enforced', 'Dovecot', 'ssl = required'),
('posture-tls-not-enforced', 'Exchange',
	'Set-ReceiveConnector -RequireTLS $true -AuthMechanism Tls,BasicAuth,BasicAuthRequireTLS'),
('posture-mx-requires-tls', 'Postfix', 'smtpd_tls_security_level = may (on port 25)'),
('posture-mx-requires-tls', 'Exchange', 'Set-ReceiveConnector -RequireTLS $false (on port 25)'),
('posture-auth-on-port-25', 'Postfix',
	'smtpd_sasl_auth_enable = no in main.cf, yes on the submission services in master.cf'),
('posture-auth-on-port-25', 'Exim', 'auth_advertise_hosts = ${if eq{$received_port}{25}{}{*}}'),
('posture-auth-on-port-25', 'Exchange',
	'Set-ReceiveConnector -AuthMechanism Tls (on the connector for port 25)'),
('posture-open-submission', 'Postfix',
	'smtpd_relay_restrictions = permit_sasl_authenticated, reject (on the submission service '
		|| 'in master.cf)'),
('posture-open-submission', 'Exim',
	'"require authenticated = *" in the ACL named by acl_smtp_rcpt, for the submission port'),
('posture-open-submission', 'Exchange', 'Set-ReceiveConnector -PermissionGroups ExchangeUsers'),
('posture-cleartext-access-enabled', 'Dovecot', 'ssl = required'),
('posture-cleartext-access-enabled', 'Exchange',
	'Set-ImapSettings -LoginType SecureLogin; Set-PopSettings -LoginType SecureLogin'),
('posture-implicit-unused', 'Postfix',
	'smtp_tls_wrappermode = yes with smtp_tls_security_level = encrypt (to a relay '
		|| 'host on port 465)'),
('posture-implicit-unused', 'Exim', 'protocol = smtps (in the smtp transport, for port 465)'),
('posture-implicit-nonstandard-port', 'Postfix',
	'smtpd_tls_wrappermode = yes only on the service for port 465 in master.cf'),
('posture-implicit-nonstandard-port', 'Exim', 'tls_on_connect_ports = 465'),
('posture-starttls-nonstandard-port', 'Postfix',
	'smtpd_tls_wrappermode = yes (on the service for port 465 in master.cf)'),
('posture-starttls-nonstandard-port', 'Exim', 'tls_on_connect_ports = 465'),
('posture-ftps-implicit', 'vsftpd', 'implicit_ssl = NO'),
('posture-ftps-implicit', 'ProFTPD', 'TLSOptions (without UseImplicitSSL)'),
('posture-requiretls-in-clear', 'Postfix', 'version 3.11 or later, which knows REQUIRETLS'),
('posture-mtasts-violation', 'Postfix', 'smtp_tls_policy_maps (with a daemon that reads MTA-STS policies)'),
('posture-mtasts-violation', 'Exim', 'hosts_require_tls, tls_verify_hosts (in the smtp transport, by a look-up)'),
('posture-mtasts-violation', 'Exchange', 'Set-SendConnector -RequireTLS $true -TlsAuthLevel DomainValidation'),
('posture-dane-violation', 'Postfix', 'smtp_tls_security_level = dane, smtp_dns_support_level = dnssec'),
('posture-dane-violation', 'Exim', 'hosts_try_dane, dns_dnssec_ok = 1 (hosts_require_dane to refuse what has none)'),
('posture-partner-policy-violation', 'Postfix',
	'smtp_tls_policy_maps: "partner.example secure"; check_ccert_access or reject_plaintext_session '
		|| 'for what comes in'),
('posture-partner-policy-violation', 'Exim',
	'hosts_require_tls (in the smtp transport), "deny !encrypted = *" in the ACL for mail that comes in'),
('posture-partner-policy-violation', 'Exchange',
	'Set-SendConnector -RequireTLS $true; Set-TransportConfig -TLSSendDomainSecureList, '
		|| '-TLSReceiveDomainSecureList'),
('posture-shadow-mail-server', 'Postfix',
	'inet_interfaces = loopback-only (on a host that sends only)'),
('posture-shadow-mail-server', 'Exim',
	'local_interfaces = <; 127.0.0.1 ; ::1 (on a host that sends only)'),
('posture-shadow-mail-server', 'starttrace',
	'servers in the policy file (when the server is wanted)'),
('posture-unexpected-egress', 'Firewall', 'tcp to port 25 outside from mail servers alone'),
('posture-no-esmtp', 'Exchange',
	'Set-SendConnector -ForceHELO $false (when Exchange is the client)'),
('posture-8bit-or-size-loss', 'Exchange',
	'Set-SendConnector -ForceHELO $false (when Exchange is the client)'),
('posture-software-disclosed', 'Postfix', 'smtpd_banner = $myhostname ESMTP'),
('posture-software-disclosed', 'Exim', 'smtp_banner = $smtp_active_hostname ESMTP'),
('posture-software-disclosed', 'Exchange', 'Set-ReceiveConnector -Banner "220 mail.example.com"'),
('posture-legacy-port-fallback', 'Postfix',
	'smtpd_tls_auth_only = yes; smtpd_sasl_auth_enable = no on port 25 (in '
		|| 'master.cf)'),
('posture-legacy-port-fallback', 'Exim', 'auth_advertise_hosts = ${if def:tls_in_cipher {*}}'),
('posture-legacy-port-fallback', 'Dovecot', 'ssl = required'),
('posture-ldap-plaintext-search', 'OpenLDAP', 'security ssf=128 (olcSecurity)'),
('posture-ldap-plaintext-search', '389 Directory Server', 'nsslapd-minssf: 128'),
('posture-vrfy-expn', 'Postfix', 'disable_vrfy_command = yes'),
('posture-vrfy-expn', 'Exim', 'acl_smtp_vrfy and acl_smtp_expn left unset'),
('posture-xmpp-s2s-plaintext', 'Prosody', 's2s_require_encryption = true'),
('posture-xmpp-s2s-plaintext', 'ejabberd', 's2s_use_starttls: required'),
('posture-xmpp-dialback-only', 'Prosody', 's2s_secure_auth = true'),
('posture-xmpp-dialback-only', 'ejabberd', 's2s_use_starttls: required, mod_s2s_dialback not loaded'),
('posture-weak-tls-fleet', 'Postfix',
	'smtpd_tls_protocols = >=TLSv1.2 (3.6 and later), smtpd_tls_exclude_ciphers = kRSA'),
('posture-weak-tls-fleet', 'Exim', 'openssl_options = +no_tlsv1 +no_tlsv1_1, tls_require_ciphers'),
('posture-weak-tls-fleet', 'Dovecot', 'ssl_min_protocol = TLSv1.2, ssl_cipher_list'),
('posture-weak-tls-fleet', 'Exchange',
	'Schannel registry keys SCHANNEL\Protocols\TLS 1.0\Server and TLS 1.1\Server: Enabled = 0');

-- 7 Why mail does not flow: diag- -----------------------------------------------------------------

INSERT INTO finding_kind
	(id, title, severity, sentence, trigger, confidence, fix, rule_version)
VALUES
('diag-implicit-tls-to-starttls-port',
	'TLS at once on a port that starts in plain text',
	'low',
	'The client started TLS at once on a port where the server first talks plain text; this '
		|| 'can never work.',
	'The first thing the client sent was a TLS message, and the server answered with its '
		|| 'plain greeting or an error, never with TLS.',
	'Proven: both were captured.',
	'Set the client to the port for implicit TLS (465 for submission, 993 for IMAP, 995 '
		|| 'for POP3), or to STARTTLS on this port.',
	1),

('diag-plaintext-wait-on-implicit-port',
	'Client waits for a greeting, server waits for TLS',
	'low',
	'The client waits for the server''s greeting and the server waits for TLS, until one of '
		|| 'them gives up.',
	'On a port for implicit TLS, or one where TLS from the first byte was seen to '
		|| 'work before, the connection was opened, nobody sent anything for ten '
		|| 'seconds or more, and it was closed.',
	'Proven when TLS from the first byte was seen to work there before; otherwise '
		|| 'likely, assuming that the port is what it is assigned for.',
	'Switch on SSL/TLS in the client, or use STARTTLS on the port for it (587 for '
		|| 'submission, 143 for IMAP, 110 for POP3).',
	2),

('diag-plaintext-to-implicit-port',
	'Plain text sent to a TLS-only port',
	'low',
	'The client sent plain text to a server that accepts nothing but TLS on this port.',
	'On a port for implicit TLS the client sent a command in clear, and the server '
		|| 'answered in TLS or not at all.',
	'Proven when the server answered in TLS; likely otherwise, assuming that the port is what '
		|| 'it is assigned for.',
	'Switch on SSL/TLS in the client, or use STARTTLS on the port for it (587 for '
		|| 'submission, 143 for IMAP, 110 for POP3). If the text held a password, change it.',
	1),

('diag-starttls-required-530',
	'Server insists on TLS, client does not do TLS',
	'low',
	'The server insists on encryption, and the client does not use it, so the server does '
		|| 'not do what it asks for.',
	'The server answered a command with the demand to use STARTTLS first (in SMTP 530), '
		|| 'and the client never asked for TLS.',
	'Proven when the answer speaks of TLS; likely when bytes are missing before it; possible '
		|| 'when the answer does not say whether TLS or a login has to come first.',
	'Enable TLS (STARTTLS) in the client''s settings for this server.',
	1),

('diag-offered-not-enforced-belief',
	'Client believed to use TLS does not',
	'low',
	'The owner counts this client among those that encrypt; on the wire it ignored the offer and '
		|| 'nothing was encrypted.',
	'The policy lists the client among those that must encrypt, and the session went on in clear '
		|| 'although TLS was on offer.',
	'Proven: offer and plain text were captured. What the owner believes, the policy says.',
	'Verify the setting on the wire: that mail is delivered shows nothing. Let the client demand TLS '
		|| 'instead of trying it.',
	1),

('diag-auth-required-530',
	'Server insists on a login',
	'info',
	'The server wants a login before it does what was asked for, and the client had not '
		|| 'logged in; this is not a TLS problem.',
	'The server answered a command with the demand to log in first (in SMTP 530), without speaking of TLS.',
	'Proven: the answer was captured.',
	'Enable login in the client''s settings for this server; for outgoing mail it is '
		|| 'called "outgoing server requires authentication".',
	1),

('diag-starttls-required-then-upgraded',
	'Client needed a nudge, then used TLS',
	'info',
	'The client tried without encryption first, was told to use it, and did.',
	'The server demanded TLS (in SMTP 530), the client then asked for STARTTLS, and the handshake followed.',
	'Proven: all steps were captured.',
	'Set the client to require TLS, so that it does not try without it first.',
	1),

('diag-send-fails-receive-works',
	'Reading mail works, sending does not',
	'low',
	'The user can read mail but not send: the settings of the outgoing server do '
		|| 'not fit.',
	'Within 15 minutes a client got into a mailbox (IMAP or POP3, under TLS or by a '
		|| 'login that was accepted) and failed to send at a server of the same '
		|| 'provider, the same address or the same domain: TLS or a login was required '
		|| 'and did not come, or the client began with TLS where the server talks '
		|| 'plain text first.',
	'Likely, assuming that both belong to one account. Where reading came later, '
		|| 'the finding stands with it and names the session that failed.',
	'In the client''s settings for outgoing mail check port, encryption and login.',
	1),

('diag-client-requires-tls-none-offered',
	'Client demands TLS, server offers none',
	'low',
	'The client seems to insist on encryption, the server offers none, and the client left; '
		|| 'its error message may wrongly say that it could not connect.',
	'The complete feature list does not offer STARTTLS, and the client left within five '
		|| 'seconds without a login, mail or other work.',
	'Possible: that the missing offer made the client leave is a guess; a monitor '
		|| 'leaves in the same way. Likely when the client left the same service so '
		|| 'before, or upgrades elsewhere, and its name is not a monitor''s.',
	'Enable TLS on the server. If the server does offer TLS to others, look for a device that '
		|| 'removes the offer.',
	2),

('diag-client-port-dependent-tls',
	'Client uses STARTTLS on port 25 and implicit TLS elsewhere',
	'low',
	'The client decides by the port number which kind of TLS it uses, and on this '
		|| 'port it is the wrong one.',
	'A client asked for STARTTLS on port 25, and on another port it began with TLS '
		|| 'at once where the server talks plain text first.',
	'Likely, assuming that one program does both. The port that the client dialled '
		|| 'decides; address translation on the way can hide it.',
	'Use port 465 in the client, or let a port of the server where TLS begins at '
		|| 'once stand behind the one that the client dials.',
	1),

('diag-starttls-agreed-no-handshake',
	'Server said go, client never began TLS',
	'low',
	'The server was ready for encryption, and the client never began it.',
	'The server agreed to STARTTLS, and the client sent nothing more, or nothing that is '
		|| 'TLS or a command, until the connection was closed.',
	'Proven when both directions were captured without loss.',
	'Check that the client''s TLS library and its list of authorities are installed; the '
		|| 'handshake belongs on the same connection, not on a new one.',
	1),

('diag-reconnect-after-starttls',
	'Client reconnects instead of continuing',
	'low',
	'The server was ready for encryption, and the client opened a new connection '
		|| 'instead of going on.',
	'Twice or more within an hour the server agreed to STARTTLS, the client sent '
		|| 'nothing more on that connection, and the same client connected again '
		|| 'within five seconds.',
	'Likely, assuming that the same program opened the connections.',
	'Update or replace the client: the handshake follows on the same connection.',
	1),

('diag-starttls-before-ehlo',
	'TLS asked before EHLO',
	'low',
	'The client asked for encryption before it introduced itself, which servers may refuse.',
	'STARTTLS came before EHLO.',
	'Proven: the order was captured.',
	'Update or correct the client.',
	1),

('diag-starttls-syntax',
	'STARTTLS misspelt',
	'low',
	'The client tried to ask for encryption with a command that the server does not know.',
	'The client sent a near miss of STARTTLS or the word another protocol uses for it, or the '
		|| 'server refused STARTTLS that had an argument.',
	'Proven: the line was captured.',
	'Correct the client''s configuration or program.',
	1),

('diag-tls-policy-bounce',
	'Message refused because TLS was not good enough',
	'low',
	'The server refused the message because the encryption of the connection did not meet its '
		|| 'rules.',
	'The server answered a mail command with an error whose text or code speaks of missing or '
		|| 'insufficient TLS (such as 5.7.10 or 5.7.30).',
	'Proven: the answer was captured.',
	'Raise the TLS version and ciphers on the sending side to what the partner requires.',
	1),

('diag-greylisting-or-rate-limit',
	'Temporary refusal, not TLS',
	'info',
	'The server asked the client to come back later; encryption is not the cause.',
	'The server answered with a temporary error (in SMTP 450, 451 or 421) that speaks of '
		|| 'policy or load and not of TLS.',
	'Proven: the answer was captured.',
	'Wait for the next try; if it is refused again and again, ask the operator of the server.',
	1),

('diag-service-unavailable-greeting',
	'Server not available',
	'info',
	'The server greeted the client with a refusal.',
	'The first line from the server was a refusal (such as 421 or 554 in SMTP, BYE in '
		|| 'IMAP, 400 or 502 in NNTP) instead of a greeting.',
	'Proven: the greeting was captured.',
	'Check the state of the server and whether it blocks the client''s address.',
	1),

('diag-wrong-protocol',
	'Client speaks another protocol',
	'low',
	'The client speaks another protocol than the server, for example a mailbox program on the '
		|| 'port for sending.',
	'The client sent a command that belongs to another protocol.',
	'Proven: the command was captured.',
	'Correct the port in the client.',
	1),

('diag-mtu-blackhole',
	'Handshake stalls on a big packet',
	'low',
	'The connection works until the first big packet of the TLS handshake, which never arrives.',
	'A packet of 1400 bytes or more with the client''s first TLS message or the server''s '
		|| 'certificates was sent at least four times and never acknowledged, while all before '
		|| 'it was. TLS was not established.',
	'Likely: another packet filter than one for size could stop it as well.',
	'Let ICMP messages about packet size through, or lower the MTU or the MSS on the path. TLS itself is '
		|| 'not at fault.',
	1),

('diag-tls-timeout-server-silent',
	'Server never answered the TLS handshake',
	'low',
	'The client began the TLS handshake and the server never answered.',
	'The first TLS message arrived at the server, and nothing came back for ten seconds or '
		|| 'more.',
	'Proven when both directions were captured; the cause stays open.',
	'Check whether the server expects a proxy header first, is overloaded, or sits behind a '
		|| 'device that drops TLS.',
	1),

('diag-cert-rejected-by-client',
	'Client rejected the server''s certificate',
	'low',
	'The client did not accept the server''s certificate and broke off.',
	'The client sent a TLS alert that concerns the certificate: bad, unsupported, revoked, '
		|| 'expired, unknown, or issued by an unknown authority.',
	'Proven when the alert is readable. Likely or possible when the client merely left at the '
		|| 'point where it had to judge the certificate.',
	'Check the certificate''s validity, names and chain; otherwise update the client''s list '
		|| 'of authorities.',
	1),

('diag-cert-rejected-by-server',
	'Server rejected the client''s certificate',
	'low',
	'The server did not accept the certificate by which the client wanted to identify itself.',
	'The server sent a TLS alert that concerns the client''s certificate.',
	'Proven: the alert was captured.',
	'Renew the client''s certificate, install its issuer on the server, or stop asking for '
		|| 'client certificates.',
	1),

('diag-clock-skew',
	'A clock is wrong',
	'low',
	'The client rejected the server''s certificate as out of date although it was valid, so '
		|| 'the client''s clock is probably wrong.',
	'The client sent a TLS alert that calls the server''s certificate expired or bad, and the '
		|| 'certificate was valid at the time of the capture.',
	'Likely when the alert says expired, possible when it says bad; the assumption is that '
		|| 'the clock of the capturing machine is right.',
	'Set the clock of the client.',
	1),

('diag-nat-or-proxy',
	'One session, two connections: NAT or a proxy',
	'info',
	'The same dialogue was captured in two places, and the connections that carry it differ.',
	'`starttrace compare` found the session at both vantages and no line that differs, but the '
		|| 'addresses, the ports or the initial sequence numbers are not the same, or TLS ends between '
		|| 'the two and begins anew.',
	'Proven: both connections are stored.',
	'None is needed where an address translator, a load balancer or a proxy is known to '
		|| 'stand there. One that ends TLS reads all that is said: it must be yours.',
	1),

('diag-silent-connection',
	'Connection on which nobody spoke',
	'info',
	'A connection was open for a while without a word from either side.',
	'Neither side sent anything for ten seconds or more.',
	'Proven when both directions were captured; the cause stays open.',
	'None when it is a health check; otherwise check that client and server agree on port and '
		|| 'kind of encryption.',
	1),

('diag-slow-greeting',
	'Server greeted late',
	'info',
	'The server took long to greet the client; some clients give up before.',
	'Ten seconds or more passed between the opening of the connection and the server''s '
		|| 'greeting.',
	'Proven: both times were captured.',
	'Check name resolution and the server''s own delays against unwanted mail.',
	1),

('diag-tls-hs-garbage',
	'Handshake failed: something other than TLS was sent',
	'low',
	'One side received something that is not TLS in the middle of the handshake.',
	'A TLS alert reported an unexpected, oversized or unreadable message.',
	'Proven: the alert was captured.',
	'Check that both sides use the same kind of encryption on this port.',
	1),

('diag-tls-hs-crypto',
	'Handshake failed: keys did not match',
	'low',
	'One side could not verify or decrypt what the other had sent.',
	'A TLS alert reported a failed integrity check or decryption.',
	'Proven: the alert was captured. Whether it is tampering or a defect stays open.',
	'Check that certificate and key belong together, and update both sides.',
	1),

('diag-tls-hs-no-overlap',
	'Handshake failed: no common method',
	'low',
	'Client and server found no encryption method that both accept.',
	'One side ended the handshake with the TLS alert "handshake failure", or, where it is about '
		|| 'the protocol named in ALPN, "no application protocol". Where the server is '
		|| 'known from earlier sessions, the reasons compare what it chose there with what '
		|| 'this client offers.',
	'Proven for the alert. That no common method exists is likely; a missing client '
		|| 'certificate is the other cause.',
	'Widen the list of ciphers, groups or signature methods on the narrower side.',
	1),

('diag-tls-hs-illegal',
	'Handshake failed: a value was not allowed',
	'low',
	'One side sent a value in the handshake that the other does not permit.',
	'A TLS alert reported an illegal parameter.',
	'Proven: the alert was captured.',
	'Update both sides; look whether the server''s downgrade mark caused it.',
	1),

('diag-tls-hs-version',
	'Handshake failed: no common TLS version',
	'low',
	'Client and server have no version of TLS in common; the side that did not send the alert '
		|| 'is usually too old.',
	'A TLS alert reported the protocol version.',
	'Proven: the alert was captured.',
	'Update the older side to TLS 1.2 or later.',
	1),

('diag-tls-hs-weak',
	'Handshake failed: the other side is too weak',
	'low',
	'One side rejected the other because its encryption methods are too weak.',
	'A TLS alert reported insufficient security.',
	'Proven: the alert was captured.',
	'Update the side that did not send the alert, and give it stronger methods and larger '
		|| 'keys.',
	1),

('diag-tls-hs-internal',
	'Handshake failed: internal error',
	'low',
	'One side broke off because of a fault of its own.',
	'A TLS alert reported an internal error.',
	'Proven: the alert was captured.',
	'Read the TLS log of the side that sent the alert; a missing or unreadable certificate or '
		|| 'key is the usual cause.',
	1),

('diag-tls-hs-canceled',
	'Handshake cancelled',
	'low',
	'One side ended the handshake on purpose, perhaps because a user declined a prompt.',
	'A TLS alert reported that the handshake was cancelled, or took leave in due form before '
		|| 'the handshake was complete.',
	'Proven: the alert was captured.',
	'Ask the user what the program displayed; a certificate that is not trusted is the usual '
		|| 'cause.',
	1),

('diag-tls-hs-extension',
	'Handshake failed: an extension is missing or unwelcome',
	'low',
	'One side missed a part of the handshake that it needs, or got one that it had not asked '
		|| 'for.',
	'A TLS alert reported a missing or an unsupported extension.',
	'Proven: the alert was captured.',
	'Update both sides.',
	1);

INSERT INTO finding_clause (kind, source, clause, certain) VALUES
('diag-implicit-tls-to-starttls-port', 'RFC 8314', 'section 3.3', 0),
('diag-plaintext-wait-on-implicit-port', 'RFC 8314', 'section 3.3', 0),
('diag-plaintext-to-implicit-port', 'RFC 8314', 'section 3.3', 0),
('diag-starttls-required-530', 'RFC 3207', 'section 4', 1),
('diag-starttls-required-530', 'RFC 4954', 'section 6', 1),
('diag-auth-required-530', 'RFC 4954', 'section 6', 1),
('diag-starttls-required-then-upgraded', 'RFC 3207', 'section 4', 1),
('diag-send-fails-receive-works', 'RFC 8314', 'section 3.3', 0),
('diag-client-requires-tls-none-offered', 'RFC 3207', 'section 6', 1),
('diag-client-requires-tls-none-offered', 'RFC 8314', 'section 4.1', 1),
('diag-client-port-dependent-tls', 'RFC 8314', 'section 3.3', 0),
('diag-starttls-agreed-no-handshake', 'RFC 3207', 'section 4', 1),
('diag-reconnect-after-starttls', 'RFC 3207', 'section 4', 1),
('diag-starttls-before-ehlo', 'RFC 3207', 'section 4', 1),
('diag-starttls-before-ehlo', 'RFC 5321', 'section 4.1.4', 0),
('diag-starttls-syntax', 'RFC 3207', 'section 4', 1),
('diag-tls-policy-bounce', 'RFC 3207', 'section 4.1', 1),
('diag-tls-policy-bounce', 'RFC 8689', 'section 4.2.1', 1),
('diag-tls-policy-bounce', 'RFC 5248', 'section 2', 0),
('diag-greylisting-or-rate-limit', 'RFC 6647', 'section 2', 0),
('diag-greylisting-or-rate-limit', 'RFC 5321', 'section 4.5.4.1', 0),
('diag-service-unavailable-greeting', 'RFC 5321', 'section 3.1', 0),
('diag-wrong-protocol', 'RFC 5321', 'section 4.1.1', 0),
('diag-mtu-blackhole', 'RFC 2923', 'section 2.1', 0),
('diag-mtu-blackhole', 'RFC 4821', 'section 1', 0),
('diag-tls-timeout-server-silent', 'RFC 8446', 'section 4.1.2', 0),
('diag-cert-rejected-by-client', 'RFC 8446', 'section 6.2', 0),
('diag-cert-rejected-by-client', 'RFC 5246', 'section 7.2.2', 0),
('diag-cert-rejected-by-server', 'RFC 8446', 'section 6.2', 0),
('diag-cert-rejected-by-server', 'RFC 5246', 'section 7.2.2', 0),
('diag-clock-skew', 'RFC 5280', 'section 4.1.2.5', 0),
('diag-nat-or-proxy', 'RFC 2663', 'section 2', 0),
('diag-silent-connection', 'RFC 5321', 'section 3.1', 0),
('diag-slow-greeting', 'RFC 5321', 'section 4.5.3.2.1', 0),
('diag-tls-hs-garbage', 'RFC 8446', 'section 6.2', 0),
('diag-tls-hs-crypto', 'RFC 8446', 'section 6.2', 0),
('diag-tls-hs-no-overlap', 'RFC 8446', 'section 6.2', 0),
('diag-tls-hs-illegal', 'RFC 8446', 'section 6.2', 0),
('diag-tls-hs-version', 'RFC 8446', 'section 6.2', 0),
('diag-tls-hs-version', 'RFC 8996', 'section 4', 0),
('diag-tls-hs-weak', 'RFC 8446', 'section 6.2', 0),
('diag-tls-hs-internal', 'RFC 8446', 'section 6.2', 0),
('diag-tls-hs-canceled', 'RFC 8446', 'section 6.1', 0),
('diag-tls-hs-extension', 'RFC 8446', 'section 6.2', 0);

INSERT INTO finding_remedy (kind, product, setting) VALUES
('diag-implicit-tls-to-starttls-port', 'Postfix',
	'smtp_tls_wrappermode = no (yes belongs to port 465 only; when Postfix is the client)'),
('diag-implicit-tls-to-starttls-port', 'Exim',
	'protocol = smtp (smtps belongs to port 465 only; in the smtp transport)'),
('diag-plaintext-wait-on-implicit-port', 'Postfix',
	'smtp_tls_wrappermode = yes with smtp_tls_security_level = encrypt (to a relay host on '
		|| 'port 465)'),
('diag-plaintext-wait-on-implicit-port', 'Exim',
	'protocol = smtps (in the smtp transport, for port 465)'),
('diag-plaintext-to-implicit-port', 'Postfix',
	'smtp_tls_wrappermode = yes with smtp_tls_security_level = encrypt (to a relay host on '
		|| 'port 465)'),
('diag-plaintext-to-implicit-port', 'Exim',
	'protocol = smtps (in the smtp transport, for port 465)'),
('diag-starttls-required-530', 'Postfix',
	'smtp_tls_security_level = encrypt (when Postfix is the client)'),
('diag-starttls-required-530', 'Exim',
	'hosts_require_tls (in the smtp transport, when Exim is the client)'),
('diag-starttls-required-530', 'Exchange',
	'Set-SendConnector -RequireTLS $true (when Exchange is the client)'),
('diag-offered-not-enforced-belief', 'Postfix',
	'smtp_tls_security_level = encrypt (when Postfix is the client)'),
('diag-offered-not-enforced-belief', 'Exim',
	'hosts_require_tls (in the smtp transport, when Exim is the client)'),
('diag-offered-not-enforced-belief', 'Exchange',
	'Set-SendConnector -RequireTLS $true (when Exchange is the client)'),
('diag-offered-not-enforced-belief', 'starttrace',
	'must_encrypt in the policy file (says who is believed to encrypt)'),
('diag-auth-required-530', 'Postfix',
	'smtp_sasl_auth_enable = yes, smtp_sasl_password_maps (when Postfix is the client)'),
('diag-auth-required-530', 'Exim',
	'hosts_require_auth (in the smtp transport) and a client authenticator'),
('diag-auth-required-530', 'Exchange',
	'Set-SendConnector -SmartHostAuthMechanism BasicAuthRequireTLS '
		|| '-AuthenticationCredential'),
('diag-starttls-required-then-upgraded', 'Postfix',
	'smtp_tls_security_level = encrypt (when Postfix is the client)'),
('diag-send-fails-receive-works', 'Postfix',
	'the services for ports 587 and 465 in master.cf (submission, submissions)'),
('diag-send-fails-receive-works', 'Exim',
	'daemon_smtp_ports = 25 : 465 : 587, tls_on_connect_ports = 465'),
('diag-send-fails-receive-works', 'Exchange',
	'Get-ReceiveConnector "Client Frontend*" (port 587, for clients that log in)'),
('diag-client-requires-tls-none-offered', 'Postfix', 'smtpd_tls_security_level = may'),
('diag-client-requires-tls-none-offered', 'Exim', 'tls_advertise_hosts = *'),
('diag-client-requires-tls-none-offered', 'Dovecot', 'ssl = required'),
('diag-client-requires-tls-none-offered', 'Exchange', 'Enable-ExchangeCertificate -Services SMTP'),
('diag-client-port-dependent-tls', 'Postfix',
	'smtpd_tls_wrappermode = yes (on the service for port 465 in master.cf)'),
('diag-client-port-dependent-tls', 'Exim', 'tls_on_connect_ports = 465'),
('diag-tls-policy-bounce', 'Postfix',
	'smtp_tls_policy_maps (encrypt or secure for the partner''s domain)'),
('diag-tls-policy-bounce', 'Exim', 'hosts_require_tls (in the smtp transport)'),
('diag-tls-policy-bounce', 'Exchange', 'Set-SendConnector -RequireTLS $true'),
('diag-mtu-blackhole', 'Linux', 'net.ipv4.tcp_mtu_probing = 1'),
('diag-greylisting-or-rate-limit', 'Postfix',
	'smtpd_client_connection_rate_limit, smtpd_client_message_rate_limit, '
		|| 'postscreen, check_policy_service'),
('diag-greylisting-or-rate-limit', 'Exim',
	'smtp_ratelimit_hosts, smtp_accept_max_per_host, "defer" and "ratelimit" in the ACLs'),
('diag-greylisting-or-rate-limit', 'Exchange',
	'Set-ReceiveConnector -MessageRateLimit, -MaxInboundConnectionPerSource'),
('diag-service-unavailable-greeting', 'Postfix',
	'postscreen_dnsbl_sites, smtpd_client_connection_count_limit, default_process_limit'),
('diag-service-unavailable-greeting', 'Exim',
	'acl_smtp_connect, host_reject_connection, smtp_accept_max'),
('diag-service-unavailable-greeting', 'Exchange',
	'Get-ServerComponentState (HubTransport and FrontendTransport must be Active)'),
('diag-tls-timeout-server-silent', 'Postfix',
	'smtpd_upstream_proxy_protocol, postscreen_upstream_proxy_protocol (haproxy '
		|| 'only behind a proxy that sends the header)'),
('diag-tls-timeout-server-silent', 'Exim', 'hosts_proxy (only the proxies)'),
('diag-tls-timeout-server-silent', 'Dovecot',
	'haproxy = yes in an inet_listener, haproxy_trusted_networks (only behind a proxy)'),
('diag-cert-rejected-by-client', 'Postfix',
	'smtpd_tls_chain_files (3.4 and later), smtpd_tls_cert_file'),
('diag-cert-rejected-by-client', 'Exim', 'tls_certificate'),
('diag-cert-rejected-by-client', 'Dovecot', 'ssl_server_cert_file (2.4), ssl_cert (2.3)'),
('diag-cert-rejected-by-client', 'Exchange', 'Enable-ExchangeCertificate -Services SMTP'),
('diag-cert-rejected-by-server', 'Postfix', 'smtpd_tls_CAfile, smtpd_tls_ask_ccert = no'),
('diag-cert-rejected-by-server', 'Exim', 'tls_try_verify_hosts, tls_verify_certificates'),
('diag-cert-rejected-by-server', 'Exchange',
	'Set-ReceiveConnector -DomainSecureEnabled $false (asks for client '
		|| 'certificates otherwise)'),
('diag-slow-greeting', 'Postfix', 'postscreen_greet_wait'),
('diag-slow-greeting', 'Exim', '"delay" in the ACL named by acl_smtp_connect'),
('diag-tls-hs-garbage', 'Postfix',
	'smtpd_tls_wrappermode = yes only on the service for port 465 in master.cf'),
('diag-tls-hs-garbage', 'Postfix',
	'smtp_tls_wrappermode = yes only to port 465 (when Postfix is the client)'),
('diag-tls-hs-garbage', 'Exim', 'tls_on_connect_ports = 465'),
('diag-tls-hs-garbage', 'Exim', 'protocol = smtps only for port 465 (in the smtp transport)'),
('diag-tls-hs-crypto', 'Postfix', 'smtpd_tls_cert_file and smtpd_tls_key_file (must match)'),
('diag-tls-hs-crypto', 'Exim', 'tls_certificate and tls_privatekey (must match)'),
('diag-tls-hs-no-overlap', 'Postfix',
	'smtpd_tls_mandatory_ciphers = medium, smtpd_tls_ciphers = medium'),
('diag-tls-hs-no-overlap', 'Exim', 'tls_require_ciphers'),
('diag-tls-hs-no-overlap', 'Dovecot', 'ssl_cipher_list'),
('diag-tls-hs-no-overlap', 'Exchange',
	'cipher suite order of Windows: Enable-TlsCipherSuite, Get-TlsCipherSuite'),
('diag-tls-hs-version', 'Postfix', 'smtpd_tls_mandatory_protocols = >=TLSv1.2 (3.6 and later)'),
('diag-tls-hs-version', 'Exim',
	'openssl_options (OpenSSL builds), tls_require_ciphers (GnuTLS builds)'),
('diag-tls-hs-version', 'Dovecot', 'ssl_min_protocol = TLSv1.2'),
('diag-tls-hs-version', 'Exchange',
	'Schannel registry keys SCHANNEL\Protocols\TLS 1.2\Server and \Client: Enabled = 1'),
('diag-tls-hs-weak', 'Postfix',
	'smtpd_tls_mandatory_ciphers = high, smtpd_tls_dh1024_param_file = auto (3.7 and later)'),
('diag-tls-hs-weak', 'Exim', 'tls_require_ciphers, tls_dhparam = ffdhe2048'),
('diag-tls-hs-weak', 'Dovecot',
	'ssl_cipher_list; ssl_server_dh_file (2.4) or ssl_dh (2.3) with 2048-bit parameters'),
('diag-tls-hs-internal', 'Postfix', 'smtpd_tls_loglevel = 1'),
('diag-tls-hs-internal', 'Exim',
	'tls_certificate and tls_privatekey (must be readable by the Exim user)'),
('diag-tls-hs-internal', 'Dovecot',
	'ssl_server_cert_file and ssl_server_key_file (2.4), ssl_cert and ssl_key (2.3)'),
('diag-tls-hs-internal', 'Exchange', 'Enable-ExchangeCertificate -Services SMTP');

-- 8 Quality of the capture: capture- --------------------------------------------------------------

INSERT INTO finding_kind
	(id, title, severity, sentence, trigger, confidence, fix, rule_version)
VALUES
('capture-gap',
	'Bytes are missing',
	'info',
	'This part of the evidence is incomplete, so silence here proves nothing.',
	'A part of the data stream was never captured, though it must have been sent.',
	'Proven: the numbering of the packets shows the hole.',
	'Capture closer to the server and without loss.',
	1),

('capture-acked-unseen',
	'Bytes arrived that the capture lacks',
	'info',
	'This part of the evidence is incomplete, so silence here proves nothing.',
	'One side acknowledged bytes of the other that were never captured.',
	'Proven: the acknowledgement was captured, and so the bytes were sent and arrived.',
	'Capture closer to the server and without loss.',
	1),

('capture-drops',
	'Packets were lost before they were captured',
	'info',
	'This part of the evidence is incomplete, so silence here proves nothing.',
	'The kernel or the interface that captured counted packets that it had to drop while the session lasted, whosever '
		|| 'they were.',
	'Proven: the counters say so. Where more than one packet in a thousand was dropped, findings about what did not '
		|| 'come are likely at most.',
	'Give the capture a larger buffer, filter out what is not to be analysed, or take '
		|| 'load off the machine that captures.',
	1),

('capture-snaplen',
	'Packets were cut short',
	'info',
	'This part of the evidence is incomplete, so silence here proves nothing.',
	'Packets were stored shorter than they were on the network, and a dialogue was in the '
		|| 'part that is missing.',
	'Proven: the capture states both lengths.',
	'Capture with full packet length.',
	1),

('capture-one-sided',
	'Only one direction was captured',
	'info',
	'This part of the evidence is incomplete, so silence here proves nothing.',
	'Data of one side only was captured, though the other side spoke as well.',
	'Proven: the acknowledgements show it.',
	'Capture where both directions pass, and check that the mirror port copies both.',
	1),

('capture-midstream',
	'Capture began in the middle',
	'info',
	'This part of the evidence is incomplete, so silence here proves nothing.',
	'Neither the opening packets nor the server''s greeting were captured.',
	'Proven: the opening packets are missing.',
	'Start the capture before the connections that matter.',
	1),

('capture-duplicates',
	'Packets were captured twice',
	'info',
	'The capture shows packets twice, as a mirror port does that copies both where they come in '
		|| 'and where they go out.',
	'More than one in a hundred packets of the session came a second time with the same number, '
		|| 'sequence and content.',
	'Proven: both copies were captured. The dialogue was read once.',
	'Mirror each packet once: one direction of the port, or one VLAN.',
	1),

('capture-offload',
	'Checksums were not filled in yet when packets were captured',
	'info',
	'The capture was made on the sending host, before its network card finished the packets, so '
		|| 'their checksums prove nothing.',
	'More than half of the packets of one side have a wrong TCP checksum.',
	'Proven that the checksums are wrong; one damaged packet would not be so many.',
	'Capture on another machine, or switch checksum offload off while capturing.',
	1),

('capture-reordered',
	'Packets stand in the capture out of order of time',
	'info',
	'The clock of the capture went back, or files were merged, so times between packets prove '
		|| 'nothing.',
	'A packet of the session is more than a millisecond older than the one before it in the '
		|| 'same file.',
	'Proven: both times stand in the capture.',
	'Let the capturing machine keep time without steps, and merge captures by time.',
	1),

('capture-tail-open',
	'Capture ended before the connection did',
	'info',
	'The capture ends before the session does, so the judgement on it is provisional.',
	'At the end of the capture the connection was still open.',
	'Proven: no closing packets were captured.',
	'Capture longer, or read the next file of the series as well.',
	1),

('capture-limits-hit',
	'A limit of the analysis was reached',
	'info',
	'The session exceeded a limit that protects the analysis, so parts of it were not judged.',
	'A line, the stored dialogue, a certificate chain or the memory for this session exceeded '
		|| 'its limit.',
	'Proven: the analysis itself counted it.',
	'Check whether somebody provokes this on purpose; otherwise repeat the analysis with more '
		|| 'memory.',
	1),

('capture-ip-fragments',
	'Fragmented packets',
	'info',
	'Parts of the session came in fragments, which can be read in more than one way.',
	'IP fragments carried part of the session.',
	'Proven: the fragments were captured.',
	'Correct the packet size (MTU) on the path.',
	1),

('capture-classifier-disagrees',
	'A second opinion names another protocol',
	'info',
	'Two independent methods disagree about what this connection carries.',
	'The traffic classifier names a protocol other than the one that was analysed.',
	'Proven that they disagree. The dialogue that was actually read has the greater weight.',
	'Look at the dialogue of the session.',
	1),

('capture-parser-desync',
	'The dialogue could not be followed',
	'info',
	'From some point on the dialogue could not be followed, so silence after it proves '
		|| 'nothing.',
	'Lines came that fit no state of the dialogue, or answers came without a command.',
	'Proven: the lines were captured.',
	'Look at the dialogue of the session, and capture without loss.',
	1);

INSERT INTO finding_clause (kind, source, clause, certain) VALUES
('capture-gap', 'NIST SP 800-53 Rev. 5', 'AU-12', 0),
('capture-acked-unseen', 'NIST SP 800-53 Rev. 5', 'AU-12', 0),
('capture-drops', 'NIST SP 800-53 Rev. 5', 'AU-5', 0),
('capture-snaplen', 'NIST SP 800-53 Rev. 5', 'AU-12', 0),
('capture-one-sided', 'NIST SP 800-53 Rev. 5', 'AU-12', 0),
('capture-midstream', 'NIST SP 800-53 Rev. 5', 'AU-12', 0),
('capture-duplicates', 'NIST SP 800-53 Rev. 5', 'AU-12', 0),
('capture-offload', 'NIST SP 800-53 Rev. 5', 'AU-12', 0),
('capture-reordered', 'NIST SP 800-53 Rev. 5', 'AU-8', 0),
('capture-tail-open', 'NIST SP 800-53 Rev. 5', 'AU-12', 0),
('capture-limits-hit', 'NIST SP 800-53 Rev. 5', 'AU-12', 0),
('capture-ip-fragments', 'NIST SP 800-53 Rev. 5', 'AU-12', 0),
('capture-classifier-disagrees', 'NIST SP 800-53 Rev. 5', 'AU-12', 0),
('capture-parser-desync', 'NIST SP 800-53 Rev. 5', 'AU-12', 0);

INSERT INTO finding_remedy (kind, product, setting) VALUES
('capture-gap', 'tcpdump', '-B 65536 (a larger buffer, in KiB)'),
('capture-acked-unseen', 'tcpdump', '-B 65536 (a larger buffer, in KiB)'),
('capture-drops', 'starttrace', '--buffer'),
('capture-drops', 'tcpdump', '-B 65536 (a larger buffer, in KiB)'),
('capture-snaplen', 'tcpdump', '-s 0'),
('capture-one-sided', 'Cisco IOS', 'monitor session 1 source interface INTERFACE both'),
('capture-duplicates', 'Cisco IOS', 'monitor session 1 source interface INTERFACE rx'),
('capture-duplicates', 'Wireshark', 'editcap -d IN OUT'),
('capture-offload', 'Linux', 'ethtool -K INTERFACE tx off'),
('capture-reordered', 'Wireshark', 'reordercap IN OUT'),
('capture-limits-hit', 'starttrace', '--max-memory');

-- 9 Controls that each group of findings touches --------------------------------------------------

INSERT INTO control_map (prefix, framework, clause, note, certain) VALUES
('cred-', 'NIST SP 800-53 Rev. 5', 'IA-5(1)(c)',
	'Passwords are sent over protected channels only.', 0),
('cred-', 'NIST SP 800-53 Rev. 5', 'SC-8(1)',
	'What is transmitted is protected by cryptography.', 0),
('cred-', 'NIST SP 800-53 Rev. 5', 'AC-17(2)', 'Remote access is protected by cryptography.', 0),
('cred-', 'PCI DSS 4.0.1', '8.3.2',
	'Passwords are unreadable in transmission; applies to accounts of system components in '
		|| 'scope.', 1),
('cred-', 'PCI DSS 4.0.1', '2.2.7', 'Applies when the login is for administrative access.', 0),
('cred-', 'HIPAA', '45 CFR 164.312(d)', 'Identity of persons and systems is verified.', 0),
('cred-', 'HIPAA', '45 CFR 164.312(e)(1)', 'Guarding against access to what is transmitted.', 1),
('cred-', 'ISO/IEC 27001:2022', 'A.5.17', 'Handling of authentication information.', 0),
('cred-', 'ISO/IEC 27001:2022', 'A.8.5', 'Secure authentication.', 0),
('cred-', 'CIS Controls v8', '3.10', 'Sensitive data is encrypted in transit.', 0),
('cred-', 'CIS Controls v8', '12.6', 'Secure network management and communication protocols.', 0),
('cred-', 'RFC 8314', 'section 4.1', 'Plaintext access is refused or switched off.', 1),
('cred-', 'NIST SP 800-45 Version 2', 'section 7', 'Encryption of mail server logins.', 0),
('cred-', 'BSI TR-03108', 'whole document', 'Secure transport of mail.', 0),
('data-', 'NIST SP 800-53 Rev. 5', 'SC-8',
	'Confidentiality and integrity of what is transmitted.', 0),
('data-', 'NIST SP 800-53 Rev. 5', 'SC-8(1)',
	'What is transmitted is protected by cryptography.', 0),
('data-', 'PCI DSS 4.0.1', '4.2.1', 'Applies only when the message holds card numbers.', 1),
('data-', 'PCI DSS 4.0.1', '4.2.2', 'Applies only when the message holds card numbers.', 0),
('data-', 'HIPAA', '45 CFR 164.312(e)(1)', 'Applies when the message holds health information.', 1),
('data-', 'HIPAA', '45 CFR 164.312(e)(2)(ii)',
	'Encryption is addressable in the rule in force; a proposal of 2025 would make it '
		|| 'required.', 1),
('data-', 'ISO/IEC 27001:2022', 'A.5.14', 'Transfer of information.', 0),
('data-', 'ISO/IEC 27001:2022', 'A.8.24', 'Use of cryptography.', 0),
('data-', 'CIS Controls v8', '3.10', 'Sensitive data is encrypted in transit.', 0),
('data-', 'GDPR', 'Art. 32(1)(a)', 'Applies when the message holds personal data.', 0),
('data-', 'NIS2', 'Art. 21(2)(h)', 'Policies on the use of cryptography.', 0),
('data-', 'NCSC', 'Email security guidance', 'TLS for mail in transit.', 0),
('downgrade-', 'NIST SP 800-53 Rev. 5', 'SC-8(1)',
	'What is transmitted is protected by cryptography.', 0),
('downgrade-', 'NIST SP 800-53 Rev. 5', 'SC-23', 'The authenticity of sessions is protected.', 0),
('downgrade-', 'NIST SP 800-53 Rev. 5', 'SI-4', 'Attacks and signs of attacks are watched for.', 0),
('downgrade-', 'PCI DSS 4.0.1', '4.2.1',
	'No fallback to insecure versions or to no encryption; applies to card numbers.', 1),
('downgrade-', 'PCI DSS 4.0.1', '11.5.1', 'Intrusions into the network are detected.', 0),
('downgrade-', 'HIPAA', '45 CFR 164.312(e)(2)(i)',
	'What is transmitted is not altered unnoticed.', 1),
('downgrade-', 'ISO/IEC 27001:2022', 'A.8.16', 'Monitoring.', 0),
('downgrade-', 'ISO/IEC 27001:2022', 'A.8.20', 'Security of networks.', 0),
('downgrade-', 'CIS Controls v8', '13', 'Network monitoring and defence.', 0),
('downgrade-', 'MITRE ATT&CK', 'T1557',
	'Adversary in the middle; the finding shows the event, not the intent.', 0),
('inject-', 'NIST SP 800-53 Rev. 5', 'SC-8(1)',
	'What is transmitted is protected by cryptography.', 0),
('inject-', 'NIST SP 800-53 Rev. 5', 'SC-23', 'The authenticity of sessions is protected.', 0),
('inject-', 'NIST SP 800-53 Rev. 5', 'SI-4', 'Attacks and signs of attacks are watched for.', 0),
('inject-', 'PCI DSS 4.0.1', '4.2.1',
	'No fallback to insecure versions or to no encryption; applies to card numbers.', 1),
('inject-', 'PCI DSS 4.0.1', '11.5.1', 'Intrusions into the network are detected.', 0),
('inject-', 'HIPAA', '45 CFR 164.312(e)(2)(i)', 'What is transmitted is not altered unnoticed.', 1),
('inject-', 'ISO/IEC 27001:2022', 'A.8.16', 'Monitoring.', 0),
('inject-', 'ISO/IEC 27001:2022', 'A.8.20', 'Security of networks.', 0),
('inject-', 'CIS Controls v8', '13', 'Network monitoring and defence.', 0),
('inject-', 'MITRE ATT&CK', 'T1557',
	'Adversary in the middle; the finding shows the event, not the intent.', 0),
('session-', 'NIST SP 800-53 Rev. 5', 'SC-8(1)',
	'What is transmitted is protected by cryptography.', 0),
('session-', 'NIST SP 800-53 Rev. 5', 'SC-23', 'The authenticity of sessions is protected.', 0),
('session-', 'NIST SP 800-53 Rev. 5', 'SI-4', 'Attacks and signs of attacks are watched for.', 0),
('session-', 'PCI DSS 4.0.1', '4.2.1',
	'No fallback to insecure versions or to no encryption; applies to card numbers.', 1),
('session-', 'PCI DSS 4.0.1', '11.5.1', 'Intrusions into the network are detected.', 0),
('session-', 'HIPAA', '45 CFR 164.312(e)(2)(i)',
	'What is transmitted is not altered unnoticed.', 1),
('session-', 'ISO/IEC 27001:2022', 'A.8.16', 'Monitoring.', 0),
('session-', 'ISO/IEC 27001:2022', 'A.8.20', 'Security of networks.', 0),
('session-', 'CIS Controls v8', '13', 'Network monitoring and defence.', 0),
('session-', 'MITRE ATT&CK', 'T1557',
	'Adversary in the middle; the finding shows the event, not the intent.', 0),
('tls-', 'NIST SP 800-53 Rev. 5', 'SC-13', 'Approved cryptography.', 0),
('tls-', 'NIST SP 800-53 Rev. 5', 'SC-8(1)',
	'What is transmitted is protected by cryptography.', 0),
('tls-', 'PCI DSS 4.0.1', '4.2.1',
	'Secure versions and configurations only; applies to card numbers.', 1),
('tls-', 'PCI DSS 4.0.1', '12.3.3', 'Inventory of cipher suites and protocols in use.', 0),
('tls-', 'PCI DSS 4.0.1', '2.2.5', 'Insecure protocols are justified and secured.', 0),
('tls-', 'HIPAA', '45 CFR 164.312(e)(2)(ii)',
	'Encryption is addressable in the rule in force; a proposal of 2025 would make it '
		|| 'required.', 1),
('tls-', 'ISO/IEC 27001:2022', 'A.8.24', 'Use of cryptography.', 0),
('tls-', 'CIS Controls v8', '3.10', 'Sensitive data is encrypted in transit.', 0),
('tls-', 'NIST SP 800-52 Rev. 2', 'whole document', 'Requirements on TLS for federal systems.', 0),
('tls-', 'BSI TR-02102-2', 'whole document',
	'Recommendations on TLS; a new edition appears each year.', 0),
('tls-', 'RFC 9325', 'sections 3 and 4', 'Recommendations for the secure use of TLS.', 1),
('cert-', 'NIST SP 800-53 Rev. 5', 'SC-17', 'Certificates from an approved authority.', 0),
('cert-', 'NIST SP 800-53 Rev. 5', 'IA-5(2)', 'Authentication by public keys.', 0),
('cert-', 'PCI DSS 4.0.1', '4.2.1',
	'Certificates are valid, not expired and not revoked; applies to card numbers.', 1),
('cert-', 'PCI DSS 4.0.1', '4.2.1.1', 'Inventory of trusted keys and certificates.', 0),
('cert-', 'ISO/IEC 27001:2022', 'A.8.24', 'Use of cryptography.', 0),
('cert-', 'NIST SP 800-52 Rev. 2', 'section 3.2', 'Requirements on server certificates.', 0),
('posture-', 'NIST SP 800-53 Rev. 5', 'CM-6', 'Configuration settings.', 0),
('posture-', 'NIST SP 800-53 Rev. 5', 'CM-7', 'Only what is needed is switched on.', 0),
('posture-', 'NIST SP 800-53 Rev. 5', 'SC-8',
	'Confidentiality and integrity of what is transmitted.', 0),
('posture-', 'PCI DSS 4.0.1', '2.2.4', 'Only necessary services and protocols are switched on.', 0),
('posture-', 'PCI DSS 4.0.1', '2.2.5', 'Insecure protocols are justified and secured.', 0),
('posture-', 'PCI DSS 4.0.1', '1.2.6',
	'Security features are defined for insecure services in use.', 0),
('posture-', 'HIPAA', '45 CFR 164.308(a)(1)', 'Analysis and management of risk.', 0),
('posture-', 'ISO/IEC 27001:2022', 'A.8.9', 'Configuration management.', 0),
('posture-', 'ISO/IEC 27001:2022', 'A.8.21', 'Security of network services.', 0),
('posture-', 'CIS Controls v8', '4.6', 'Assets are managed securely.', 0),
('posture-', 'CIS Controls v8', '4.8', 'Unnecessary services are switched off.', 0),
('posture-', 'CIS Controls v8', '9', 'Protection of mail and browsers.', 0),
('posture-', 'NIST SP 800-177 Rev. 1', 'section 5', 'Transport of mail over TLS.', 0),
('posture-', 'M3AAWG', 'Best practices for mail transport',
	'Recommendations of the operators'' group.', 0),
('posture-', 'RFC 8461', 'whole document',
	'MTA-STS: a domain states that mail to it needs TLS.', 0),
('posture-', 'RFC 7672', 'whole document',
	'DANE: a domain states by DNS that mail to it needs TLS.', 0),
('capture-', 'NIST SP 800-53 Rev. 5', 'AU-2', 'Which events are recorded.', 0),
('capture-', 'NIST SP 800-53 Rev. 5', 'AU-12',
	'Coverage of the recording; a limit of this report, not a fault of the mail system.', 0),
('capture-', 'PCI DSS 4.0.1', '10', 'Quality of the evidence.', 0),
('capture-', 'HIPAA', '45 CFR 164.312(b)', 'Recording and examining of activity.', 0),
('capture-', 'ISO/IEC 27001:2022', 'A.8.15', 'Logging.', 0),
('capture-', 'ISO/IEC 27001:2022', 'A.8.16', 'Monitoring.', 0),
('capture-', 'CIS Controls v8', '8', 'Audit logs.', 0),
('capture-', 'CIS Controls v8', '13.6', 'Network traffic is recorded.', 0);

-- Kinds of the same families that do not begin with the family's name: offers that come and go, devices that alter the
-- dialogue, what is left over from before TLS, dialogues in one another.
INSERT INTO control_map (prefix, framework, clause, note, certain)
SELECT family.column1, m.framework, m.clause, m.note, m.certain
FROM (VALUES ('starttls-', 'downgrade-'), ('lb-backend-', 'downgrade-'), ('middlebox-', 'downgrade-'),
	('state-kept-', 'session-'), ('smuggling-', 'inject-'), ('cross-protocol-', 'inject-'),
	('pipelining-', 'inject-')) AS family
JOIN control_map AS m ON m.prefix = family.column2
WHERE m.framework <> 'MITRE ATT&CK';

-- 10 Verdicts -------------------------------------------------------------------------------------

INSERT INTO verdict_kind (word, sentence) VALUES
('unknown-partial',
	'The capture lacks the part that decides whether the session was protected.'),
('no-dialogue',
	'The connection was closed before a dialogue began; at most the server''s greeting was '
		|| 'seen.'),
('not-applicable',
	'The connection carried a protocol that this analysis does not judge.'),
('mode-mismatch',
	'One side expected TLS from the first byte and the other expected plain text, so they '
		|| 'could not talk.'),
('protected-implicit',
	'The session was encrypted from its first byte.'),
('protected-starttls',
	'The session was switched to TLS by STARTTLS before anything worth protecting was sent.'),
('protected-late',
	'The session was switched to TLS, but only after credentials or message content had '
		|| 'crossed in clear, or after text had been injected into the switch.'),
('handshake-failed',
	'TLS was begun but never came into force, and nothing was sent in clear afterwards.'),
('downgraded-proven',
	'The bytes in the capture prove that the switch to TLS was interfered with or abandoned.'),
('downgraded-suspected',
	'The session ran or ended without TLS, and there are signs that something interfered with '
		|| 'the offer.'),
('plaintext-refused',
	'The client asked for TLS, the server refused, and the session went on in clear.'),
('aborted-refused',
	'The client asked for TLS, the server refused, and the client left without sending mail '
		|| 'or a login.'),
('blocked-tls-required',
	'The server demanded TLS, the client never used it, and nothing beyond its name crossed '
		|| 'the network.'),
('plaintext-declined',
	'The server offered TLS, the client did not ask for it, and the session was carried out '
		|| 'in clear.'),
('plaintext-no-offer',
	'The server did not offer TLS, and the session was carried out in clear.'),
('plaintext-not-asked',
	'The client never asked what the server can do, so TLS was not considered, and the '
		|| 'session was carried out in clear.'),
('aborted-no-offer',
	'The server did not offer TLS, and the client left without sending mail or a login.'),
('aborted-declined',
	'The server offered TLS, the client did not ask for it, and left without sending mail or '
		|| 'a login.');
