//! The place of the policy: deleted, moved, hidden behind another file.

use crate::base::RepoPath;
use crate::base::overlay::Put;
use crate::config::FILE_NAME;
use crate::stage::selftest::scene::{Edits, Scene, Weakening, put};

/// A policy that asks for nothing.
const LOOSE: &str = "version: 1\n";

pub(super) const ALL: &[Weakening] = &[
    Weakening {
        id: "policy-deleted",
        what: "weighbridge.yaml is deleted",
        heads: |scene| instead(scene, |_| vec![(FILE_NAME, Put::Gone)]),
    },
    Weakening {
        id: "policy-emptied",
        what: "weighbridge.yaml is empty",
        heads: |scene| instead(scene, |_| vec![(FILE_NAME, Put::Text(String::new()))]),
    },
    Weakening {
        id: "policy-moved",
        what: "weighbridge.yaml is moved into a folder",
        heads: |scene| {
            instead(scene, |text| vec![(FILE_NAME, Put::Gone), ("ci/weighbridge.yaml", Put::Text(text))])
        },
    },
    Weakening {
        id: "policy-renamed",
        what: "weighbridge.yaml gets the ending that is not read",
        heads: |scene| {
            instead(scene, |text| vec![(FILE_NAME, Put::Gone), ("weighbridge.yml", Put::Text(text))])
        },
    },
    Weakening {
        id: "policy-linked",
        what: "weighbridge.yaml is a link to a file of the same text, which has no owner",
        heads: |scene| {
            let Some(target) = RepoPath::new("policy/base.yaml") else { return Vec::new() };
            instead(scene, |text| {
                vec![("policy/base.yaml", Put::Text(text)), (FILE_NAME, Put::Link(target.clone()))]
            })
        },
    },
    Weakening {
        id: "policy-in-other-case",
        what: "a loose policy lies beside the real one under a name in other case",
        heads: |scene| instead(scene, |_| vec![("Weighbridge.yaml", Put::Text(LOOSE.to_owned()))]),
    },
    Weakening {
        id: "policy-in-a-folder",
        what: "a folder gets a loose policy of its own",
        heads: |scene| instead(scene, |_| vec![("services/weighbridge.yaml", Put::Text(LOOSE.to_owned()))]),
    },
    Weakening {
        id: "policy-with-a-mark",
        what: "weighbridge.yaml begins with a byte order mark",
        heads: |scene| instead(scene, |text| vec![(FILE_NAME, Put::Text(format!("\u{feff}{text}")))]),
    },
    Weakening {
        id: "policy-of-two-documents",
        what: "a loose document stands before the real one",
        heads: |scene| instead(scene, |text| vec![(FILE_NAME, Put::Text(format!("{LOOSE}---\n{text}")))]),
    },
    Weakening {
        id: "policy-with-a-key-twice",
        what: "a key stands twice in weighbridge.yaml, the second time looser",
        heads: |scene| {
            instead(scene, |text| {
                vec![(FILE_NAME, Put::Text(format!("{}\nbudgets: {{}}\nbudgets: {{}}\n", text.trim_end())))]
            })
        },
    },
];

/// One copy, where there is a policy.
fn instead(scene: &Scene<'_>, edits: impl Fn(String) -> Vec<(&'static str, Put)>) -> Vec<Edits> {
    let Some(doc) = &scene.config else { return Vec::new() };
    let edits = edits(doc.text().to_owned()).into_iter();
    vec![edits.flat_map(|(path, what)| put(path, what)).flatten().collect()]
}
