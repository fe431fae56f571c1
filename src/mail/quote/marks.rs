//! The lines by which clients say that a quote, a signature or a footer begins.

/// Words of the line that introduces a quote: that somebody wrote.
const WROTE: [&str; 24] = [
    "wrote",
    "schrieb",
    "a écrit",
    "escribió",
    "escribio",
    "ha scritto",
    "schreef",
    "skrev",
    "napisał",
    "napsal",
    "escreveu",
    "написал",
    "пишет",
    "написав",
    "kirjoitti",
    "írta",
    "yazdı",
    "γραψε",
    "έγραψε",
    "a scris",
    "写道",
    "寫道",
    "のメール",
    "작성",
];

/// How an introduction of several lines begins.
const OPENINGS: [&str; 14] =
    ["on ", "am ", "le ", "el ", "il ", "op ", "den ", "em ", "w dniu ", "dne ", "a ", "в ", "kl. ", "tir"];

/// What clients write between dashes above a mail that they quote without marks.
const SEPARATORS: [&str; 20] = [
    "original message",
    "original appointment",
    "ursprüngliche nachricht",
    "originalnachricht",
    "originalbericht",
    "oorspronkelijk bericht",
    "message d'origine",
    "message d’origine",
    "message original",
    "mensaje original",
    "mensagem original",
    "messaggio originale",
    "ursprungligt meddelande",
    "oprindelig meddelelse",
    "opprinnelig melding",
    "alkuperäinen viesti",
    "oryginalna wiadomość",
    "původní zpráva",
    "исходное сообщение",
    "原始邮件",
];

/// Names of the fields that clients repeat above a quoted mail, by what they mean.
const FROM: [&str; 12] = ["from", "von", "de", "da", "van", "från", "fra", "od", "от", "发件人", "寄件者", "差出人"];
const SENT: [&str; 22] = [
    "sent",
    "date",
    "gesendet",
    "datum",
    "envoyé",
    "enviado",
    "enviado el",
    "fecha",
    "data",
    "inviato",
    "verzonden",
    "skickat",
    "sendt",
    "wysłano",
    "odesláno",
    "отправлено",
    "дата",
    "发送时间",
    "日期",
    "送信日時",
    "päiväys",
    "lähetetty",
];
const TO: [&str; 14] =
    ["to", "an", "à", "a", "para", "aan", "till", "til", "do", "komu", "кому", "收件人", "宛先", "vastaanottaja"];
const SUBJECT: [&str; 14] = [
    "subject",
    "betreff",
    "objet",
    "asunto",
    "oggetto",
    "onderwerp",
    "ämne",
    "emne",
    "assunto",
    "temat",
    "předmět",
    "тема",
    "主题",
    "件名",
];

/// Footers that phones and web clients add, in lower case.
const FOOTERS: [&str; 18] = [
    "sent from my ",
    "sent from mail for windows",
    "sent from outlook",
    "sent via ",
    "get outlook for ",
    "von meinem ",
    "gesendet mit ",
    "gesendet von ",
    "diese nachricht wurde von meinem ",
    "envoyé de mon ",
    "envoyé depuis ",
    "obtenir outlook pour ",
    "enviado desde mi ",
    "enviado do meu ",
    "inviato da ",
    "verstuurd vanaf mijn ",
    "skickat från min ",
    "wysłane z ",
];

/// Characters of the line, or lines, that introduce a quote.
const LONGEST_INTRODUCTION: usize = 300;

/// How many lines introduce a quote here: `On Monday, 3 August, Eva Berg <eva@x.example> wrote:` and the like.
pub(super) fn attribution(lines: &[&str]) -> Option<usize> {
    let first = lines.first()?;
    if first.is_empty() || first.starts_with('>') {
        return None;
    }
    let mut joined = String::new();
    for (index, line) in lines.iter().take(3).enumerate() {
        if line.is_empty() || line.starts_with('>') {
            return None;
        }
        joined.push_str(line);
        joined.push(' ');
        if introduces(joined.trim_end()) {
            // A line of text that happens to stand above the introduction is not part of it.
            return (index == 0 || opens(first)).then_some(index + 1);
        }
    }
    None
}

/// Begins as an introduction of several lines does.
fn opens(line: &str) -> bool {
    let lower = line.trim_start_matches(['*', '_']).to_lowercase();
    OPENINGS.iter().any(|opening| lower.starts_with(opening))
}

/// Ends with a colon, says that somebody wrote, and has a date or an address in it.
fn introduces(line: &str) -> bool {
    let line = line.trim_matches(['*', '_', ' ']);
    let ends = line.ends_with(':') || line.ends_with('：');
    if !ends || line.chars().count() > LONGEST_INTRODUCTION {
        return false;
    }
    let told = line.contains('@') || line.bytes().filter(u8::is_ascii_digit).count() >= 3;
    let lower = line.to_lowercase();
    told && WROTE.iter().any(|word| lower.contains(word))
}

/// `-----Original Message-----` in many languages.
pub(super) fn is_separator(line: &str) -> bool {
    let inner = line.trim_matches(['-', '_', ' ', '*']);
    let dashes = line.chars().filter(|c| matches!(c, '-' | '_')).count();
    dashes >= 4 && inner.len() < 60 && SEPARATORS.contains(&inner.to_lowercase().as_str())
}

/// A block of fields as clients write it above the mail they quote: who, and at least two of when, to whom, about what.
pub(super) fn header_block(lines: &[&str]) -> bool {
    let is_rule = |line: &&str| line.len() >= 10 && line.chars().all(|c| c == '_' || c == '-');
    let lines = match lines.first() {
        Some(first) if is_rule(first) => &lines[1..],
        _ => lines,
    };
    if !lines.first().is_some_and(|line| is_field(line, &FROM)) {
        return false;
    }
    let block: Vec<&&str> = lines.iter().take(8).take_while(|line| !line.is_empty()).collect();
    let has = |names: &[&str]| block.iter().skip(1).any(|line| is_field(line, names));
    [has(&SENT), has(&TO), has(&SUBJECT)].into_iter().filter(|found| *found).count() >= 2
}

fn is_field(line: &str, names: &[&str]) -> bool {
    let line = line.trim_start_matches('*');
    let Some((name, value)) = line.split_once([':', '：']) else { return false };
    let name = name.trim_matches(['*', ' ', '\u{a0}']).to_lowercase();
    names.contains(&name.as_str()) && !value.trim_matches(['*', ' ']).is_empty()
}

/// The delimiter of a signature (RFC 3676 section 4.3), also without its space, and as some clients write it.
pub(super) fn is_signature_rule(line: &str) -> bool {
    matches!(line, "--" | "—" | "–")
}

/// The line above a list's footer.
pub(super) fn is_list_rule(lines: &[&str]) -> bool {
    let Some(rule) = lines.first().filter(|line| line.len() >= 20 && line.bytes().all(|b| b == b'_' || b == b'-'))
    else {
        return false;
    };
    let names_list = |line: &&str| {
        let lower = line.to_lowercase();
        lower.contains("mailing list") || lower.contains("unsubscribe") || lower.contains("listinfo")
    };
    !rule.is_empty() && lines.iter().skip(1).take(4).any(names_list)
}

/// `Sent from my phone` in many languages.
pub(super) fn is_phone_footer(line: &str) -> bool {
    let lower = line.to_lowercase();
    line.chars().count() <= 80 && FOOTERS.iter().any(|footer| lower.starts_with(footer))
}
