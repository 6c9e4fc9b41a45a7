//! Normalised text: the form in which wordings are compared, and nothing cleverer.
//!
//! Case, spacing, typography and punctuation go; letters, digits and the signs that change what a
//! number means stay. There is no stemming and there are no synonyms: equal normalised texts are
//! the same words. The steps and their Unicode data (18.0) are frozen; `proto/CANONICAL.md` gives
//! them in full.

use std::borrow::Cow;

use icu_casemap::CaseMapper;
use icu_normalizer::ComposingNormalizer;
use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory, WhiteSpace};
use icu_properties::{CodePointMapData, CodePointSetData};

/// Why a text has no normalised form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// No letter, digit or kept sign is in it.
    #[error("nothing is left of the text")]
    NothingLeft,
    /// It holds a code point that no version 1 reader can interpret.
    #[error("unassigned, private-use or surrogate code point")]
    NotText,
}

/// The normalised form of a text that must say something.
///
/// # Errors
/// If nothing is left of it, or it holds code points that are not text.
pub fn normalise(text: &str) -> Result<String, TextError> {
    normalise_optional(text)?.ok_or(TextError::NothingLeft)
}

/// The normalised form of a text that may be empty; `None` if nothing is left of it.
///
/// # Errors
/// If it holds code points that are not text.
pub fn normalise_optional(text: &str) -> Result<Option<String>, TextError> {
    // On ASCII every step before the respelling is the identity, but for case.
    let folded = if text.is_ascii() {
        text.to_ascii_lowercase()
    } else {
        fold(&screen(text)?)
    };
    let kept = judge(&respell(&folded));
    Ok((!kept.is_empty()).then_some(kept))
}

/// Refuses what is not text, removes default-ignorable code points, and sets fractions and raised
/// or lowered digits apart from a digit before them, lest `2½` become `21/2`.
fn screen(text: &str) -> Result<String, TextError> {
    let ignorable = CodePointSetData::new::<DefaultIgnorableCodePoint>();
    let mut screened = String::with_capacity(text.len() + 8);
    let mut before = None;
    for c in text.chars() {
        if !c.is_ascii() {
            if is_not_text(c) {
                return Err(TextError::NotText);
            }
            if ignorable.contains(c) {
                continue;
            }
            if is_raised_or_fraction(c) && before.is_some_and(is_digit) {
                screened.push(' ');
            }
        }
        screened.push(c);
        before = Some(c);
    }
    Ok(screened)
}

/// NFKC, full case folding, NFKC.
fn fold(text: &str) -> String {
    let nfkc = ComposingNormalizer::new_nfkc();
    let composed = nfkc.normalize(text);
    let folded = CaseMapper::new().fold_string(&composed);
    nfkc.normalize(&folded).into_owned()
}

/// Writes each comparison sign, ampersand, slash, dash and modifier apostrophe in one way.
fn respell(text: &str) -> Cow<'_, str> {
    let is_plain = |b: u8| b.is_ascii() && b != b'&' && b != b'!';
    if text.bytes().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let mut respelt = String::with_capacity(text.len() + 16);
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match c {
            '≥' | '≧' | '⩾' | '≮' => respelt.push_str(">="),
            '≤' | '≦' | '⩽' | '≯' => respelt.push_str("<="),
            '≰' => respelt.push('>'),
            '≱' => respelt.push('<'),
            '≠' => respelt.push_str("<>"),
            '&' => respelt.push_str(" and "),
            '\u{2044}' => respelt.push('/'),
            '\u{2010}'..='\u{2015}' | '\u{2212}' => respelt.push('-'),
            '\u{2BC}' => respelt.push(' '),
            '!' if rest.as_str().starts_with('=') => {
                rest.next();
                respelt.push_str("<>");
            }
            c => respelt.push(c),
        }
    }
    Cow::Owned(respelt)
}

