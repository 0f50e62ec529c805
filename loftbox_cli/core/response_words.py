"""The words with which peers refuse or defer a message, but for those about its recipient.

Each name is a cause; `response_rules` says what it means and which cause is looked for
first. A phrase is lower case, with single spaces; `*` stands for anything between two pieces.
"""

# Packed by hand: as one phrase a line these would be pages that nobody reads.
# fmt: off

PROVIDER_BLOCKS = (
    "s3140", "s3150", "s3144", "[tss09]", "[tss11]", "(rp-002)", "(rp-003)",
)

TOO_FAST = (
    "[ts01]", "[ts02]", "[ts03]", "[ts04]", "[tss01]", "[tss02]", "[tss04]", "[tss05]", "[tss06]",
    "(rp-001)", "(s775)", "(as780", "4.7.500", "4.7.650", "rate limited", "rate-limited", "ratelimit",
    "rate limit", "rate that prevents additional messages", "unusual rate of", "receiving mail too quickly",
    "receiving mail at a rate", "sending rate", "throttl", "too many connections", "too many concurrent",
    "too many messages", "too many emails", "too many mails", "too many errors from", "too many recipients",
    "too many sessions", "too many invalid recipients", "too many unknown recipients",
    "too many failed recipients", "concurrent connections", "connection limit", "connection rate",
    "connection frequency", "message rate", "exceeded the maximum number of", "exceeded * per hour",
    "exceeds the maximum number of messages", "frequency limited", "frequency limit", "slow down",
    "sending too fast", "sent too many", "daily sending quota", "daily user sending",
    "reached a limit for sending", "reached its daily limit", "outgoing mail quota",
    "max defers and failures per hour", "mail volume", "unexpected volume", "excessive rate",
)

NOT_AUTHENTICATED = (
    "5.7.26", "4.7.26", "5.7.515", "dmarc", "unauthenticated email", "unauthenticated mail",
    "not authenticated", "authentication-results", "does not pass authentication",
    "fails to pass authentication", "failed authentication", "sender is unauthenticated",
    "authentication requirements", "sender id (pra)",
)

SPF_FAILED = (
    "sender policy framework", "openspf", "spf check", "spf fail", "spf hard", "spf record", "spf softfail",
    "spf unauthorized", "spf validation", "failed spf", "fails spf", "not permitted by spf", "[spf]",
    "(spf)", "spf:", "not designated", "is not authorized to use", "is not authorized by",
    "not allowed to send mail from", "not allowed to send from", "not allowed to send e-mail from",
)

DKIM_FAILED = (
    "dkim signature", "dkim validation", "dkim verification", "dkim check", "no valid dkim", "dkim failed",
)

NO_NAME_FOR_ADDRESS = (
    "5.7.25", "4.7.25", "ptr record", "no ptr", "missing ptr", "invalid ptr", "(ptr)", "reverse dns",
    "rdns", "reverse lookup", "reverse hostname", "reverse mapping", "reverse-lookup",
    "cannot find your hostname", "cannot find your reverse", "can't find your hostname",
    "helo command rejected", "helo/ehlo", "ehlo/helo", "invalid helo", "bad helo", "helo name",
    "fix reverse", "client host rejected: cannot find", "generic hostname", "dynamic ip",
    "dynamically assigned", "dynamic/residential", "end-user address",
)

TLS_WANTED = (
    "must issue a starttls", "tls required", "requires tls", "starttls required",
    "session encryption is required", "encryption needed", "encryption required",
    "not sent over a tls connection",
)

BAD_REPUTATION = (
    "spamhaus", "spamcop", "barracudacentral", "barracuda reputation", "barracudanetworks.com/reputation",
    "sorbs", "uceprotect", "abuseat.org", "cloudmark", "senderscore", "sender score", "invaluement",
    "surbl", "uribl", "mailspike", "trendmicro.com/reputation", "ers-rbl", "proofpoint.com/ip",
    "ipcheck.proofpoint", "senderbase", "block list", "blocklist", "black list", "blacklist", "black-list",
    "blackhole", "block-list", "blocked using", "denylist", "deny list", "dnsbl", "rbl-", " rbl",
    "rblsmtpd", "listed at ", "is listed in", "listed by", "listed on", "reputation", "banned sending ip",
    "banned ip", "banned your ip", "your ip has been", "your ip address is blocked",
    "ip address is blocked", "ip address has been blocked", "ip has been blocked", "ip blocked",
    "ip is blocked", "ip address blocked", "ip address has been temporarily", "connecting ip address",
    "has been blocked by", "blocked due to", "your host is blocked", "your server is blocked",
    "your network is blocked", "your mail server is blocked", "your domain is blocked",
    "domain is blacklisted", "temporarily deferred due to", "permanently deferred", "user complaints",
    "excessive complaints", "known to send spam", "source of spam", "spam source", "sending spam",
    "sends spam", "bad sender ip", "suspicious ip", "email from * is blocked", "mail from * is blocked",
    "mail from * refused", "connection refused by policy",
)

