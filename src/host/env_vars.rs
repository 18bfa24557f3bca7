//! Every environment variable that is read or written, in one place.

macro_rules! vars {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal;)+) => {
        /// An environment variable the program knows.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Var { $($(#[doc = $doc])+ $variant,)+ }

        impl Var {
            /// Every variable, in the order of the documentation.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// Its name in the environment.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// What it is for.
            pub const fn doc(self) -> &'static str {
                match self { $(Self::$variant => concat!($($doc, "\n",)+),)+ }
            }
        }
    };
}

vars! {
    /// Folder to check, when none is given on the command line.
    Path = "WEIGHBRIDGE_PATH";
    /// Revision to compare with, when `--base` is not given.
    Base = "WEIGHBRIDGE_BASE";
    /// Revision to judge, when `--head` is not given.
    Head = "WEIGHBRIDGE_HEAD";
    /// Comma-separated clients, when `--client` is not given.
    Clients = "WEIGHBRIDGE_CLIENTS";
    /// Folder for report files, when `--report-dir` is not given.
    ReportDir = "WEIGHBRIDGE_REPORT_DIR";
    /// File for the records of decisions, when `--audit-log` is not given.
    AuditLog = "WEIGHBRIDGE_AUDIT_LOG";
    /// `auto` or `never`, when `--post` is not given.
    Post = "WEIGHBRIDGE_POST";
    /// Folder for cached results, when `--cache-dir` is not given.
    CacheDir = "WEIGHBRIDGE_CACHE_DIR";
    /// Configuration file, when `--config` is not given.
    Config = "WEIGHBRIDGE_CONFIG";
    /// Project or group access token for GitLab (role Developer, scope `api`).
    GitlabToken = "WEIGHBRIDGE_GITLAB_TOKEN";
    /// The index that git uses for the commit at hand (`--staged`); git sets it for hooks.
    GitIndexFile = "GIT_INDEX_FILE";
    /// Key for models of `OpenAI` (`integration`).
    OpenaiApiKey = "OPENAI_API_KEY";
    /// Base of `OpenAI`'s API with its version, when it is not the public one.
    OpenaiBaseUrl = "OPENAI_BASE_URL";
    /// Key for the providers that weighbridge.yaml declares (`integration`).
    ProviderKey = "WEIGHBRIDGE_PROVIDER_KEY";
    /// Key for models of Anthropic (`integration`) and for exact Claude token counts (`tokens --exact`).
    AnthropicApiKey = "ANTHROPIC_API_KEY";
    /// Base of Anthropic's API, when it is not the public one.
    AnthropicBaseUrl = "ANTHROPIC_BASE_URL";
    /// Key for models of Google (`integration`) and for exact Gemini token counts (`tokens --exact`).
    GeminiApiKey = "GEMINI_API_KEY";
    /// Base of Google's API, when it is not the public one.
    GeminiBaseUrl = "GEMINI_BASE_URL";
    /// Log filter for standard error, for example `debug`.
    Log = "WEIGHBRIDGE_LOG";

    /// Set by every CI system.
    Ci = "CI";
    /// Any value switches colour off.
    NoColor = "NO_COLOR";
    /// Any value switches colour on.
    ForceColor = "CLICOLOR_FORCE";
    /// Folder for cached results of all programs.
    XdgCacheHome = "XDG_CACHE_HOME";
    /// The user's home folder.
    Home = "HOME";

    /// `true` in GitHub Actions.
    GithubActions = "GITHUB_ACTIONS";
    /// The token of the job.
    GithubToken = "GITHUB_TOKEN";
    /// The event's name.
    GithubEventName = "GITHUB_EVENT_NAME";
    /// File with the event as JSON.
    GithubEventPath = "GITHUB_EVENT_PATH";
    /// `owner/name`.
    GithubRepository = "GITHUB_REPOSITORY";
    /// Commit that triggered the run; for pull requests the test merge.
    GithubSha = "GITHUB_SHA";
    /// Full ref that triggered the run.
    GithubRef = "GITHUB_REF";
    /// Short name of that ref.
    GithubRefName = "GITHUB_REF_NAME";
    /// Who triggered the run.
    GithubActor = "GITHUB_ACTOR";
    /// Base of the REST API, also on GitHub Enterprise Server.
    GithubApiUrl = "GITHUB_API_URL";
    /// Base of the web pages.
    GithubServerUrl = "GITHUB_SERVER_URL";
    /// Checkout folder.
    GithubWorkspace = "GITHUB_WORKSPACE";
    /// Unique number of the run.
    GithubRunId = "GITHUB_RUN_ID";
    /// Ascending number of the run within its workflow.
    GithubRunNumber = "GITHUB_RUN_NUMBER";
    /// Ascending number of the attempt within the run.
    GithubRunAttempt = "GITHUB_RUN_ATTEMPT";
    /// File to append the job summary to.
    GithubStepSummary = "GITHUB_STEP_SUMMARY";
    /// File to append step outputs to.
    GithubOutput = "GITHUB_OUTPUT";

    /// `true` in GitLab CI.
    GitlabCi = "GITLAB_CI";
    /// Base of the REST API.
    CiApiV4Url = "CI_API_V4_URL";
    /// Base of the web pages.
    CiServerUrl = "CI_SERVER_URL";
    /// Project the pipeline runs in.
    CiProjectId = "CI_PROJECT_ID";
    /// `group/name`.
    CiProjectPath = "CI_PROJECT_PATH";
    /// Checkout folder.
    CiProjectDir = "CI_PROJECT_DIR";
    /// Unique number of the pipeline.
    CiPipelineId = "CI_PIPELINE_ID";
    /// Web page of the pipeline.
    CiPipelineUrl = "CI_PIPELINE_URL";
    /// What started the pipeline.
    CiPipelineSource = "CI_PIPELINE_SOURCE";
    /// Unique number of the job; grows with every retry.
    CiJobId = "CI_JOB_ID";
    /// Web page of the job.
    CiJobUrl = "CI_JOB_URL";
    /// The job's own token; reads only.
    CiJobToken = "CI_JOB_TOKEN";
    /// Commit being built; in merged-results pipelines the test merge.
    CiCommitSha = "CI_COMMIT_SHA";
    /// Branch being built, not set in merge-request pipelines.
    CiCommitBranch = "CI_COMMIT_BRANCH";
    /// Tag being built.
    CiCommitTag = "CI_COMMIT_TAG";
    /// The commit before a push.
    CiCommitBeforeSha = "CI_COMMIT_BEFORE_SHA";
    /// The project's default branch.
    CiDefaultBranch = "CI_DEFAULT_BRANCH";
    /// Number of the merge request within its project.
    CiMergeRequestIid = "CI_MERGE_REQUEST_IID";
    /// Project of the merge request.
    CiMergeRequestProjectId = "CI_MERGE_REQUEST_PROJECT_ID";
    /// Project the change comes from.
    CiMergeRequestSourceProjectId = "CI_MERGE_REQUEST_SOURCE_PROJECT_ID";
    /// Branch the change comes from.
    CiMergeRequestSourceBranch = "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME";
    /// Head of that branch; set in merged-results pipelines only.
    CiMergeRequestSourceSha = "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA";
    /// Branch the change goes to.
    CiMergeRequestTargetBranch = "CI_MERGE_REQUEST_TARGET_BRANCH_NAME";
    /// Head of that branch; set in merged-results pipelines only.
    CiMergeRequestTargetSha = "CI_MERGE_REQUEST_TARGET_BRANCH_SHA";
    /// Merge base of the merge request.
    CiMergeRequestDiffBaseSha = "CI_MERGE_REQUEST_DIFF_BASE_SHA";
    /// `detached`, `merged_result` or `merge_train`.
    CiMergeRequestEventType = "CI_MERGE_REQUEST_EVENT_TYPE";
    /// The merge request's title.
    CiMergeRequestTitle = "CI_MERGE_REQUEST_TITLE";
    /// Who started the pipeline.
    GitlabUserLogin = "GITLAB_USER_LOGIN";
}

#[cfg(test)]
mod tests {
    use super::Var;

    #[test]
    fn names_are_unique_and_documented() {
        let mut names: Vec<_> = Var::ALL.iter().map(|var| var.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Var::ALL.len());
        assert!(Var::ALL.iter().all(|var| var.doc().trim().len() > 5));
    }
}
