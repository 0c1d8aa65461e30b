//! Bytes into lines, for people and for replies. A server may leave its last line unended and wait:
//! [`Lines::unended`] yields that, up to the last whole character.

/// More than any server sends in one line; beyond it, what there is counts as a line.
const LONGEST: usize = 1 << 20;

/// What has arrived and is not a whole line yet.
#[derive(Debug, Default)]
pub struct Lines(Vec<u8>);

impl Lines {
    /// Adds what arrived and takes out every whole line, without its end.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<String> {
        self.0.extend_from_slice(bytes);
        let mut lines = Vec::new();
        let mut taken = 0;
        while let Some(length) = self.0[taken..].iter().position(|byte| *byte == b'\n') {
            lines.push(text(&self.0[taken..taken + length]));
            taken += length + 1;
        }
        self.0.drain(..taken);
        if self.0.len() > LONGEST {
            lines.extend(self.unended());
        }
        lines
    }

    /// Takes out what is there without a line end; a character that is not whole stays.
    pub fn unended(&mut self) -> Option<String> {
        let whole = match std::str::from_utf8(&self.0) {
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            _ => self.0.len(),
        };
        let text = text(&self.0[..whole]);
        self.0.drain(..whole);
        (!text.is_empty()).then_some(text)
    }

    /// Takes out all that is left, at the end of the stream.
    pub fn rest(&mut self) -> Option<String> {
        let rest = text(&std::mem::take(&mut self.0));
        (!rest.is_empty()).then_some(rest)
    }

    /// Whether something waits for its end.
    pub fn is_pending(&self) -> bool {
        !self.0.is_empty()
    }
}

fn text(bytes: &[u8]) -> String {
    let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_cut_wherever_the_network_cut_them() {
        let mut lines = Lines::default();
        assert_eq!(lines.feed("uno\r\nHabitaci\u{f3}".as_bytes()), ["uno"]);
        assert_eq!(lines.feed(b"n 1\n\ntres"), ["Habitación 1", ""]);
        assert_eq!(lines.unended().as_deref(), Some("tres"));
        assert!(!lines.is_pending());
    }

    #[test]
    fn half_a_character_waits_for_its_other_half() {
        let mut lines = Lines::default();
        let bytes = "olá".as_bytes();
        assert!(lines.feed(&bytes[..3]).is_empty());
        assert_eq!(lines.unended().as_deref(), Some("ol"));
        assert_eq!(lines.unended(), None);
        assert!(lines.feed(&bytes[3..]).is_empty());
        assert_eq!(lines.unended().as_deref(), Some("á"));
    }

    #[test]
    fn what_is_no_text_is_shown_as_such() {
        let mut lines = Lines::default();
        assert_eq!(lines.feed(b"a\xffb\n"), ["a\u{fffd}b"]);
        lines.feed(b"\xc3");
        assert_eq!(lines.rest().as_deref(), Some("\u{fffd}"));
    }
}
