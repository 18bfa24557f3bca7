//! The template engine: owns escaping and helpers, and turns its errors into ours.

use crate::report::links::web_address;
use crate::report::{ReportError, escape};
use handlebars::{
    Context, Handlebars, Helper, HelperDef, HelperResult, Output, RenderContext, RenderErrorReason,
};
use serde::Serialize;
use std::sync::LazyLock;

/// Every template and partial, embedded.
const TEMPLATES: &[(&str, &str)] = &[
    ("comment", include_str!("../templates/comment.hbs")),
    ("summary", include_str!("../templates/summary.hbs")),
    ("check_summary", include_str!("../templates/check_summary.hbs")),
    ("check_text", include_str!("../templates/check_text.hbs")),
    ("bare", include_str!("../templates/bare.hbs")),
    ("head", include_str!("../templates/head.hbs")),
    ("cost", include_str!("../templates/cost.hbs")),
    ("environments", include_str!("../templates/environments.hbs")),
    ("approval", include_str!("../templates/approval.hbs")),
    ("cases", include_str!("../templates/cases.hbs")),
    ("why", include_str!("../templates/why.hbs")),
    ("findings", include_str!("../templates/findings.hbs")),
    ("groups", include_str!("../templates/groups.hbs")),
    ("files", include_str!("../templates/files.hbs")),
    ("notes", include_str!("../templates/notes.hbs")),
    ("foot", include_str!("../templates/foot.hbs")),
];

/// Handlebars, set up so that nothing is written unescaped.
///
/// `{{x}}` is text, `{{code x}}` inline code, `{{prose x}}` a sentence in which backticks mark code,
/// `{{fenced x}}` one line inside a fence, `{{chart x}}` the source of a Mermaid chart, `{{link url x}}` inline code and `{{reference url x}}` text that leads to `url` when there is one.
pub(super) struct Engine(Handlebars<'static>);

impl Engine {
    /// The one engine of the process: templates are parsed once.
    pub(super) fn shared() -> Result<&'static Self, ReportError> {
        static ENGINE: LazyLock<Result<Engine, ReportError>> = LazyLock::new(Engine::new);
        ENGINE.as_ref().map_err(Clone::clone)
    }

    fn new() -> Result<Self, ReportError> {
        let mut handlebars = Handlebars::new();
        handlebars.set_strict_mode(true);
        handlebars.register_escape_fn(escape::markdown);
        handlebars.register_helper("code", Box::new(Written(escape::markdown_code)));
        handlebars.register_helper("prose", Box::new(Written(escape::markdown_prose)));
        handlebars.register_helper("chart", Box::new(Written(escape::mermaid_source)));
        handlebars.register_helper("fenced", Box::new(Written(escape::fenced)));
        handlebars.register_helper("link", Box::new(Link(escape::markdown_code)));
        handlebars.register_helper("reference", Box::new(Link(escape::markdown)));
        for (name, template) in TEMPLATES {
            handlebars.register_template_string(name, template).map_err(|error| ReportError::Template {
                name: (*name).to_owned(),
                reason: error.to_string(),
            })?;
        }
        Ok(Self(handlebars))
    }

    /// Fills a template.
    pub(super) fn render(&self, name: &str, view: &impl Serialize) -> Result<String, ReportError> {
        self.0
            .render(name, view)
            .map_err(|error| ReportError::Template { name: name.to_owned(), reason: error.to_string() })
    }
}

/// A helper that writes its one parameter through an escaping function.
struct Written(fn(&str) -> String);

impl HelperDef for Written {
    fn call<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
        out: &mut dyn Output,
    ) -> HelperResult {
        out.write(&self.0(text(helper, 0)?))?;
        Ok(())
    }
}

/// A helper that makes its second parameter lead to its first, where that is a sound address.
struct Link(fn(&str) -> String);

impl HelperDef for Link {
    fn call<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
        out: &mut dyn Output,
    ) -> HelperResult {
        let label = self.0(text(helper, 1)?);
        let url = helper.param(0).and_then(|param| param.value().as_str());
        match url.and_then(web_address) {
            Some(url) => out.write(&format!("[{label}]({url})"))?,
            None => out.write(&label)?,
        }
        Ok(())
    }
}

fn text<'a>(helper: &'a Helper<'_>, index: usize) -> Result<&'a str, RenderErrorReason> {
    helper
        .param(index)
        .and_then(|param| param.value().as_str())
        .ok_or(RenderErrorReason::ParamNotFoundForIndex("text", index))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn template_errors_are_ours() {
        let engine = Engine::shared().expect("templates parse");
        let error = engine.render("comment", &serde_json::json!({})).expect_err("nothing to show");
        assert!(matches!(error, ReportError::Template { ref name, .. } if name == "comment"), "{error}");
    }

    #[test]
    fn templates_write_nothing_raw() {
        for (name, template) in TEMPLATES {
            assert!(
                !template.contains("{{{") && !template.contains("{{&"),
                "{name} writes something unescaped"
            );
        }
    }
}
