//! What clients read on every call, in both revisions.

use super::changes::FileChanges;
use super::inspect::Inspection;
use crate::agent::{Load, PartName};
use crate::base::{Client, Family, RepoPath, Usd};
use crate::cost::always_loaded::{AlwaysLoaded, always_loaded};
use crate::cost::prices::Billing;
use crate::report::{ClientLoad, LoadPiece, PricePair};
use std::collections::{BTreeMap, BTreeSet};

/// One pair for each client: head, and base where there is one.
pub(super) struct Loaded(Vec<(AlwaysLoaded, Option<AlwaysLoaded>)>);

impl Loaded {
    pub(super) fn new(clients: &[Client], head: &Inspection, base: Option<&Inspection>) -> Self {
        let root = RepoPath::root();
        let of = |client: Client, side: &Inspection| always_loaded(client, &root, &side.repo, side);
        Self(clients.iter().map(|client| (of(*client, head), base.map(|base| of(*client, base)))).collect())
    }

    /// Every piece, of both revisions.
    pub(super) fn loads(&self) -> Vec<Load> {
        let sides = self.0.iter().flat_map(|(now, before)| std::iter::once(now).chain(before));
        sides.flat_map(|side| &side.pieces).map(|piece| piece.load.clone()).collect()
    }

    /// The tokenizer families of the clients' models, exact ones first.
    pub(super) fn families(&self) -> Vec<Family> {
        let mut found: BTreeSet<Family> = self.0.iter().map(|(now, _)| now.count().family).collect();
        if found.is_empty() {
            found.insert(Family::O200k);
        }
        found.into_iter().collect()
    }

    /// For the report. A client that reads nothing at the root has no place in a table of what is read.
    pub(super) fn reports(
        &self,
        changes: &FileChanges,
        price: &dyn Fn(&str, u64, Billing) -> Option<Usd>,
    ) -> Vec<ClientLoad> {
        let reads = |side: &AlwaysLoaded| side.count().tokens > 0;
        self.0
            .iter()
            .filter(|(now, before)| reads(now) || before.as_ref().is_some_and(reads))
            .map(|(now, before)| client_load(now, before.as_ref(), changes, price))
            .collect()
    }
}

fn client_load(
    now: &AlwaysLoaded,
    before: Option<&AlwaysLoaded>,
    changes: &FileChanges,
    price: &dyn Fn(&str, u64, Billing) -> Option<Usd>,
) -> ClientLoad {
    let family = now.count().family;
    let price = |billing| {
        let one = |model: &str, tokens| price(model, tokens, billing);
        let head = now.per_1000_calls(one)?;
        let base = before.map(|before| before.per_1000_calls(one));
        Some(PricePair { head, base: base.flatten() })
    };
    let mut earlier: BTreeMap<(RepoPath, PartName), u64> = before
        .iter()
        .flat_map(|before| &before.pieces)
        .map(|piece| {
            let path = changes.renames.get(&piece.load.path).unwrap_or(&piece.load.path);
            ((path.clone(), piece.load.part), piece.weight.count(family).tokens)
        })
        .collect();
    let mut pieces: Vec<LoadPiece> = now
        .pieces
        .iter()
        .filter(|piece| piece.meant)
        .map(|piece| LoadPiece {
            path: piece.load.path.clone(),
            part: piece.load.part.name().to_owned(),
            effect: piece.load.effect.words(),
            head_tokens: piece.weight.count(family).tokens,
            base_tokens: before
                .map(|_| earlier.remove(&(piece.load.path.clone(), piece.load.part)).unwrap_or(0)),
        })
        .collect();
    // What is no longer read at all explains a saving.
    pieces.extend(earlier.into_iter().filter(|(_, tokens)| *tokens > 0).map(|((path, part), tokens)| {
        LoadPiece {
            path,
            part: part.name().to_owned(),
            effect: "no longer read".to_owned(),
            head_tokens: 0,
            base_tokens: Some(tokens),
        }
    }));
    ClientLoad {
        client: now.client,
        head: now.count(),
        base: before.map(|before| before.weight().count(family)),
        model: now.model.model.clone(),
        model_reason: now.model.reason.clone(),
        fresh_per_1000: price(Billing::Fresh),
        cached_per_1000: price(Billing::CacheRead),
        pieces,
    }
}
