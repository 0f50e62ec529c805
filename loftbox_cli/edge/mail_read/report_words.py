"""How hosts without a machine part write a bounce, as data.

qmail's QSBMF, Exim, older Sendmail, Exchange, Domino, gateways and carriers each have
their own text, and nothing but their words to know them by. All patterns are bounded,
and are tried line by line, so that reading stays linear in the size of the mail.
"""

import re

# What parts an address from the words around it, in wide writing too.
_PARTS = r"\s<>\"'(),:;\uff1a\uff0c\uff1b\uff08\uff09\u3002\u3001\u201c\u201d\u201e\u00ab\u00bb"
ADDRESS = rf"[^{_PARTS}\[\]@]{{1,64}}@[^{_PARTS}@]{{1,253}}"
NOT_WITHIN = rf"(?<![^{_PARTS}\[\]])"

# Who writes bounces (RFC 3464 section 2: with the null sender, which a mailbox file does not show).
DAEMON = re.compile(
    r"mailer[-_. ]?daemon|^post[-_]?master@|<post[-_]?master@|mail delivery (?:sub)?system"
    r"|mail delivery service"
    r"|mdaemon@|mail-?daemon|mmdf@|uucp@|microsoft exchange|mail (?:administrator|router|system)|mail daemon"
    r"|exchange-?daemon|bounce[sd]?@|maildelivery|mail_delivery|^system administrator|delivery[-_ ]?status"
    r"|email delivery|staff@hotmail\.com|no-?reply@app\.auone-net\.jp|automatic mail",
    re.IGNORECASE,
)

SUBJECT = re.compile(
    r"undeliver|undelivr|non[- ]?deliver|not deliver|could not be delivered|can ?not be delivered"
    r"|delivery (?:has )?(?:fail|error|problem|report|notification|status|delay|incomplete|notice)"
    r"|deliver(?:y|ed)? (?:to|of) .{1,80} (?:has )?failed|returned (?:mail|message)|returning message"
    r"|mail (?:delivery|system|failure|error|returned)|failure (?:notice|delivery)|message (?:delivery"
    r"|status)"
    r"|failed (?:mail|delivery|message|to deliver)|unable to deliver|there was an error sending your mail"
    r"|message you sent blocked|nondeliverable|bounced? |\[bounce\]|warning: (?:could not send|message)"
    r"|dsn[:_ ]|ndn:|mail not delivered|message not delivered|could not send message"
    r"|unzustellbar|nicht zugestellt|nachricht nicht zustell|zustellung|non remis|non distribu"
    r"|échec de la remise"
    r"|no se (?:puede|pudo|ha podido) entregar|devuelto|no entregado|impossibile recapitare|mancato recapito"
    r"|mensagem não entregue|não foi possível entregar|onbestelbaar|niet bezorgd|niedostarczon"
    r"|не доставлен|недоставлен|возвра|配信不能|配信できません|送信できません|エラーメール"
    r"|退信|无法投递|系统退信",
    re.IGNORECASE,
)

# Where the report ends and the mail that came back begins.
RETURNED = re.compile(
    r"^[ \t>]{0,8}(?:"
    r"-{2,20} ?below this line is a copy of the message"
    r"|-{2,20} ?(?:this is a copy of|the (?:header|body|beginning) of the original)"
    r"|-{1,20} ?(?:original|returned|unsent|undelivered|undeliverable|forwarded|rejected) (?:message|mail)"
    r"|-{2,20} ?(?:message|header)s?(?: header)?(?:s)? follows?"
    r"|-{2,20} ?enclosed are the original"
    r"|=+ ?(?:original|returned) message"
    r"|(?:the )?(?:original|rejected|undelivered|returned) message (?:headers?|follows|is attached"
    r"|was received as)"
    r"|original (?:mail|headers?):?|(?:your )?original message:?[ \t]*$"
    r"|message headers?(?: follow)?s?:?[ \t]*$"
    r"|(?:below|here) is (?:a copy of |your |the )(?:the )?(?:original )?message"
    r"|(?:a )?copy of (?:the|your) (?:original )?message"
    r"|received: (?:from|by) |return-path: ?<"
    r"|-+boundary-|\+?your message (?:is enclosed|reads)"
    r"|ursprüngliche (?:nachricht|nachrichtenkopf)|en-têtes de message d|encabezados de mensajes? origin"
    r"|intestazioni del messaggio|cabeçalhos de mensagem"
    r")",
    re.IGNORECASE | re.MULTILINE,
)

# A delay is no failure (RFC 3464 section 2.3.3): the host still tries.
DELAYED = re.compile(
    r"warning message only|only a warning|is a warning|not yet been delivered|not been delivered yet"
    r"|has(?:n't| not) been delivered (?:so far|for)|not delivered yet|will (?:be retried|retry"
    r"|keep trying|continue)"
    r"|delivery (?:is |has been |was |incomplete|attempts will continue)(?:delayed)?"
    r"|still (?:being retried|trying)"
    r"|has been delayed|is delayed|delayed (?:mail|\d+ hours)|delivery status notification \(delay"
    r"|could not send message for past|message still undelivered|temporary problem delivering"
    r"|no action is required on your part|do not need to (?:resend|resubmit|retransmit)|not have to resend"
    r"|noch nicht zugestellt|verzögert|retardée|retrasado",
    re.IGNORECASE,
)
GIVEN_UP = re.compile(
    r"given up|giving up|permanent (?:error|failure|fatal)|failed permanently|will not (?:be retried"
    r"|retry|try)"
    r"|could not be delivered (?:for|after|within)|expired|has been deleted from the queue"
    r"|address couldn't be",
    re.IGNORECASE,
)

