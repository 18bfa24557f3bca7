//! `weighbridge lsp`: moves bytes between an editor and a session of the language server.

use super::args::LspArgs;
use super::error::CliError;
use super::exit::Exit;
use super::printer::Printer;
use super::settings::{clients_from_env, default_cache};
use crate::base::{Client, Tree};
use crate::context::{PipelineContext, local};
use crate::host::Host;
use crate::lsp::wire::{Decoder, frame};
use crate::lsp::{Session, World};
use crate::stage::cache::{self, Cache};
use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};

/// Messages that wait to be read; an editor that says more than this at once waits.
const WAITING: usize = 256;
/// Bytes that are read at once.
const CHUNK: usize = 64 * 1024;

/// What was read, or why not.
type Body = Result<Vec<u8>, String>;

/// Runs.
pub(super) fn run(args: &LspArgs, host: &dyn Host, printer: &Printer) -> Result<Exit, CliError> {
    let clients = if args.clients.is_empty() { clients_from_env(host)? } else { args.clients.clone() };
    let world = Real { host, clients };
    let mut session = Session::new(&world);
    let bodies = bodies();
    while let Ok(first) = bodies.recv() {
        // All that has come meanwhile is judged together.
        let batch = std::iter::once(first).chain(bodies.try_iter().take(WAITING));
        let reply = session.handle(batch);
        for message in &reply.messages {
            printer.data(&frame(message))?;
        }
        match reply.exit {
            Some(true) => return Ok(Exit::Pass),
            Some(false) => return Ok(Exit::Block),
            None => {}
        }
    }
    // The editor is gone without a word. The protocol wants 1 where nobody has asked for the end.
    Ok(Exit::Block)
}

/// The bodies of what comes in, read by a thread of their own until the input ends.
fn bodies() -> Receiver<Body> {
    let (send, receive) = sync_channel(WAITING);
    std::thread::spawn(move || {
        let mut input = std::io::stdin().lock();
        let mut decoder = Decoder::default();
        let mut chunk = vec![0; CHUNK];
        loop {
            let count = match input.read(&mut chunk) {
                Ok(0) => return,
                Ok(count) => count,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(_) => return,
            };
            for body in decoder.push(chunk.get(..count).unwrap_or_default()) {
                if send.send(body).is_err() {
                    return;
                }
            }
        }
    });
    receive
}

/// The world of a session.
struct Real<'h> {
    host: &'h dyn Host,
    clients: Vec<Client>,
}

impl World for Real<'_> {
    fn open(&self, root: &Path) -> Result<Arc<dyn Tree>, String> {
        self.host.open_dir(root).map_err(|error| error.to_string())
    }

    fn is_there(&self, path: &Path) -> bool {
        self.host.real_path(path).is_ok()
    }

    fn kept(&self, root: &Path) -> Cache {
        let file =
            default_cache(self.host).map(|folder| super::cmd_run::cache_file(&folder, root, self.host));
        let bytes = file.and_then(|file| self.host.read_file(&file, cache::MAX_BYTES).ok());
        bytes.map_or_else(Cache::default, |bytes| Cache::load(&bytes))
    }

    fn now(&self) -> jiff::Timestamp {
        self.host.now()
    }

    fn context(&self) -> PipelineContext {
        local::detect(self.host)
    }

    fn clients(&self) -> &[Client] {
        &self.clients
    }
}
