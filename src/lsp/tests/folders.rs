//! Folders that are open, documents outside of them, and the addresses of files.

use super::*;

#[test]
fn documents_elsewhere_are_left_alone() {
    let world = Files::new(&[("CLAUDE.md", "x\n")]);
    let (mut editor, _) = Editor::begun(&world, json!({}));
    for uri in [
        "file:///elsewhere/CLAUDE.md",
        "untitled:Untitled-1",
        "file:///repository/CLAUDE.md",
        "file:///repo/node_modules/a/CLAUDE.md",
        "file:///repo/private/AGENTS.md",
    ] {
        let told = editor.open(uri, IMPORTS);
        assert!(published(&told).is_empty(), "{uri}: {told:?}");
        let range = json!({"start": {"line": 0, "character": 0}, "end": {"line": 9, "character": 0}});
        let answer = editor.ask(
            "textDocument/codeAction",
            json!({"textDocument": {"uri": uri}, "range": range, "context": {"diagnostics": []}}),
        );
        assert_eq!(answer["result"], json!([]), "{uri}");
    }
    // A new file that has not been saved yet is judged where it will be.
    let told = editor.open("file:///repo/sub/CLAUDE.md", IMPORTS);
    assert!(published(&told).iter().any(|(uri, ..)| uri.ends_with("sub/CLAUDE.md")), "{told:?}");
}

#[test]
fn a_file_under_another_address_is_told_anew_and_the_root_of_all_is_no_folder() {
    let world = Files::new(&[("a b/CLAUDE.md", IMPORTS)]);
    let mut editor = Editor::new(&world);
    editor.ask("initialize", json!({"rootUri": "file:///", "capabilities": {}}));
    assert_eq!(editor.tell("initialized", json!({}))[0]["method"], "window/logMessage");
    let (mut editor, told) = Editor::begun(&world, json!({}));
    let shown = published(&told)[0].0.clone();
    assert!(shown.ends_with("a%20b/CLAUDE.md"), "{shown}");
    let other = shown.replace("%20", " ");
    let document = json!({"uri": other, "languageId": "markdown", "version": 1, "text": IMPORTS});
    let told = published(&editor.tell("textDocument/didOpen", json!({"textDocument": document})));
    assert!(told.iter().any(|(uri, _, found)| *uri == shown && found.is_empty()), "{told:?}");
    assert!(told.iter().any(|(uri, _, found)| *uri == other && !found.is_empty()), "{told:?}");
}

#[test]
fn folders_come_and_go() {
    let world = Files::new(&[("CLAUDE.md", IMPORTS)]);
    let mut editor = Editor::new(&world);
    editor.ask("initialize", json!({"rootUri": null, "workspaceFolders": null, "capabilities": {}}));
    assert_eq!(editor.tell("initialized", json!({}))[0]["method"], "window/logMessage");
    let folders = |added: Value, removed: Value| json!({"event": {"added": added, "removed": removed}});
    let other = json!([{"uri": "file:///other/", "name": "other"}]);
    let told = editor.tell("workspace/didChangeWorkspaceFolders", folders(other.clone(), json!([])));
    assert_eq!(published(&told)[0].0, "file:///other/CLAUDE.md");
    let told = editor.tell("workspace/didChangeWorkspaceFolders", folders(json!([]), other));
    assert_eq!(published(&told), [("file:///other/CLAUDE.md".to_owned(), None, Vec::new())]);
    let gone = json!([{"uri": "file:///gone", "name": "gone"}]);
    let told = editor.tell("workspace/didChangeWorkspaceFolders", folders(gone, json!([])));
    assert_eq!(told[0]["method"], "window/showMessage");
}