GREYLISTED = (
    "greylist", "graylist", "grey-list", "gray-list", "grey listed", "postgrey",
    "please try again in * seconds", "try again in * minutes",
)

MAILBOX_FULL = (
    "mailbox full", "mailbox is full", "mailbox was full", "mailbox has reached", "mailbox size limit",
    "mailbox exceeds", "mailbox has exceeded", "mailbox would exceed", "mailbox quota",
    "mailbox over quota", "mailbox temporarily full", "mailbox storage", "mailfolder is full",
    "mail box full", "mail box is full", "mailbox for * is full", "mailbox of * is full", "inbox is full",
    "inbox full", "full mailbox", "quota exceed", "quota full", "quota violation",
    "quota has been exceeded", "quota limit", "over quota", "over-quota", "overquota", "over the quota",
    "over its quota", "over * disk quota", "over their quota", "over the allowed quota", "above the quota",
    "beyond its quota", "exceed the quota", "exceeds its quota", "exceeded its quota", "exceeded quota",
    "exceeded storage", "exceeds allowed quota", "exceeded * mailbox quota", "exceeded * storage",
    "exceeded * quota", "storage limit", "storage quota", "out of storage", "disk quota", "disc quota",
    "not enough storage space", "insufficient disk quota", "insufficient mailbox space",
    "no space left in mailbox", "user is over quota", "user has exhausted", "user has too many messages",
    "too much mail", "account is over", "account is full", "account has exceeded", "account has reached",
    "maildir over quota", "maildir delivery failed: * quota", "recipient storage full",
    "message would exceed quota", "not enough space in", "allocated space", "has no space left",
    "postfach ist voll", "boite du destinataire pleine", "boîte pleine", "buzon lleno", "buzón lleno",
    "casella piena", "ящик переполнен", "容量を超え",
)

TOO_LARGE = (
    "message size exceeds", "message too large", "message too big", "message is too large",
    "message is too big", "message is larger than", "message length exceeds", "message exceeded",
    "message exceeds", "message file too big", "message header size", "message size limit",
    "max message size", "maximum message size", "maximum allowed message size", "maximum size", "max size",
    "size limit exceeded", "size of the message", "mail size", "mail is too large", "mail too large",
    "exceeds maximum", "exceeds the size", "exceeded the maximum message size", "resizemail", "too large",
    "too big", "exceeds size limit",
)

NOT_FOR_US = (
    "relay access denied", "relay denied", "relaying denied", "relaying not permitted",
    "relaying not allowed", "relaying prohibited", "relaying is not allowed", "relay not permitted",
    "relay not allowed", "unable to relay", "cannot relay", "not a relay", "no relay",
    "not permitted to relay", "we do not relay", "authentication is required for relay",
    "isn't allowed to be relayed", "isn't in my list of allowed rcpthosts", "isn't in my rcpthosts",
    "is currently not permitted to relay", "only senders * are allowed", "only authenticated",
    "not authorized to send to", "only accepts messages from", "only accepts mail from", "restricted to",
    "is restricted", "you are not allowed to", "you are not authorized", "you do not have permission",
    "not have permission to send", "recipnotfoundbymtasts", "delivery not authorized",
    "authentication required", "requires that all senders", "resolver.rst.authrequired",
    "resolver.rst.notauthorized", "resolver.rst.restrictedtorecipientsmembers",
    "resolver.rst.senderrestriction", "resolver.rst.recipnotacceptable", "dl only", "members only",
    "may not be permitted to post", "do not have permission to post", "don't have permission to post",
    "whitelist", "white list", "approved senders", "may not have permission",
)

SENDER_REFUSED = (
    "sender address rejected", "sender address is", "sender address does",
    "sender address * does not exist", "sender rejected", "sender denied", "sender verify failed",
    "sender verification", "verify sender", "verifying the sender", "sender's domain", "sender domain",
    "sender email address", "sender unknown", "sender does not exist", "sender is not",
    "sender not allowed", "bad sender", "invalid sender", "unknown sender", "blocked sender",
    "sender is blocked", "sender blocked", "domain of sender", "domain of the sender", "domain of your",
    "your domain", "from domain", "from address", "return path", "return-path", "envelope sender",
    "envelope-from", "null sender",
)

