"""What mail programs write above a message that they repeat whole.

A block is its header fields in the user's language; a separator is a line of dashes with
words in it. All are in lower case, as `mark.of` gives them, and without white space.
"""
# ruff: noqa: RUF001 - letters of other scripts are meant

from enum import Enum

from loftbox_cli.edge.mail_read.reply.word_list import phrases, words


class Kind(Enum):
    """What a line of the block tells."""

    FROM = "from"
    DATE = "date"
    TO = "to"
    SUBJECT = "subject"
    OTHER = "other"


_WORDS = {
    Kind.FROM: """
        from von de da van från fra frå lähettäjä od от від kimden gönderen από feladó expeditor dela
        откого
        发件人 寄件者 寄件人 差出人 送信者 보낸사람 보낸이 발신 từ ngườigửi מאת من remitente expéditeur
        mittente
        remetente absender afzender avsändare afsender avsender nadawca odesílatel odosielateľ
        отправитель
        expediteur dari pengirim šalje saatja nuo no จาก dê
    """,
    Kind.DATE: """
        date sent senton datesent gesendet gesendetam datum envoyé envoyéle envoye enviado enviadoel
        enviadoem
        fecha inviato data dataora verzonden verzondenop wysłano wyslano skickat skickad sendt dato
        lähetetty
        päivämäärä päiväys отправлено дата датаотправки надіслано odesláno odoslané poslano gönderildi
        gönderilmetarihi tarih στάλθηκε ημερομηνία elküldve dátum küldve dátuma trimis дата 发送时间
        发送日期
        日期 时间 傳送日期 傳送時間 寄件日期 送信日時 送信日 日時 日付 보낸날짜 날짜 보낸시간 đãgửi
        ngày ngàygửi thờigian
        נשלח תאריך تاريخالإرسال التاريخ tanggal dikirim datumodeslání saadetud
    """,
    Kind.TO: """
        to an à a para aan naar do till til vastaanottaja кому komu kime kimekime alıcı προς címzett
        către catre
        收件人 收件者 宛先 받는사람 받는이 수신 tới đến ngườinhận אל إلى destinatario destinataire
        destinatário
        empfänger ontvanger mottagare modtager mottaker odbiorca příjemce получатель kepada za ถึง
    """,
    Kind.SUBJECT: """
        subject betreff betrifft objet sujet asunto oggetto onderwerp assunto ämne emne aihe temat тема
        předmět
        predmet konu θέμα tárgy subiect 主题 主題 主旨 标题 件名 題名 제목 chủđề tiêuđề נושא الموضوع
        perihal subjek re
        teema tema หัวเรื่อง
    """,
    Kind.OTHER: """
        cc bcc kopie copie kopi kopia copia cópia kopio копия dw dwu reply-to replyto antwortan
        répondreà kk bilgi
        抄送 副本 参照 참조 importance wichtigkeit priority attachments anlagen organization
        organisation kopija másolat
        piècesjointes allegati adjuntos bijlagen antwoordaan bijlage категория дляcc cci importanza
        skopiuj
    """,
}

FIELDS = {word: kind for kind, text in _WORDS.items() for word in words(text)}

# Between dashes: an earlier message stands below.
SEPARATORS = phrases(
    """
    original; original message; originalmessage; original email; original e-mail; original mail
    original appointment
    reply message; replied message; reply from; quoted message; quoted text; previous message; antwort
    ursprüngliche nachricht; original-nachricht; originalnachricht; originalmeldung; urspr. nachricht
    ursprüngliche mail
    ursprüngliche e-mail; originaltext; original-e-mail; ursprünglicher termin
    message d'origine; message d’origine; message original; message initial; message d origine
    courriel original; mail original
    e-mail d'origine; rendez-vous d'origine
    mensaje original; mensaje de origen; mensaje origina; correo original; mensagem original
    e-mail original
    messaggio originale; messaggio iniziale; mail originale; messaggio inviato
    oorspronkelijk bericht; oorspronkelijke bericht; origineel bericht; oorspronkelijke e-mail
    ursprungligt meddelande; originalmeddelande; ursprungligt mail; oprindelig meddelelse
    original meddelelse
    oprindelig besked; original besked; opprinnelig melding; originalmelding; original melding
    alkuperäinen viesti; wiadomość oryginalna; oryginalna wiadomość; treść oryginalnej wiadomości
    wiadomosc oryginalna
    исходное сообщение; исходное письмо; оригинальное сообщение; первоначальное сообщение
    оригінальне повідомлення
    původní zpráva; původní e-mail; původní email; pôvodná správa; původní mail; orijinal ileti
    orijinal mesaj; özgün ileti; özgün mesaj
    eredeti üzenet; eredeti levél; mesaj original; mesajul original; mesajul inițial; αρχικό μήνυμα
    pesan asli; pesan asal
    thư gốc; tin nhắn gốc; tin nhắn ban đầu; izvorna poruka; izvirno sporočilo; originalna poruka
    оригинално съобщение; missatge original
    原始邮件; 原始郵件; 邮件原件; 原邮件; 回复的原邮件; 原始信息; 回复的邮件; 元のメッセージ
    元メッセージ; original message(원본); 원본 메시지; 원본 메일; 원본메일
    원본 이메일; 원본 내용; הודעה מקורית; رسالة أصلية; الرسالة الأصلية; ข้อความต้นฉบับ; 引用元
    オリジナルメッセージ; 返信元メッセージ; 轉寄郵件原件
    """
)