# How the failed address stands in the text. The first that finds one is the form of the report.
FORMS = tuple(
    (name, re.compile(pattern.replace("ADDRESS", f"({ADDRESS})"), re.IGNORECASE | re.MULTILINE))
    for name, pattern in (
        # QSBMF, Courier, Postfix, Yahoo, GMX: <jane@example.com>: and the reason.
        ("paragraph", r"^[ \t]{0,8}<ADDRESS>[ \t]*(?:\([^)\n]{0,200}\)[ \t]*)?:"),
        # Exchange since 2007: the address, then a line that starts with "#" or quotes the other server.
        (
            "exchange",
            (
                r"^[ \t]{0,12}<?ADDRESS>?(?:<mailto:[^>\n]{3,320}>)?(?:[ \t]*\([^)\n]{0,320}\))?[ \t]*\n"
                r"(?=[ \t]{0,8}(?:#|remote server returned|\S{1,80} #|\S{1,80} gave this error"
                r"|\S{1,80} rejected your))"
            ),
        ),
        # Exchange 2003 and older: the address "on" a date, the reason below.
        ("exchange", r"^[ \t]{1,20}(?:'|\")?<?ADDRESS>?(?:'|\")?(?: on | le | am | el | il )[^\n]{4,80}$"),
        # Active!hunter.
        ("arrows", r"^[ \t]{0,8}>>> ADDRESS <<<"),
        (
            "labelled",
            (
                r"^[ \t>*]{0,8}(?:recipient address|failed (?:recipient|address)"
                r"|intended recipient|recipients?"
                r"|original recipient|addressed to|e?-?mail address|address|failed rcpt|rcpt to"
                r"|empfänger|adresse"
                r"|destinataire|destinatario|could not be delivered to|could not deliver message to"
                r"|unable to deliver (?:message|mail|your message) to|undeliverable to|failed to deliver to"
                r"|delivery fail(?:ed|ure) (?:to|for)|delivery failed \d+ attempts"
                r"|user mailbox exceeds allowed size"
                r"|unknown user|user unknown|invalid final delivery userid|unknown host"
                r"|user (?:is )?(?:over quota|suspended))[ \t]{0,8}[:=]?[ \t]{0,8}[<'\"]?ADDRESS"
            ),
        ),
        # Sendmail's list, Exim, Gmail, Domino, carriers: the address alone on its line.
        ("alone", r"^[ \t]{0,12}[<'\"]?ADDRESS[>'\"]?[ \t]*$"),
        # Zoho, OpenSMTPD, McAfee: the address begins the line that says why.
        ("leading", r"^[ \t]{0,12}<?ADDRESS>?[ \t]*(?:[:,;(-]|\[| {2,}| [A-Z])"),
        # A transcript of the conversation.
        (
            "transcript",
            r"(?:>>>|<<<|-->|<--|sent|rcpt command|smtp)?[^\n]{0,40}\brcpt to:[ \t]{0,3}<?ADDRESS",
        ),
        ("transcript", r"^(?:[45]\d\d[ -])[^\n]{0,80}<ADDRESS>"),
        (
            "sentence",
            (
                r"(?:message|mail|delivery|delivered|deliver|deliver it|recipients?|rejected recipient"
                r"|mailbox|user"
                r"|address|account|error delivering your mail|sent) (?:to |for |of |with )?(?:the )?"
                r"(?:following )?(?:recipient |address |user |mailbox "
                r"|account )?(?:\S{1,40} )?[<'\"(\[]{0,2}ADDRESS"
            ),
        ),
        ("anywhere", NOT_WITHIN + "ADDRESS"),
    )
)

# Words that only a host uses of mail that did not arrive; a text without any is no bounce.
FAILURE = re.compile(
    r"undeliver|(?:not|n't) (?:be |been |yet been |yet be )?(?:delivered|deliver|sent|reach|forwarded)"
    r"|unable to (?:deliver|relay|send)|delivery (?:has )?(?:fail|error|problem|incomplete|delay)"
    r"|failed to (?:deliver|send)"
    r"|could not send|cannot (?:be )?deliver|can't deliver|permanent (?:error|failure|fatal)|fatal errors?"
    r"|user (?:unknown|not)|unknown user|no such|mailbox (?:full|is full|exceed|un)|over ?quota|\brejected\b"
    r"|returned (?:mail|message|to you)|bounced|[45]\.\d\.\d|\b5[05]\d[ -]|delivery status|trouble delivering"
    r"|error sending|delayed|nicht zugestellt|nicht zustell|unzustellbar|pas pu être|n'a pas été remis"
    r"|no se (?:pudo|ha podido|puede)|impossibile|não (?:foi|pôde)|не доставлен|не удалось|доставк"
    r"|配信|送信できま|退信|投递"
    r"|account is disabled|did not reach|problem with the e-?mail address|may not exist",
    re.IGNORECASE,
)

# Addresses that stand in the text of a bounce, and that no mail of ours went to.
NOT_A_RECIPIENT = re.compile(
    r"^(?:mailer[-_]?daemon|mail-?daemon|double-bounce|mdaemon|(?:no|do-?not)-?reply|support|help|helpdesk)@"
    r"|@(?:[\w-]+\.)*(?:support\.google\.com|localhost)$|\.(?:png|gif|jpg)$",
    re.IGNORECASE,
)
