//! Tokens of forges, package registries and build services.

use super::{Kind, k, w};

const GITHUB: &str = "https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/about-authentication-to-github";
const GITLAB: &str = "https://docs.gitlab.com/security/tokens/#token-prefixes";
const JFROG: &str = "https://jfrog.com/help/r/jfrog-platform-administration-documentation/access-tokens";

pub(super) static KINDS: &[Kind] = &[
    k("github-personal-token", "GitHub personal access token", &["ghp_"], r"[A-Za-z0-9]{36,255}", GITHUB),
    k("github-fine-grained-token", "GitHub fine-grained token", &["github_pat_"], r"\w{50,255}", GITHUB),
    k("github-oauth-token", "GitHub OAuth token", &["gho_"], r"[A-Za-z0-9]{36,255}", GITHUB),
    k("github-app-token", "GitHub App token", &["ghu_", "ghs_"], r"[A-Za-z0-9]{36,255}", GITHUB),
    k("github-refresh-token", "GitHub refresh token", &["ghr_"], r"[A-Za-z0-9]{36,255}", GITHUB),
    k("gitlab-personal-token", "GitLab personal access token", &["glpat-"], r"[\w-]{20,}(?:\.[\w.-]{4,})?", GITLAB),
    k("gitlab-deploy-token", "GitLab deploy token", &["gldt-"], r"[\w-]{20,}(?:\.[\w.-]{4,})?", GITLAB),
    k("gitlab-runner-token", "GitLab runner token", &["glrt-", "glrtr-", "GR1348941"], r"[\w-]{20,}(?:\.[\w.-]{4,})?", GITLAB),
    k("gitlab-trigger-token", "GitLab pipeline trigger token", &["glptt-"], r"[\w-]{20,}", GITLAB),
    k("gitlab-job-token", "GitLab job token", &["glcbt-"], r"[\w-]{20,}", GITLAB),
    k("gitlab-feed-token", "GitLab feed token", &["glft-"], r"[\w-]{20,}", GITLAB),
    k("gitlab-scim-token", "GitLab SCIM token", &["glsoat-"], r"[\w-]{20,}", GITLAB),
    k("gitlab-mail-token", "GitLab incoming mail token", &["glimt-"], r"[\w-]{20,}", GITLAB),
    k("gitlab-agent-token", "GitLab agent token", &["glagent-"], r"[\w-]{20,}", GITLAB),
    k("gitlab-oauth-secret", "GitLab OAuth application secret", &["gloas-"], r"[\w-]{20,}", GITLAB),
    k("gitlab-feature-token", "GitLab feature flags token", &["glffct-"], r"[\w-]{20,}", GITLAB),
    k("bitbucket-app-password", "Bitbucket app password", &["ATBB"], r"[A-Za-z0-9=_.-]{28,}", "https://support.atlassian.com/bitbucket-cloud/docs/app-passwords/"),
    k("bitbucket-access-token", "Bitbucket access token", &["ATCTT3x"], r"[A-Za-z0-9=_-]{60,}", "https://support.atlassian.com/bitbucket-cloud/docs/access-tokens/"),
    k("sourcegraph-token", "Sourcegraph token", &["sgp_"], r"(?:[0-9a-f]{16}_|local_)?[0-9a-f]{40}", "https://sourcegraph.com/docs/cli/how-tos/creating_an_access_token"),
    k("npm-token", "npm token", &["npm_"], r"[A-Za-z0-9]{36}", "https://docs.npmjs.com/about-access-tokens"),
    k("pypi-token", "PyPI token", &["pypi-AgE"], r"[\w-]{50,}", "https://pypi.org/help/#apitoken"),
    k("rubygems-api-key", "RubyGems API key", &["rubygems_"], r"[0-9a-f]{48}", "https://guides.rubygems.org/api-key-scopes/"),
    w("crates-token", "crates.io token", &["cio"], r"[A-Za-z0-9]{32}", "https://doc.rust-lang.org/cargo/reference/publishing.html"),
    w("nuget-api-key", "NuGet API key", &["oy2"], r"[a-z0-9]{43}", "https://learn.microsoft.com/en-us/nuget/nuget-org/scoped-api-keys"),
    k("docker-hub-token", "Docker Hub token", &["dckr_pat_", "dckr_oat_"], r"[\w-]{26,}", "https://docs.docker.com/security/access-tokens/"),
    k("artifactory-token", "JFrog Artifactory token", &["AKCp"], r"[A-Za-z0-9]{60,80}", JFROG),
    k("artifactory-reference-token", "JFrog reference token", &["cmVmdGtu"], r"[A-Za-z0-9]{50,64}", JFROG),
    k("clojars-token", "Clojars token", &["CLOJARS_"], r"[a-z0-9]{60}", "https://github.com/clojars/clojars-web/wiki/Deploy-Tokens"),
    k("circleci-token", "CircleCI token", &["CCIPAT_", "CCIPRJ_"], r"\w{40,}", "https://circleci.com/docs/managing-api-tokens/"),
    k("buildkite-token", "Buildkite token", &["bkua_", "bkct_", "bkaj_"], r"[A-Za-z0-9]{30,}", "https://buildkite.com/docs/apis/managing-api-tokens"),
    k("sonar-token", "SonarQube token", &["squ_", "sqp_", "sqa_"], r"[0-9a-f]{40}", "https://docs.sonarsource.com/sonarqube-server/latest/user-guide/managing-tokens/"),
    k("snyk-token", "Snyk token", &["snyk_uat.", "snyk_sat."], r"[\w.-]{40,}", "https://docs.snyk.io/snyk-api/authentication-for-api"),
    k("pulumi-token", "Pulumi token", &["pul-"], r"[0-9a-f]{40}", "https://www.pulumi.com/docs/pulumi-cloud/access-management/access-tokens/"),
    w("octopus-api-key", "Octopus Deploy API key", &["API-"], r"[A-Z0-9]{26,32}", "https://octopus.com/docs/octopus-rest-api/how-to-create-an-api-key"),
    k("packagist-token", "Private Packagist token", &["packagist_org_", "packagist_uut_", "packagist_out_"], r"\w{30,}", "https://packagist.com/docs/composer-authentication"),
    k("hashicorp-vault-token", "HashiCorp Vault token", &["hvs.", "hvb.", "hvr."], r"[\w-]{24,}", "https://developer.hashicorp.com/vault/docs/concepts/tokens"),
    k("harness-token", "Harness token", &["pat.", "sat."], r"[\w-]{22}\.[0-9a-f]{24}\.[A-Za-z0-9]{20}", "https://developer.harness.io/docs/platform/automation/api/add-and-manage-api-keys/"),
    k("prefect-api-key", "Prefect API key", &["pnu_", "pnb_"], r"[A-Za-z0-9]{36}", "https://docs.prefect.io/v3/manage/cloud/manage-users/api-keys"),
    k("deno-deploy-token", "Deno Deploy token", &["ddp_", "ddo_"], r"[A-Za-z0-9]{36,}", "https://docs.deno.com/deploy/"),
    k("scalingo-token", "Scalingo token", &["tk-us-"], r"[\w-]{48}", "https://developers.scalingo.com/"),
];
