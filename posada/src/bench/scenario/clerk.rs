//! A conversation beside the load: what there is to reserve before it, and who has it afterwards.

use std::net::SocketAddr;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use super::super::socket::Introduction;
use super::answer::Dialect;

/// The line that ends a list at the desk, since it is the answer to what is asked behind it.
const DESK_HELP: &str = "Comandos:";

/// One resource, as the server lists it.
#[derive(Debug, Deserialize)]
pub(super) struct Listed {
    pub(super) name: String,
    pub(super) free: bool,
    pub(super) holder: Option<String>,
}

#[derive(Deserialize)]
struct Reply {
    ok: Resources,
}

#[derive(Deserialize)]
struct Resources {
    resources: Vec<Listed>,
}

/// It asks; it does not reserve.
pub(super) struct Clerk {
    address: SocketAddr,
    dialect: Dialect,
}

impl Clerk {
    pub(super) fn new(address: SocketAddr, dialect: Dialect) -> Self {
        Self { address, dialect }
    }

    /// What the server says there is; at the desk, only what is free.
    pub(super) fn list(&self) -> Result<Vec<Listed>> {
        let mut introduction = Introduction::to(self.address)?;
        if self.dialect == Dialect::Desk {
            // The first line is a heading.
            introduction.ask("LISTAR\nAYUDA")?;
            let mut listed = Vec::new();
            loop {
                let name = introduction.line()?;
                if name.starts_with(DESK_HELP) {
                    return Ok(listed);
                }
                listed.push(Listed { name, free: true, holder: None });
            }
        }
        // Holders' names are shown to who has a name, and nobody else is called so.
        introduction.insist(&format!("name bench-{}-clerk", std::process::id()))?;
        let reply = introduction.ask(r#"{"id":0,"do":"list"}"#)?;
        let reply: Reply = serde_json::from_str(&reply).with_context(|| {
            format!("the list was answered: {}", super::shown(reply.as_bytes()))
        })?;
        Ok(reply.ok.resources)
    }

    /// Gives back what a session of the run has, which proves itself with its name and secret.
    pub(super) fn give_back(&self, proof: &str, has: &[&str]) -> Result<()> {
        let mut introduction = Introduction::to(self.address)?;
        let word = if self.dialect == Dialect::Desk {
            "CANCELAR"
        } else {
            introduction.insist(&format!("name {proof}"))?;
            "cancel"
        };
        for resource in has {
            let answer = introduction.ask(&format!("{word} {resource}"))?;
            let done = answer.starts_with("OK ") || answer.starts_with("Reserva cancelada: ");
            ensure!(done, "{resource} could not be given back: {answer}");
        }
        Ok(())
    }
}
