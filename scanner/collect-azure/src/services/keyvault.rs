//! Key vaults, and what the control plane says of their keys and secrets: attributes, never a
//! value. No right to the vault's data is needed.

use super::child::{Child, Form};
use super::monitor::DIAGNOSTIC_SETTINGS;
use super::population::{Population, nested, population};
use crate::{Cx, Operation, RESOURCE_GRAPH, Scope, Service};

const VAULT: &str = "Microsoft.KeyVault/vaults";
const KEY: &str = "Microsoft.KeyVault/vaults/keys";
const SECRET: &str = "Microsoft.KeyVault/vaults/secrets";
const VERSION: &str = "2023-07-01";

static VAULTS: Operation = Operation::arm(
    "Microsoft.KeyVault:vaults/read",
    "/subscriptions/{subscription}/providers/Microsoft.KeyVault/vaults",
    VERSION,
);
static ONE_VAULT: Operation = Operation::arm(
    "Microsoft.KeyVault:vaults/read",
    "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.KeyVault/vaults/{name}",
    VERSION,
);
static KEYS: Operation =
    Operation::arm("Microsoft.KeyVault:vaults/keys/read", "{id}/keys", VERSION);
static ONE_KEY: Operation =
    Operation::arm("Microsoft.KeyVault:vaults/keys/read", "{id}/keys/{name}", VERSION);
static SECRETS: Operation =
    Operation::arm("Microsoft.KeyVault:vaults/secrets/read", "{id}/secrets", VERSION);

/// Key vaults, keys and secrets.
pub(super) static SERVICE: Service = Service {
    name: "keyvault",
    scope: Scope::Subscription,
    operations: &[
        &VAULTS,
        &ONE_VAULT,
        &KEYS,
        &ONE_KEY,
        &SECRETS,
        &DIAGNOSTIC_SETTINGS,
        &RESOURCE_GRAPH,
    ],
    types: &[VAULT, KEY, SECRET],
    collect: |cx| Box::pin(collect(cx)),
};

static VAULT_POPULATION: Population = Population::new(VAULT, &VAULTS)
    .checked_by(&ONE_VAULT)
    .with(&[Child::new(&["diagnosticSettings"], &DIAGNOSTIC_SETTINGS, Form::Many)]);

/// The list of a vault's keys has their attributes; the rest only a GET of each one gives.
static KEY_POPULATION: Population = Population::new(KEY, &KEYS).with(&[Child::new(
    &["kty", "keySize", "keyOps", "rotationPolicy"],
    &ONE_KEY,
    Form::Members,
)]);

static SECRET_POPULATION: Population = Population::new(SECRET, &SECRETS);

async fn collect(cx: Cx) {
    let vaults = population(&cx, &VAULT_POPULATION).await;
    nested(&cx, &KEY_POPULATION, &vaults).await;
    nested(&cx, &SECRET_POPULATION, &vaults).await;
}
