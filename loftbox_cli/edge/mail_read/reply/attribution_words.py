"""The words in which mail programs say who wrote what follows, in the languages of their users.

All are in lower case, as `mark.of` gives them.
"""
# ruff: noqa: RUF001 - letters of other scripts are meant

from loftbox_cli.edge.mail_read.reply.word_list import words

# The word that opens the line.
OPENERS = words(
    """
    on at am um le el il al em no às a op om w den på dne v vào lúc na pada στις στις: în in la
    în: в 于 於 在 del ngày dnia dana ב בתאריך في на på: klo el: il: am: on: data dia wiadomość
    missatge quoting
    """
)

# Days of the week, short and long, without the full stop.
WEEKDAYS = words(
    """
    mon tue tues wed thu thur thurs fri sat sun monday tuesday wednesday thursday friday
    saturday sunday mo di mi do fr sa so montag dienstag mittwoch donnerstag freitag samstag
    sonnabend sonntag lun mar mer jeu ven sam dim lundi mardi mercredi jeudi vendredi samedi
    dimanche lunes martes miércoles jueves viernes sábado domingo mié jue vie sáb dom lunedì
    martedì mercoledì giovedì venerdì sabato domenica gio sab seg ter qua qui sex segunda terça
    quarta quinta sexta segunda-feira terça-feira quarta-feira quinta-feira sexta-feira ma woe
    wo za zo vr maandag dinsdag woensdag donderdag vrijdag zaterdag zondag pon wt śr czw pt sob
    niedz nd poniedziałek wtorek środa czwartek piątek sobota niedziela mån tis ons tors fre lör
    sön måndag tisdag onsdag torsdag fredag lördag söndag man tir tor lør søn mandag tirsdag
    lørdag søndag ti ke to pe la su maanantai tiistai keskiviikko torstai perjantai lauantai
    sunnuntai maanantaina tiistaina keskiviikkona torstaina perjantaina lauantaina sunnuntaina
    пн вт ср чт пт сб вс нд понедельник вторник среда четверг пятница суббота воскресенье
    понеділок вівторок середа четвер п'ятниця субота неділя po út st čt pá ne pondělí úterý
    středa čtvrtek pátek neděle ut št pi so pzt sal çar per cum cmt paz pazartesi salı çarşamba
    perşembe cuma cumartesi pazar th thứ cn δευ τρί τετ πέμ παρ σάβ κυρ joi vin mie luni
    miercuri vineri sâmbătă duminică uto sri čet pet ned sre tor
    """
)

# The verb, anywhere in the line: German and Dutch programs put the name after it.
VERBS = (
    "wrote", "writes", "said the following", "schrieb", "schrieben", "geschrieben", "hat geschrieben",
    "a écrit", "écrit", "écrivait",
    "a ecrit", "escribió", "escribio", "escribi", "ha escrito", "ha scritto", "scrive", "scritto",
    "escreveu",
    "schreef", "geschreven", "napisał", "napisała", "napisał(a)", "napisal", "napisana przez", "pisze",
    "skrev",
    "skrevet", "skriver", "kirjoitti", "kirjoitti:", "написал", "написала", "написал(а)", "написал(a)",
    "пишет",
    "писал", "писали", "писал(а)", "пише", "написав", "написав(ла)", "написала", "написа", "napsal",
    "napsala",
    "napsal(a)",
    "napísal", "napísal(a)", "yazdı", "şunu yazdı", "şunları yazdı", "viết", "έγραψε", "írta",
    "a scris", "menulis",
    "napisao", "napisala", "napisao je", "va escriure", "ha escrit", "kirjutas", "rašė", "rakstīja",
    "skrifaði",
)  # fmt: skip

# The same in writing that sets no space between words.
JOINED_VERBS = (
    "写道", "寫道", "写了", "写到", "のメール", "さんは書きました", "が書きました", "書きました",
    "작성", "쓴 글",
    "님이 씀", "כתב", "כתבה", "كتب", "تمت كتابة", "เขียน", "来信", "發表",
)  # fmt: skip

# Horde sets no verb and no date.
QUOTING = (
    "quoting ",
    "zitat von ",
    "citando ",
    "citát ",
    "citat ",
    "cytowanie ",
    "quotando ",
    "en réponse à ",
)

# Where these stand before the verb a person tells a story: "On 3 May 2025 he wrote:".
PRONOUNS = words(
    """
    i you he she it we they who someone somebody as ich du er sie wir ihr es je tu il elle nous
    vous ils yo él ella usted io lui lei ik hij zij wij u jag han hon hän ja on ona я он она вы
    мы
    """
)
