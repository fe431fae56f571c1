//! Letters without case, accents and compatibility forms.

use unicode_normalization::UnicodeNormalization;

use crate::domain::filter;

/// The form in which texts are compared: `Ärger` and `ARGER` alike, `ﬁ` as `fi`, full width as usual width. Marks that
/// make another letter (Thai and Indic vowels, the voicing of kana) stay.
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let bare: String = text.nfkd().filter(|c| !is_accent(*c)).flat_map(plain).collect();
    filter::fold(&bare).nfkd().filter(|c| !is_accent(*c)).flat_map(plain).nfc().collect()
}

/// Marks that only color a letter, and characters that only guide how text is shown.
fn is_accent(c: char) -> bool {
    matches!(c,
        '\u{0300}'..='\u{036F}' // Latin, Greek, Cyrillic
        | '\u{0483}'..='\u{0489}' // old Cyrillic
        | '\u{0591}'..='\u{05BD}' | '\u{05BF}' | '\u{05C1}'..='\u{05C2}' | '\u{05C4}'..='\u{05C5}' | '\u{05C7}' // Hebrew points
        | '\u{0610}'..='\u{061A}' | '\u{064B}'..='\u{065F}' | '\u{0670}' | '\u{06D6}'..='\u{06DC}'
        | '\u{06DF}'..='\u{06E4}' | '\u{06E7}'..='\u{06E8}' | '\u{06EA}'..='\u{06ED}' // Arabic vowels
        | '\u{0640}' // the stroke that stretches an Arabic word
        | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}' | '\u{20D0}'..='\u{20FF}' | '\u{FE20}'..='\u{FE2F}'
        | '\u{00AD}' | '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' // not seen
    )
}

/// Latin letters whose stroke or ligature is no mark of its own in Unicode.
fn plain(c: char) -> impl Iterator<Item = char> {
    let text = match c {
        'ø' | 'Ø' => "o",
        'ł' | 'Ł' => "l",
        'đ' | 'Đ' | 'ð' | 'Ð' => "d",
        'ħ' | 'Ħ' => "h",
        'ŧ' | 'Ŧ' => "t",
        'æ' | 'Æ' => "ae",
        'œ' | 'Œ' => "oe",
        'þ' | 'Þ' => "th",
        _ => "",
    };
    let other = text.is_empty().then_some(c);
    text.chars().chain(other)
}