/// Keeps, drops or blanks each character by its neighbours, spaces collapsed and trimmed.
fn judge(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut is_gap = false;
    let mut keep = |part: &str, is_gap: bool| {
        if is_gap && !kept.is_empty() {
            kept.push(' ');
        }
        kept.push_str(part);
    };
    let mut before = None;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        // Letters and digits, kept whatever stands beside them, go in whole words for speed.
        let word_end = rest.bytes().position(|b| !b.is_ascii_alphanumeric());
        let word_end = word_end.unwrap_or(rest.len());
        let end = if word_end > 0 { word_end } else { c.len_utf8() };
        let (part, after) = rest.split_at(end);
        let verdict = if word_end > 0 {
            Verdict::Keep
        } else {
            verdict(before, c, after)
        };
        match verdict {
            Verdict::Keep => {
                keep(part, is_gap);
                is_gap = false;
            }
            Verdict::Drop => {}
            Verdict::Blank => is_gap = true,
        }
        before = part.chars().next_back();
        rest = after;
    }
    kept
}

enum Verdict {
    Keep,
    Drop,
    Blank,
}

/// What becomes of `c`, standing between `before` and `rest`.
fn verdict(before: Option<char>, c: char, rest: &str) -> Verdict {
    let follows_digit = || before.is_some_and(is_digit);
    let precedes_digit = || rest.chars().next().is_some_and(is_digit);
    let opens = || before.is_none_or(|before| before == '(' || is_white_space(before));
    let keeps = match c {
        '%' | '£' | '+' | '<' | '>' | '=' => true,
        '.' => precedes_digit() && (follows_digit() || opens()),
        ':' | '/' => precedes_digit() && follows_digit(),
        '-' => precedes_digit() && opens(),
        ',' if follows_digit() && starts_with_three_digits(rest) => return Verdict::Drop,
        c if c.is_ascii() => c.is_ascii_alphanumeric(),
        c => is_letter_number_or_mark(c),
    };
    if keeps { Verdict::Keep } else { Verdict::Blank }
}

/// Whether exactly three digits come first: not a fourth.
fn starts_with_three_digits(text: &str) -> bool {
    let mut is_digits = text.chars().map(is_digit);
    let mut next = || is_digits.next() == Some(true);
    next() && next() && next() && !next()
}

fn category(c: char) -> GeneralCategory {
    CodePointMapData::<GeneralCategory>::new().get(c)
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit() || (!c.is_ascii() && category(c) == GeneralCategory::DecimalNumber)
}

fn is_white_space(c: char) -> bool {
    c == ' ' || CodePointSetData::new::<WhiteSpace>().contains(c)
}

fn is_not_text(c: char) -> bool {
    use GeneralCategory::{PrivateUse, Surrogate, Unassigned};
    matches!(category(c), Unassigned | PrivateUse | Surrogate)
}

/// Categories L, N, Mn and Mc.
fn is_letter_number_or_mark(c: char) -> bool {
    use GeneralCategory as Category;
    matches!(
        category(c),
        Category::UppercaseLetter
            | Category::LowercaseLetter
            | Category::TitlecaseLetter
            | Category::ModifierLetter
            | Category::OtherLetter
            | Category::DecimalNumber
            | Category::LetterNumber
            | Category::OtherNumber
            | Category::NonspacingMark
            | Category::SpacingMark
    )
}