LOOP = (
    "mail loop", "mail-loop", "mail is looping", "message looping", "routing loop", "loop detected",
    "loops back to myself", "hop count exceeded", "too many hops", "too many received", "maximum hop",
    "possible loop", "looping", "aliases loop", "this message has been through",
    "already seen this message",
)

BAD_CONTENT = (
    "virus", "malware", "infected", "phishing", "spam", "unsolicited", "junk mail", "bulk mail",
    "content rejected", "content blocked", "content filter", "content policy", "content restriction",
    "content denied", "content not accepted", "contents of the message", "message content",
    "message rejected due to content", "message contains", "contains a * attachment",
    "contains illegal attachment", "contains a unicode character", "attachment", "banned file",
    "banned content", "blocked file", "forbidden file", "executable", "suspicious link",
    "unacceptable content", "looks like", "message was blocked", "message blocked",
    "message has been blocked", "message looks", "message refused", "message rejected",
    "message was rejected", "message not accepted", "mail rejected by * filter", "mail content", "scored",
    "considered unsolicited", "high probability", "invalid header", "missing header", "malformed header",
    "from header", "rfc 5322", "rfc5322", "rfc2822", "rfc 2822", "not rfc", "message-id",
    "multiple addresses in 'from", "blank subject", "improper use of 8-bit data", "bulk email filter",
)

BAD_COMMAND = (
    "syntax error", "command not implemented", "command not recognized", "command unrecognized",
    "command rejected", "unrecognized command", "unrecognised command", "unimplemented",
    "bad sequence of commands", "bad command", "protocol error", "protocol violation",
    "improper command pipelining", "synchronization error", "pipelining not allowed", "bare lf", "bare cr",
    "bare linefeed", "line too long", "lines longer than", "smtputf8", "8bitmime", "need mail command",
    "need rcpt", "polite people say hello", "must say helo", "send helo", "no valid recipients in",
    "smtp protocol",
)

SYSTEM_FULL = (
    "insufficient system storage", "insufficient system resources", "insufficient storage",
    "insufficient disk space", "insufficient resources", "not enough disk space", "no space left on device",
    "disk full", "out of memory", "queue file write error", "file system full", "server is full",
    "system full", "spool space", "server too busy", "server busy", "server is busy", "system load",
    "too busy", "overloaded", "resources temporarily unavailable", "resources unavailable",
    "resource temporarily",
)

NO_CONNECTION = (
    "connection timed out", "connect timed out", "operation timed out", "timed out", "time out", "timeout",
    "connection refused", "connection dropped", "connection closed", "connection reset",
    "connection was closed", "connection lost", "connection was dropped", "connection died",
    "connection interrupted", "connection attempts failed", "unable to connect", "could not connect",
    "couldn't connect", "cannot connect", "can't connect", "wasn't able to establish an smtp connection",
    "failed to connect", "failed to make connection", "no route to host", "network is unreachable",
    "network unreachable", "host unreachable", "host is unreachable", "host is down",
    "host did not respond", "server did not respond", "not responding", "no answer from host",
    "no connection could be made", "lost connection", "broken pipe", "retry timeout exceeded",
    "retry time not reached", "retry limit", "delivery time expired", "delivery attempts",
    "delivery expired", "message expired", "expired after", "retention period",
    "could not be delivered for * days", "been in the queue too long", "in the queue for", "queue too long",
    "too long in the queue", "warning: message still undelivered", "server configuration problem",
    "temporary lookup failure", "host lookup did not complete", "dns lookup", "temporary dns",
    "server error", "internal error", "internal software error", "local configuration error",
    "system not accepting", "service unavailable; please try", "temporarily unavailable",
    "temporarily rejected", "temporary failure", "temporary error", "temporary problem",
    "temporary local problem", "system failure",
)

AGAINST_POLICY = (
    "access denied", "access not allowed", "access restriction", "administrative prohibition",
    "administratively", "policy reason", "policy rejection", "policy violation", "policy restriction",
    "violates", "local policy", "local restriction", "security policy", "security reasons", "by policy",
    "company policy", "mail policy", "against our policy", "not accepted here", "not accepting mail from",
    "don't accept mail from", "do not accept mail from", "we do not accept", "transport rule",
    "transport.rules.rejectmessage", "rule imposed", "prohibited", "not permitted", "not allowed",
    "not authorized", "not authorised", "not acceptable", "denied", "unauthorized",
    "requires authentication", "country",
)
