//! A document in which a part between two markers is written anew, and the rest stays.

use std::path::Path;

use anyhow::{Context, Result};

/// Puts a text between the markers of a part; where there are none, at the end.
pub(crate) fn put(path: &Path, part: &str, text: &str) -> Result<()> {
    let document = match std::fs::read_to_string(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        read => read.with_context(|| format!("cannot read {}", path.display()))?,
    };
    let written = replaced(&document, part, text);
    std::fs::write(path, written).with_context(|| format!("cannot write {}", path.display()))
}

fn replaced(document: &str, part: &str, text: &str) -> String {
    let (begin, end) = (format!("<!-- {part}: begin -->\n"), format!("<!-- {part}: end -->\n"));
    let text = format!("{begin}\n{}\n\n{end}", text.trim());
    let from = document.find(&begin);
    let until = document.find(&end).map(|at| at + end.len());
    match from.zip(until).filter(|(from, until)| from < until) {
        Some((from, until)) => [&document[..from], &text, &document[until..]].concat(),
        None if document.is_empty() => text,
        None => format!("{}\n\n{text}", document.trim_end()),
    }
}

#[cfg(test)]
mod tests {
    use super::replaced;

    #[test]
    fn what_stands_around_the_markers_stays() {
        let before = "# A\n\n<!-- x: begin -->\nold\n<!-- x: end -->\n\nB\n";
        let after = "# A\n\n<!-- x: begin -->\n\nnew\n\n<!-- x: end -->\n\nB\n";
        assert_eq!(replaced(before, "x", "new\n"), after);
        assert_eq!(replaced(after, "x", "new"), after);
    }

    #[test]
    fn without_markers_it_stands_at_the_end() {
        let expected = "<!-- x: begin -->\n\nnew\n\n<!-- x: end -->\n";
        assert_eq!(replaced("", "x", "new"), expected);
        assert_eq!(replaced("# A\n", "x", "new"), format!("# A\n\n{expected}"));
    }
}
