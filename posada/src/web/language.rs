//! Which of our languages a browser would rather read.

use posada_wire::Language;

/// The language that `Accept-Language` (RFC 9110, 12.5.4) likes best; English if it names none of
/// ours.
pub(super) fn preferred(accepted: &str) -> Language {
    let mut best = (0, Language::En);
    for range in accepted.split(',') {
        let mut parts = range.split(';').map(str::trim);
        let tag = parts.next().unwrap_or_default();
        let primary = tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
        let known = Language::ALL.iter().find(|(name, _)| *name == primary);
        let weight =
            parts.find_map(|part| part.strip_prefix("q=")).map_or(Some(1_000), thousandths);
        // Of two that are liked alike, the one named first.
        if let (Some((_, language)), Some(weight)) = (known, weight)
            && weight > best.0
        {
            best = (weight, *language);
        }
    }
    best.1
}

/// The name of a language, as HTML and HTTP write it.
pub(super) fn tag(language: Language) -> &'static str {
    let named = Language::ALL.iter().find(|(_, known)| *known == language);
    named.map_or("en", |(name, _)| *name)
}

/// A weight from 0 to 1 with up to three decimals.
fn thousandths(weight: &str) -> Option<u32> {
    let (whole, decimals) = weight.split_once('.').unwrap_or((weight, ""));
    if !matches!(whole, "0" | "1") || decimals.len() > 3 {
        return None;
    }
    let decimals: u32 = format!("{decimals:0<3}").parse().ok()?;
    Some((whole.parse::<u32>().ok()? * 1_000 + decimals).min(1_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_liked_of_ours_is_chosen() {
        for (accepted, expected) in [
            ("", Language::En),
            ("*", Language::En),
            ("fr, de;q=0.9", Language::En),
            ("es", Language::Es),
            ("ES-ar,en;q=0.8", Language::Es),
            ("fr;q=0.9, pt-BR;q=0.7, en;q=0.3", Language::Pt),
            ("en;q=0.5, es;q=0.501", Language::Es),
            ("es;q=0, pt;q=0.001", Language::Pt),
            ("es;q=0", Language::En),
            ("es;q=2, es;q=x, es;q=0.1234, pt;q=0.1", Language::Pt),
            ("pt, es", Language::Pt),
        ] {
            assert_eq!(preferred(accepted), expected, "{accepted:?}");
        }
    }
}
