//! Seeds 1 and 3: every line is a note to the operator. There is nothing to ask and no name to
//! give; `salir` leaves.

use posada_core::{Answer, Ask, Goodbye, Refusal};

use super::talk::refused;
use crate::clean;

/// Reads a line that is not empty.
pub(crate) fn read(line: &str) -> Result<Ask, Refusal> {
    if line.trim().eq_ignore_ascii_case("salir") {
        return Ok(Ask::Quit);
    }
    Ok(Ask::Note(clean(line)?.into()))
}

pub(crate) fn reply(answer: &Answer, out: &mut Vec<u8>) {
    let line = match answer {
        Answer::Done { .. } => "Recibido",
        Answer::Refused(refusal) => refused(*refusal),
        _ => return,
    };
    out.extend_from_slice(line.as_bytes());
}

pub(crate) fn goodbye(reason: Goodbye, out: &mut Vec<u8>) {
    super::goodbye(reason, out);
}
