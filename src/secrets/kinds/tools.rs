//! Keys of age, and tokens of what belongs to no other family.

use super::{Kind, k, w};

pub(super) static KINDS: &[Kind] = &[
    k("age-secret-key", "age secret key", &["AGE-SECRET-KEY-1", "AGE-SECRET-KEY-PQ-1"], r"[A-Z0-9]{50,}", "https://github.com/FiloSottile/age"),
    k("twitch-oauth-token", "Twitch OAuth token", &["oauth:"], r"[a-z0-9]{30}", "https://dev.twitch.tv/docs/authentication/"),
    k("instagram-token", "Instagram token", &["IGQV", "IGQW", "IGAA"], r"[A-Za-z0-9]{60,}", "https://developers.facebook.com/docs/instagram-platform"),
    k("linkedin-secret", "LinkedIn client secret", &["WPL_AP"], r"\d\.[A-Za-z0-9]{16}(?:\.[A-Za-z0-9+/=]{8})?", "https://learn.microsoft.com/en-us/linkedin/shared/authentication/client-credentials-flow"),
    k("ionic-token", "Ionic token", &["ion_"], r"[A-Za-z0-9]{42}", "https://ionic.io/docs/appflow/personal-access-tokens"),
    k("ory-token", "Ory token", &["ory_pat_", "ory_wak_", "ory_at_", "ory_rt_"], r"[\w.-]{30,}", "https://www.ory.com/docs/concepts/personal-access-token"),
    k("defined-networking-token", "Defined Networking token", &["dnkey-"], r"[A-Za-z0-9=_-]{26}-[A-Za-z0-9=_-]{52}", "https://docs.defined.net/guides/automating-host-creation/"),
    k("unkey-root-key", "Unkey root key", &["unkey_"], r"[A-Za-z0-9]{16,}", "https://www.unkey.com/docs/security/root-keys"),
    k("trigger-dev-key", "Trigger.dev key", &["tr_prod_", "tr_dev_", "tr_stg_", "tr_pat_"], r"[A-Za-z0-9]{20,}", "https://trigger.dev/docs/apikeys"),
    k("inngest-key", "Inngest signing key", &["signkey-prod-", "signkey-branch-", "signkey-test-"], r"[0-9a-f]{32,}", "https://www.inngest.com/docs/platform/signing-keys"),
    k("polar-token", "Polar token", &["polar_oat_", "polar_pat_", "polar_whs_"], r"[A-Za-z0-9]{30,}", "https://polar.sh/docs/integrate/authentication"),
    k("apollo-key", "Apollo key", &["service:", "user:gh."], r"[\w-]{2,40}:[\w-]{22}", "https://www.apollographql.com/docs/graphos/platform/access-management/api-keys"),
    k("stackhawk-key", "StackHawk API key", &["hawk."], r"[\w-]{20}\.[\w-]{20}", "https://docs.stackhawk.com/apidocs/"),
    k("aikido-token", "Aikido token", &["AIK_CI_", "AIK_"], r"[A-Za-z0-9]{60,}", "https://help.aikido.dev/"),
    w("telnyx-api-key", "Telnyx API key", &["KEY01"], r"[0-9A-F]{30}_[A-Za-z0-9]{20,}", "https://developers.telnyx.com/docs/messaging"),
];
