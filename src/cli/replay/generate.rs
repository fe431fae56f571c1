//! The project's own questions: as many as wanted, always the same ones, in several languages and shapes.
//!
//! They stand in for a data set in tests and on machines that have none. Each is put together from a sentence, a thing
//! and a detail; the number of the question decides which, so that question 17 is the same in every run.

use super::questions::Question;

/// Sentences and things of one language. `{thing}` and `{detail}` are filled in.
struct Language {
    sentences: &'static [&'static str],
    things: &'static [&'static str],
    details: &'static [&'static str],
}

const LANGUAGES: [Language; 8] = [
    Language {
        sentences: &[
            "My {thing} has not arrived yet. {detail}",
            "How do I return a {thing}? {detail}",
            "I was charged twice for the {thing}. {detail}",
            "The {thing} stopped working this morning! {detail}",
            "Can somebody change the address for my {thing}? {detail}",
        ],
        things: &["lamp", "invoice", "bicycle", "gift card", "subscription", "coffee machine"],
        details: &[
            "It was order 4471.",
            "Please write back soon.",
            "I have asked twice already…",
            "Thanks, you are great 🙂",
        ],
    },
    Language {
        sentences: &[
            "Wo bleibt meine Bestellung ({thing})? {detail}",
            "Wie kann ich den Vertrag für „{thing}“ kündigen? {detail}",
            "Die Rechnung über {thing} ist falsch. {detail}",
        ],
        things: &["Bücherregal", "Kühlschrank", "Monatskarte", "Türschloss"],
        details: &["Mit freundlichen Grüßen, Jürgen Groß", "Es eilt sehr.", "Größe XL, nicht M!"],
    },
    Language {
        sentences: &["¿Cuándo llega {thing}? {detail}", "No puedo pagar {thing} con mi tarjeta. {detail}"],
        things: &["el sofá", "la lámpara", "mi año de suscripción"],
        details: &["¡Gracias!", "Vivo en A Coruña.", "El número es 88-12."],
    },
    Language {
        sentences: &["Où est {thing} ? {detail}", "J’ai reçu {thing} en double. {detail}"],
        things: &["mon colis", "la théière", "le reçu d’août"],
        details: &["Merci d’avance.", "C’est très gênant.", "Noël approche…"],
    },
    Language {
        sentences: &["Quero cancelar {thing}. {detail}", "Por que cobraram {thing} outra vez? {detail}"],
        things: &["a assinatura", "o pedido de pão", "a instalação"],
        details: &["Obrigada!", "Moro em São Paulo.", "Não recebi resposta."],
    },
    Language {
        sentences: &["{thing}はいつ届きますか。{detail}", "{thing}を返品したいです。{detail}"],
        things: &["注文した時計", "カメラ", "請求書"],
        details: &["よろしくお願いします。", "急いでいます！", "番号は一二三です。"],
    },
    Language {
        sentences: &["أين {thing}؟ {detail}", "أريد استرجاع ثمن {thing}. {detail}"],
        things: &["الطلب", "الكتاب", "الهاتف"],
        details: &["شكرًا لكم.", "لم أتلق جوابًا.", "رقم الطلب 4471"],
    },
    Language {
        sentences: &["Где {thing}? {detail}", "Почему {thing} стоит дороже? {detail}"],
        things: &["мой заказ", "вторая посылка", "подписка"],
        details: &["Спасибо.", "Жду ответа.", "Заказ № 4471."],
    },
];

/// What a long message adds, so that some are far from one line.
const STORY: &str = "I will tell it from the beginning. First I looked through the help pages, then I waited, and then \
                     I called, but the line was busy all afternoon. ";

/// The first `count` questions.
pub fn questions(count: usize) -> Vec<Question> {
    (0..count).map(question).collect()
}

/// Question number `number`: it decides language, sentence, thing and detail, so that neighbors differ in all of them.
fn question(number: usize) -> Question {
    let language = &LANGUAGES[number % LANGUAGES.len()];
    let turn = number / LANGUAGES.len();
    let of = |choices: &[&'static str], at: usize| choices[at % choices.len()];
    let sentence = of(language.sentences, turn);
    let thing = of(language.things, turn / language.sentences.len());
    let detail = of(language.details, turn + turn / language.sentences.len());
    let plain = sentence.replace("{thing}", thing).replace("{detail}", detail);
    Question { text: shaped(&plain, number), topic: thing.to_owned() }
}

/// Most are one line; every few are what else people write: shouting, lines, quotes, markup, a long story.
fn shaped(plain: &str, number: usize) -> String {
    let text = match number % 23 {
        3 => plain.to_uppercase(),
        7 => format!("Hello,\n\n{plain}\n\n-- \nsent from my telephone"),
        11 => format!("{plain}\n> as you wrote:\n> \"we will look into it\" & more"),
        13 => format!("{plain} <b>really</b> 5 < 6, \"quoted\"; Robert'); --"),
        17 => format!("{}{plain}", STORY.repeat(12)),
        _ => plain.to_owned(),
    };
    format!("{text} [{number}]")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_same_questions_come_every_time_and_each_is_another() {
        let all = questions(5_000);
        assert_eq!(all[..100], questions(100)[..]);
        assert_eq!(all.iter().map(|it| &it.text).collect::<BTreeSet<_>>().len(), all.len());
        assert!(all.iter().all(|it| !it.text.contains("{thing}") && !it.topic.is_empty()));
    }

    #[test]
    fn they_are_varied() {
        let all = questions(500);
        let has = |what: fn(&Question) -> bool| all.iter().any(what);
        assert!(has(|it| it.text.contains('🙂')) && has(|it| it.text.contains("返品")));
        assert!(has(|it| it.text.contains('\n')) && has(|it| it.text.len() > 1_000) && has(|it| it.text.len() < 60));
        assert!(has(|it| it.text.contains("<b>")));
    }
}
