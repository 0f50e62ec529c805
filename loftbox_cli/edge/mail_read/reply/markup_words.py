"""What mail programs name in the HTML that they write: classes, ids, styles and elements."""

import re

from loftbox_cli.edge.mail_read.reply.word_list import words

# Their contents are the quotation. An id is written with "#", a class as it is.
QUOTING = words("""
    gmail_attr gmail_quote_attribution x_gmail_attr moz-cite-prefix x_moz-cite-prefix
    protonmail_quote tutanota_quote yahoo_quoted x_yahoo_quoted ydp_yahoo_quoted zmail_extra
    mailru-blockquote email_quote #OLK_SRC_BODY_SECTION #x_OLK_SRC_BODY_SECTION #reply-intro
    #mail-editor-reference-message-container #isReplyContent
""")
# From them on all is the quotation.
BEGINNING = words("""
    #appendonsend #x_appendonsend #divRplyFwdMsg #x_divRplyFwdMsg #stopSpelling #x_stopSpelling
    #zwchr ms-outlook-mobile-reference-message
""")
SIGNING = words("""
    gmail_signature gmail_signature_prefix x_gmail_signature moz-signature moz-txt-sig
    protonmail_signature_block yahoo-signature zoho_signature #Signature #signature #x_Signature
    #AppleMailSignature #x_AppleMailSignature #lineBreakAtBeginningOfSignature
    #ms-outlook-mobile-signature #yahoo-signature
""")
# Word draws a line above the block of fields, in one of these colours.
WORD_RULE = re.compile(
    r"border:none;border-top:solid(?:#b5c4df|#e1e1e1|windowtext|rgb\(225,225,225\)|rgb\(181,196,223\))1\.0pt"
    r"|border-(?:top|style|color|width)[^{}]{0,120}(?:#b5c4df|#e1e1e1|rgb\(181,196,223\)|rgb\(225,225,225\))"
)
# A person's own indentation, as Gmail and Outlook write it.
INDENT = re.compile(r"margin:000?40px;border:(?:none|0)|margin:0px?0px?0px?40px;border:(?:none|0)")

UNSEEN = frozenset(("head", "script", "style", "template", "noscript", "title"))
NAMED = frozenset(("blockquote", "div", "hr", "p", "pre", "section", "span", "table", "td"))
SPACED = frozenset(("p", "h1", "h2", "h3", "h4", "ul", "ol", "table", "blockquote", "pre"))
INLINE = words(
    """
    a abbr acronym b bdi bdo big cite code del dfn em font i img ins kbd label mark o:p q s samp
    small span strike strong sub sup tt u var wbr
    """
)

# A mail without any of these names nothing.
MARKED = words("""
    quote cite gmail_ yahoo moz- proton appendonsend divrplyfwdmsg olk_src stopspelling border-
    signature zwchr zmail reply reference <hr
""")
