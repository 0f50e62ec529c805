"""The new part of an answer: what the sender wrote now, without what the mail repeats.

There is no standard for it. RFC 3676 gives two marks, ">" before a quoted line (section
4.5) and "-- " before a signature (section 4.3); the rest is what mail programs write
around a quotation, in the language of their user.

    new part     what the sender wrote, answers between quoted lines included, and
                 whatever is forwarded: the sender shows it to us, and we did not write it
    quotation    lines marked ">", the line that says who wrote them, header blocks of an
                 earlier message and all that stands below; given as `quoted_text`
    signature    from "-- " (or "--", "__", "-Name") to the end, "Sent from my phone", the
                 lines with telephone and web site below a name
    footer       notices of confidentiality, of virus scanners and of mailing lists

Quotations, signatures and footers are cut. A closing and the name below it ("Kind regards,
Jane") are words of the sender to the reader, and stay. Where a text leaves it open, the
line stays: showing a quotation twice costs less than losing a sentence.
"""
