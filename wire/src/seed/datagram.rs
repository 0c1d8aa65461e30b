//! Seed 5: a datagram is a message, and the first one of an address is its client's code.
//!
//! Every answer is short: a reply may have no more than three times the bytes that asked for it,
//! so that nobody can use this listener to flood somebody else.

use posada_core::{Answer, Ask, Goodbye, Refusal};

use crate::{clean, names};

/// Reads a datagram, which is the code while there is none.
pub(crate) fn read(text: &str, naming: bool) -> Result<Ask, Refusal> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Refusal::Empty);
    }
    if text.eq_ignore_ascii_case("sair") {
        return Ok(Ask::Quit);
    }
    if naming {
        let name = names::name(text)?;
        return Ok(Ask::Name { name, proof: None, secret: None });
    }
    Ok(Ask::Say { room: None, text: clean(text)?.into() })
}

pub(crate) fn reply(answer: &Answer, out: &mut Vec<u8>) {
    let line = match answer {
        Answer::Named { name, .. } => {
            out.extend_from_slice(b"Cliente registrado: ");
            name
        }
        Answer::Said { .. } => "Mensagem recebida.",
        Answer::Refused(refusal) => refused(*refusal),
        _ => "Erro: tenta de novo.",
    };
    out.extend_from_slice(line.as_bytes());
}

fn refused(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::NameTaken | Refusal::BadSecret => "Erro: esse codigo ja esta em uso.",
        Refusal::NameReserved => "Erro: ninguem pode ter esse codigo.",
        Refusal::BadName => "Erro: isso nao pode ser um codigo.",
        Refusal::BadText => "Erro: isso nao e texto UTF-8.",
        Refusal::Empty => "Erro: mensagem vazia.",
        Refusal::TooLong => "Erro: mensagem longa demais.",
        Refusal::TooFast => "Erro: mensagens demais.",
        Refusal::Banned => "Erro: o operador fechou-te a porta.",
        Refusal::ReadOnly => "Erro: nao ha espaco. Tenta mais tarde.",
        _ => "Erro: tenta mais tarde.",
    }
}

pub(crate) fn goodbye(reason: Goodbye, out: &mut Vec<u8>) {
    let line = match reason {
        Goodbye::Left => "Ate logo.",
        Goodbye::Full(_) => "Erro: nao ha lugar. Tenta mais tarde.",
        Goodbye::TooLong => refused(Refusal::TooLong),
        Goodbye::TooFast => refused(Refusal::TooFast),
        Goodbye::Closing => "O servidor esta fechando.",
        Goodbye::Kicked => "Erro: o operador mandou-te embora.",
        Goodbye::Banned => refused(Refusal::Banned),
        Goodbye::Nameless | Goodbye::Replaced | Goodbye::Slow => "Erro: tenta de novo.",
    };
    out.extend_from_slice(line.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The shortest datagram has 28 bytes of headers, and so has its answer.
    #[test]
    fn no_fixed_answer_is_longer_than_an_empty_datagram_may_cause() {
        let most = 3 * 28 - 28;
        for refusal in Refusal::ALL {
            assert!(refused(refusal).len() <= most, "{refusal:?}");
        }
        for reason in [
            Goodbye::Left,
            Goodbye::Full(10),
            Goodbye::Closing,
            Goodbye::TooFast,
            Goodbye::Kicked,
            Goodbye::Banned,
        ] {
            let mut out = vec![];
            goodbye(reason, &mut out);
            assert!(out.len() <= most, "{reason:?}");
        }
    }
}
