//! Keys of payment services, shops and markets.

use super::{Kind, k, w};

const STRIPE: &str = "https://docs.stripe.com/keys";
const SQUARE: &str = "https://developer.squareup.com/docs/build-basics/access-tokens";
const SHOPIFY: &str = "https://shopify.dev/docs/apps/build/authentication-authorization/access-tokens";

pub(super) static KINDS: &[Kind] = &[
    k(
        "stripe-secret-key",
        "Stripe secret key",
        &["sk_live_", "sk_test_", "sk_org_"],
        r"[A-Za-z0-9]{10,}",
        STRIPE,
    ),
    k(
        "stripe-restricted-key",
        "Stripe restricted key",
        &["rk_live_", "rk_test_"],
        r"[A-Za-z0-9]{16,}",
        STRIPE,
    ),
    k(
        "stripe-webhook-secret",
        "webhook signing secret",
        &["whsec_"],
        r"[A-Za-z0-9+/]{24,}={0,2}",
        "https://docs.stripe.com/webhooks/signature",
    ),
    k("square-access-token", "Square access token", &["EAAA"], r"[\w-]{60,62}", SQUARE),
    k("square-oauth-secret", "Square OAuth secret", &["sq0atp-", "sq0csp-"], r"[\w-]{22,43}", SQUARE),
    k(
        "paypal-access-token",
        "Braintree access token",
        &["access_token$production$", "access_token$sandbox$"],
        r"[a-z0-9]{16}\$[0-9a-f]{32}",
        "https://developer.paypal.com/braintree/docs/guides/authorization/",
    ),
    k(
        "paypal-app-token",
        "PayPal access token",
        &["A21AA"],
        r"[\w-]{80,}",
        "https://developer.paypal.com/api/rest/authentication/",
    ),
    k(
        "shopify-token",
        "Shopify token",
        &["shpat_", "shpca_", "shppa_", "shpss_", "shpua_", "shptka_"],
        r"[0-9A-Za-z]{32,40}",
        SHOPIFY,
    ),
    k(
        "plaid-token",
        "Plaid access token",
        &["access-sandbox-", "access-development-", "access-production-"],
        r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
        "https://plaid.com/docs/api/tokens/",
    ),
    k(
        "flutterwave-key",
        "Flutterwave secret key",
        &["FLWSECK-", "FLWSECK_TEST-"],
        r"[0-9a-zA-Z]{12,}(?:-X)?",
        "https://developer.flutterwave.com/docs/authentication",
    ),
    k(
        "razorpay-key",
        "Razorpay key",
        &["rzp_live_", "rzp_test_"],
        r"[A-Za-z0-9]{14}",
        "https://razorpay.com/docs/api/authentication/",
    ),
    k(
        "easypost-key",
        "EasyPost API key",
        &["EZAK", "EZTK"],
        r"[0-9a-zA-Z]{54}",
        "https://docs.easypost.com/docs/authentication",
    ),
    k(
        "duffel-token",
        "Duffel token",
        &["duffel_live_", "duffel_test_"],
        r"[\w-]{40,}",
        "https://duffel.com/docs/api/overview/making-requests",
    ),
    k(
        "shippo-token",
        "Shippo token",
        &["shippo_live_", "shippo_test_"],
        r"[0-9a-f]{40}",
        "https://docs.goshippo.com/docs/guides_general/authentication/",
    ),
    w(
        "mollie-api-key",
        "Mollie or GoCardless key",
        &["live_"],
        r"[A-Za-z0-9_-]{30,44}",
        "https://docs.mollie.com/reference/authentication",
    ),
    k(
        "lob-api-key",
        "Lob API key",
        &["live_pub_", "test_pub_"],
        r"[0-9a-f]{31}",
        "https://docs.lob.com/#tag/Authentication",
    ),
    k(
        "adyen-api-key",
        "Adyen API key",
        &["AQE"],
        r"[A-Za-z0-9+/]{30,}\.?[A-Za-z0-9+/=_-]{40,}",
        "https://docs.adyen.com/development-resources/api-credentials/",
    ),
    k(
        "checkout-key",
        "Checkout.com key",
        &["sk_sbox_", "sk_prod_"],
        r"[a-z0-9]{24,}",
        "https://www.checkout.com/docs/developer-resources/api/manage-your-api-keys",
    ),
    k(
        "ebay-key",
        "eBay key",
        &["PRD-"],
        r"[0-9a-f]{12}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}",
        "https://developer.ebay.com/api-docs/static/creating-edp-account.html",
    ),
    k(
        "amazon-mws-token",
        "Amazon MWS token",
        &["amzn.mws."],
        r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
        "https://developer-docs.amazon.com/sp-api/docs",
    ),
    k(
        "amazon-oauth-secret",
        "Amazon OAuth secret",
        &["amzn1.oa2-cs.v1."],
        r"[0-9a-f]{60,}",
        "https://developer-docs.amazon.com/sp-api/docs/viewing-your-application-information-and-credentials",
    ),
    k(
        "amazon-refresh-token",
        "Amazon refresh token",
        &["Atzr|"],
        r"[\w|+/=-]{60,}",
        "https://developer.amazon.com/docs/login-with-amazon/refresh-token.html",
    ),
    k(
        "clerk-key",
        "Clerk machine token",
        &["ak_live_", "mt_live_"],
        r"[A-Za-z0-9]{20,}",
        "https://clerk.com/docs/guides/development/machine-auth/overview",
    ),
];