/// Vulgar fractions, superscript and subscript digits, by the frozen list of blocks.
fn is_raised_or_fraction(c: char) -> bool {
    matches!(
        c,
        '\u{B2}' | '\u{B3}' | '\u{B9}' | '\u{BC}'..='\u{BE}'
            | '\u{2070}'..='\u{2079}' | '\u{2080}'..='\u{2089}'
            | '\u{2150}'..='\u{215F}' | '\u{2189}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Every step, whatever the text.
    fn normalise_the_long_way(text: &str) -> Result<Option<String>, TextError> {
        let kept = judge(&respell(&fold(&screen(text)?)));
        Ok((!kept.is_empty()).then_some(kept))
    }

    #[test]
    fn each_sign_is_judged_by_its_neighbours() {
        for (text, expected) in [
            ("A.B 1.5 .5 a.5 5. (.5)", "a b 1.5 .5 a 5 5 .5"),
            ("-5 (-5) a-5 5-5 --5 - 5", "-5 -5 a 5 5 5 5 5"),
            ("1:5 a:5 24/7 and/or", "1:5 a 5 24/7 and or"),
            ("1,000 1,0000 1,00 ,000 a,000", "1000 1 0000 1 00 000 a 000"),
            ("1,234,567.8", "1234567.8"),
            ("a&-5", "a and -5"),
            ("&5.&.5", "and 5 and .5"),
            ("a!=b !== ! =", "a<>b <>= ="),
            ("x\t-5\u{1}-5", "x -5 5"),
            ("2\u{AD}½ x½", "2 1/2 x1/2"),
            ("1²³ m²", "1 23 m2"),
            ("٣,٤٥٦ ٣½", "٣٤٥٦ ٣ 1/2"),
            ("_a_b_", "a b"),
            ("<\u{338}", ">="),
            ("=\u{338} 5", "<> 5"),
            ("Σίσυφος", "σίσυφοσ"),
            ("\u{2028}-5", "-5"),
        ] {
            assert_eq!(normalise(text).as_deref(), Ok(expected), "{text:?}");
        }
    }

    #[test]
    fn what_is_not_text_is_refused_and_nothing_left_is_told_apart() {
        for bad in ["\u{E000}", "a\u{378}", "\u{FFFF}", "\u{10FFFD}", "\u{2065}"] {
            assert_eq!(normalise(bad), Err(TextError::NotText), "{bad:?}");
            assert_eq!(normalise_optional(bad), Err(TextError::NotText));
        }
        for blank in ["", " ", "\u{AD}", "—", "?!", "\u{20DD}", "()"] {
            assert_eq!(normalise(blank), Err(TextError::NothingLeft), "{blank:?}");
            assert_eq!(normalise_optional(blank), Ok(None));
        }
    }

    /// Version 1 is frozen with its Unicode data: this holds a hash of what becomes of every code
    /// point, alone and after a digit. If it fails, the data moved, and ids with it.
    #[test]
    fn no_code_point_ever_changes_its_normalised_form() {
        const FORMS: &str = "0d1336e341062e8dacc9a1aa6f610ea21e32f7fcb650e1408f40ef31e3be8ee4";
        let mut hasher = blake3::Hasher::new();
        let mut refused = 0_u32;
        for c in (0..=0x0010_FFFF).filter_map(char::from_u32) {
            if !c.is_ascii() && is_not_text(c) {
                refused += 1;
                continue;
            }
            let form = normalise(&format!("1{c}1 {c}1")).unwrap();
            hasher.update(format!("{:X} {form}\n", u32::from(c)).as_bytes());
        }
        assert_eq!(refused, 939_191);
        assert_eq!(hasher.finalize().to_hex().as_str(), FORMS);
    }

    proptest! {
        #[test]
        fn the_short_way_is_the_long_way_on_ascii(text in "[\\x00-\\x7F]{0,40}") {
            prop_assert_eq!(normalise_optional(&text), normalise_the_long_way(&text));
        }

        #[test]
        fn the_short_way_is_the_long_way_on_signs(text in "[-0-9a-cA-C.,:/(!=&<>% \t]{0,24}") {
            prop_assert_eq!(normalise_optional(&text), normalise_the_long_way(&text));
        }

        #[test]
        fn any_text_is_normalised_or_refused(text in any::<String>()) {
            if let Ok(Some(kept)) = normalise_optional(&text) {
                prop_assert_eq!(kept.trim(), kept.as_str());
                prop_assert!(!kept.contains("  "));
                prop_assert!(!kept.contains(['"', '\\', '&', '(']));
            }
        }
    }
}