# Between dashes: what follows is shown to us. Kept.
FORWARDS = phrases(
    """
    forwarded message; forwarded by; forwarded mail; forwarded email; forward message; forwarded msg
    forwarded conversation
    weitergeleitete nachricht; weitergeleitete mail; weitergeleitete e-mail; weitergeleitet von
    message transféré; message transmis
    message réexpédié; courriel transféré; mensaje reenviado; mensaje transmitido; messaggio inoltrato
    inizio messaggio inoltrato
    mensagem encaminhada; mensagem reencaminhada; doorgestuurd bericht; doorgezonden bericht
    vidarebefordrat meddelande
    vidarebefordrat mail; videresendt meddelelse; videresendt besked; videresendt melding
    videresendt e-post
    välitetty viesti; edelleen lähetetty viesti; wiadomość przekazana; przekazana wiadomość
    treść przekazanej wiadomości
    пересылаемое сообщение; пересланное сообщение; переслане повідомлення; пересылаемое письмо
    přeposlaná zpráva; preposlaná správa
    předaná zpráva; iletilen mesaj; iletilmiş mesaj; yönlendirilmiş mesaj; továbbított üzenet
    mesaj redirecționat; mesaj transmis mai departe
    προωθημένο μήνυμα; thư được chuyển tiếp; tin nhắn đã được chuyển tiếp; pesan terusan
    proslijeđena poruka; posredovano sporočilo
    转发的邮件; 转发邮件; 已转发邮件; 已轉寄的郵件; 轉寄郵件; 转发信息; 轉寄的信件; 転送メッセージ
    転送されたメッセージ; 전달된 메시지; 전달된 메일; 전달된 이메일
    הודעה שהועברה; رسالة محولة; الرسالة المعاد توجيهها; missatge reenviat; препратено съобщение
    """
)

# Apple Mail and its like set no dashes, but a colon.
BARE_FORWARDS = phrases(
    """
    begin forwarded message:; anfang der weitergeleiteten nachricht:; début du message réexpédié:
    début du message transféré:
    inicio del mensaje reenviado:; inizio messaggio inoltrato:; início da mensagem reencaminhada:
    início da mensagem encaminhada:
    begin doorgestuurd bericht:; vidarebefordrat brev:; start på videresendt besked:
    videresendt melding:; videresendt besked:
    początek przekazywanej wiadomości:; начало переадресованного сообщения:; välitetty viesti alkaa:
    začátek přeposlané zprávy:
    iletilen ileti başlangıcı:; 以下是转发的邮件:; 下面是被转发的邮件:; 開始轉寄郵件:; 以下為轉寄信件:
    転送されたメッセージ:; 전달된 메시지 시작:
    bắt đầu thư được chuyển tiếp:; továbbított levél kezdete:; αρχή προωθημένου μηνύματος:
    початок пересланого повідомлення:
    """
)

# Help desks ask for the answer above such a line.
ABOVE_THIS_LINE = (
    "reply above this line", "reply above the line", "type your reply above", "write your reply above",
    "above this line to reply", "above this line to post", "above this line to add",
    "respond above this line",
    "please reply above", "enter your reply above", "reply directly above this line",
    "antworten sie oberhalb dieser linie", "antwort bitte oberhalb dieser zeile",
    "bitte antworten sie über dieser zeile",
    "répondre au-dessus de cette ligne", "veuillez répondre au-dessus",
    "responda por encima de esta línea",
    "escriba su respuesta por encima", "rispondi sopra questa riga", "responda acima desta linha",
    "typ uw antwoord boven deze lijn", "antwoord boven deze regel", "svara ovanför denna rad",
    "odpowiedz powyżej tej linii", "请在此行上方回复", "この行より上に返信",
)  # fmt: skip
